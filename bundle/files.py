"""A bundle on disk: written whole, read only when every hash agrees."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from bundle.arrays import load_arrays, save_arrays
from bundle.catalogue import read_catalogue
from bundle.contents import (
    Bundle,
    BundleParts,
    CustomerTable,
    ItemTable,
    LearnedResponses,
    Places,
    condition_columns,
)
from bundle.customer_models import read_model, write_model
from bundle.learned_priors import with_priors
from bundle.manifest import Manifest, read_manifest, write_manifest
from bundle.recommenders import (
    read_ranker,
    read_sessions,
    read_state,
    write_sessions,
    write_state,
)
from decisioning.calibration import CalibrationTable
from decisioning.catalogue import GOALS
from decisioning.compiled import Catalogue
from decisioning.estimates import CustomerModel
from decisioning.priors import ResponsePriors
from decisioning.recommender.pairs import PAIR_FEATURES
from decisioning.recommender.places.shelves import Shelves
from decisioning.recommender.sessions.features import SESSION_FEATURES

DEFAULTS = Path(__file__).parent / "defaults"
ACTIONS = "actions.yaml"
CATALOGUE_FILES = (ACTIONS, "policy.yaml")
_T = TypeVar("_T")
_TABLES = {
    "items": ItemTable,
    "customers": CustomerTable,
    "places": Places,
    "shelves": Shelves,
}
_CHANCE, _UPLIFT = "arrays/chance_", "arrays/uplift_"
_SESSION_TREES = "models/ranker_session.txt"


def write_bundle(
    directory: Path, parts: BundleParts, catalogue: Path, facts: dict[str, Any]
) -> Manifest:
    """Write a bundle.

    Parameters
    ----------
    directory
        Where; it must not exist yet.
    catalogue
        Folder with ``actions.yaml`` and ``policy.yaml``; what it lacks comes from the defaults.
    facts
        The other fields of the manifest.

    Raises
    ------
    CatalogueError
        If the catalogue does not fit the parts.
    """
    (directory / "models").mkdir(parents=True)
    for name in _TABLES:
        save_arrays(directory / f"arrays/{name}.npz", getattr(parts, name))
    recommenders = write_state(directory / "arrays", parts.state)
    write_sessions(directory / "arrays", parts.sessions)
    if parts.session_trees is not None:
        (directory / _SESSION_TREES).write_text(parts.session_trees.text, encoding="utf-8")
    for goal, ranker in parts.rankers.items():
        (directory / f"models/ranker_{goal}.txt").write_text(ranker.text, encoding="utf-8")
    for goal, table in parts.chances.items():
        save_arrays(directory / f"{_CHANCE}{goal}.npz", table)
    for name, model in (*parts.models.items(), *parts.amounts.items()):
        write_model(directory, name, model)
    save_arrays(directory / "arrays/learned.npz", parts.learned)
    for name, uplift in parts.uplifts.items():
        write_model(directory, name, uplift, "uplift")
    _write_catalogue(directory, catalogue, parts.priors)
    columns = condition_columns(facts["columns"], parts.models, parts.amounts)
    read_catalogue(directory, columns, parts.models)
    inputs = {"models": _inputs(parts.models), "amounts": _inputs(parts.amounts)}
    return write_manifest(directory, {**facts, **inputs, "recommenders": recommenders})


def catalogue_file(catalogue: Path, name: str) -> Path:
    """Return the folder's own ``actions.yaml`` or ``policy.yaml``, else the default."""
    own = catalogue / name
    return own if own.is_file() else DEFAULTS / name


def _write_catalogue(directory: Path, catalogue: Path, priors: ResponsePriors | None) -> None:
    for name in CATALOGUE_FILES:
        shutil.copyfile(catalogue_file(catalogue, name), directory / name)
    if priors is not None:
        actions = directory / ACTIONS
        told = with_priors(actions.read_text(encoding="utf-8"), priors)
        actions.write_text(told, encoding="utf-8")


def _inputs(models: Mapping[str, CustomerModel]) -> dict[str, list[str]]:
    return {name: list(model.columns) for name, model in models.items()}


def read_bundle(directory: Path) -> Bundle:
    """Read a bundle.

    Raises
    ------
    BundleError
        If it is missing, altered or of another version, or a ranker reads other features.
    CatalogueError
        If its catalogue or policy does not hold together.
    """
    manifest = read_manifest(directory)
    tables: dict[str, Any] = {
        name: load_arrays(directory / f"arrays/{name}.npz", cls) for name, cls in _TABLES.items()
    }
    models, amounts = (
        {name: read_model(directory, name) for name in held}
        for held in (manifest.models, manifest.amounts)
    )
    columns = condition_columns(manifest.columns, models, amounts)
    actions, policy = read_catalogue(directory, columns, models)
    return Bundle(
        **tables,
        state=read_state(directory / "arrays", manifest.recommenders),
        rankers={
            goal: read_ranker(directory / f"models/ranker_{goal}.txt", PAIR_FEATURES)
            for goal in GOALS
        },
        models=models,
        amounts=amounts,
        chances=_read_named(directory, manifest, _CHANCE, CalibrationTable),
        uplifts={name: read_model(directory, name, "uplift") for name in _named(manifest, _UPLIFT)},
        learned=load_arrays(directory / "arrays/learned.npz", LearnedResponses),
        sessions=read_sessions(directory / "arrays"),
        session_trees=read_ranker(directory / _SESSION_TREES, SESSION_FEATURES)
        if _SESSION_TREES in manifest.files
        else None,
        manifest=manifest,
        actions=Catalogue(actions),
        policy=policy,
    )


def _read_named(directory: Path, manifest: Manifest, prefix: str, cls: type[_T]) -> dict[str, _T]:
    """Read the tables whose files start with a prefix, by what follows it."""
    return {
        name: load_arrays(directory / f"{prefix}{name}.npz", cls)
        for name in _named(manifest, prefix)
    }


def _named(manifest: Manifest, prefix: str) -> list[str]:
    return [file[len(prefix) : -len(".npz")] for file in manifest.files if file.startswith(prefix)]
