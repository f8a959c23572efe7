"""What `nextbest diff` compares: a folder of rules, a folder of a bundle, or a registered one."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from bundle.catalogue import read_catalogue
from bundle.contents import Bundle, condition_columns
from bundle.files import CATALOGUE_FILES, read_bundle
from bundle.manifest import NAME as MANIFEST
from decisioning.compiled import Catalogue
from features.errors import CatalogueError
from features.settings import Settings
from serving.registry import find_bundle, find_version


@dataclass(frozen=True)
class Side:
    """One of the two.

    Parameters
    ----------
    name
        As it was asked for.
    bundle
        With the rules that this side decides by.
    folder
        Where the bundle lies; two sides of one folder score alike.
    """

    name: str
    bundle: Bundle
    folder: Path


def read_sides(settings: Settings, first: str, second: str) -> tuple[Side, Side]:
    """Read both sides; a bundle that both use is read once.

    Parameters
    ----------
    first, second
        A folder with ``actions.yaml`` or ``policy.yaml`` (the one it lacks, and the scores, are
        the served bundle's), the folder of a bundle, or a version or alias of the registry.

    Raises
    ------
    NextbestError
        If one of them cannot be found or read.
    """
    read: dict[Path, Bundle] = {}

    def side(name: str) -> Side:
        folder = _bundle_of(settings, name)
        if folder not in read:
            read[folder] = read_bundle(folder)
        bundle = read[folder]
        if _holds_rules(Path(name)):
            bundle = _with_rules(bundle, Path(name), folder)
        return Side(name, bundle, folder)

    return side(first), side(second)


def _bundle_of(settings: Settings, name: str) -> Path:
    path = Path(name)
    if not path.is_dir():
        return find_version(settings, name)
    if (path / MANIFEST).is_file():
        return path.resolve()
    if not _holds_rules(path):
        raise CatalogueError(
            f"{path} holds neither {' nor '.join(CATALOGUE_FILES)}, and is no bundle.",
            "name a folder with one of them, a bundle's folder, or a registered version or alias.",
        )
    return find_bundle(settings)


def _holds_rules(path: Path) -> bool:
    if (path / MANIFEST).is_file():
        return False
    return any((path / name).is_file() for name in CATALOGUE_FILES)


def _with_rules(bundle: Bundle, rules: Path, folder: Path) -> Bundle:
    """Return the bundle under the rules of a folder."""
    columns = condition_columns(bundle.manifest.columns, bundle.models, bundle.amounts)
    with tempfile.TemporaryDirectory() as both:
        for name in CATALOGUE_FILES:
            own = rules / name
            shutil.copyfile(own if own.is_file() else folder / name, Path(both) / name)
        actions, policy = read_catalogue(Path(both), columns, bundle.models)
    return replace(bundle, actions=Catalogue.of(actions), policy=policy)
