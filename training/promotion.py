"""Moving the alias, and laying the champion where a Bento is packed from."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from bundle.files import read_bundle
from features.errors import RegistryError
from features.settings import Settings, ensure_home
from training import tracking


@dataclass(frozen=True)
class Promotion:
    """A move of the alias: from which version (None for none) to which."""

    before: str | None
    after: str


def promote(settings: Settings, version: str | None = None) -> Promotion:
    """Give the alias ``champion`` to a version, the newest when none is named.

    The bundle is read and checked first: one that does not hold together is not promoted.

    Raises
    ------
    RegistryError
        If there is no such version.
    BundleError
        If its files do not match its manifest.
    """
    ensure_home(settings)
    client = tracking.connect(settings)
    chosen = version or tracking.latest_version(client)
    if chosen is None:
        raise RegistryError("Nothing is registered yet.", "train first: `nextbest train`.")
    directory = tracking.bundle_directory(client, chosen)
    read_bundle(directory)
    before = tracking.promote(client, chosen)
    _lay_out(directory, settings.home / "champion")
    return Promotion(before, chosen)


def rollback(settings: Settings) -> Promotion:
    """Give the alias back to the version that held it before.

    Raises
    ------
    RegistryError
        If no version held it before.
    """
    ensure_home(settings)
    client = tracking.connect(settings)
    previous = tracking.version_of(client, tracking.PREVIOUS)
    if previous is None:
        raise RegistryError(
            "No version held the alias before this one.",
            "name a version: `nextbest promote VERSION`.",
        )
    return promote(settings, previous)


def _lay_out(source: Path, target: Path) -> None:
    """Copy a bundle, whole or not at all."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh)
    old = target.with_name(f"{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
