"""The recommender in a bundle: the tables of its state, and each model in a file of its own."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bundle.arrays import load_arrays, save_arrays
from bundle.models import TreeModel
from decisioning.recommender.models.content import Content
from decisioning.recommender.models.ease import Ease
from decisioning.recommender.models.gfcf import Gfcf
from decisioning.recommender.models.ials import Ials
from decisioning.recommender.models.item_knn import ItemKnn
from decisioning.recommender.models.popularity import Popularity
from decisioning.recommender.models.repurchase import Repurchase
from decisioning.recommender.models.rp3beta import Rp3beta
from decisioning.recommender.models.tifu import Tifu
from decisioning.recommender.models.upcf import UpCf
from decisioning.recommender.sessions.model import SessionModel
from decisioning.recommender.state import RecommenderState
from features.errors import BundleError

TYPES: Final[dict[str, Any]] = {
    cls.__name__: cls
    for cls in (
        *(Ials, ItemKnn, Ease, Rp3beta, Gfcf, Tifu, UpCf, Repurchase),
        *(Content, Popularity),
    )
}
"""What a manifest may name: the type of a model, and by it the class that holds its arrays."""

_TABLES: Final[dict[str, Any]] = {
    field.name: field.type
    for field in dataclasses.fields(RecommenderState)
    if field.name != "models"
}
_SESSIONS: Final[dict[str, Any]] = {f.name: f.type for f in dataclasses.fields(SessionModel)}
_REMEDY: Final = "roll back (`nextbest rollback`) or train again (`nextbest train`)."


def write_state(directory: Path, state: RecommenderState) -> dict[str, str]:
    """Write the state and return the types of its models, by name."""
    for name in _TABLES:
        save_arrays(directory / f"recommender_{name}.npz", getattr(state, name))
    for name, model in state.models.items():
        save_arrays(directory / f"model_{name}.npz", model)
    return {name: type(model).__name__ for name, model in state.models.items()}


def read_state(directory: Path, types: dict[str, str]) -> RecommenderState:
    """Read the state.

    Parameters
    ----------
    types
        Of its models, by name.

    Raises
    ------
    BundleError
        If a file is damaged, or a model is of a type that this version does not know.
    """
    tables: dict[str, Any] = {
        name: load_arrays(directory / f"recommender_{name}.npz", cls)
        for name, cls in _TABLES.items()
    }
    models = {
        name: load_arrays(directory / f"model_{name}.npz", _type(name, kind))
        for name, kind in types.items()
    }
    return RecommenderState(**tables, models=models)


def write_sessions(directory: Path, model: SessionModel) -> None:
    """Write what scores sessions, a file a part."""
    for name in _SESSIONS:
        save_arrays(directory / f"session_{name}.npz", getattr(model, name))


def read_sessions(directory: Path) -> SessionModel:
    """Read what scores sessions.

    Raises
    ------
    BundleError
        If a file is damaged.
    """
    parts: dict[str, Any] = {
        name: load_arrays(directory / f"session_{name}.npz", cls) for name, cls in _SESSIONS.items()
    }
    return SessionModel(**parts)


def read_ranker(path: Path, features: Sequence[str]) -> TreeModel:
    """Read a ranker.

    Parameters
    ----------
    features
        What this version computes, in order.

    Raises
    ------
    BundleError
        If the file is damaged, or the ranker was trained on other features: its trees would read
        one number for another.
    """
    trees = TreeModel.read(path)
    if trees.columns != list(features):
        raise BundleError(
            f"{path.name} in the bundle was trained on other features than this version computes"
            f" ({_differences(trees.columns, features)}).",
            _REMEDY,
        )
    return trees


def _differences(theirs: Sequence[str], ours: Sequence[str]) -> str:
    gone = [name for name in theirs if name not in ours]
    new = [name for name in ours if name not in theirs]
    told = [
        f"{label} {', '.join(names)}" for label, names in (("gone", gone), ("new", new)) if names
    ]
    return "; ".join(told) or "the same ones in another order"


def _type(name: str, kind: str) -> Any:  # noqa: ANN401 - a class of models
    if kind not in TYPES:
        raise BundleError(
            f"The bundle's model {name} is a {kind}; this version knows {', '.join(TYPES)}.",
            _REMEDY,
        )
    return TYPES[kind]
