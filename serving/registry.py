"""The one door to MLflow in serving: where the bundle of an alias lies."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from features.errors import BundleError, RegistryError
from features.settings import Settings
from serving.alias import local_folder, version_of

MODEL: Final = "nextbest"
_KEPT: Final = 3
"""Versions fetched from elsewhere that stay on this machine, for a way back."""
_ROOT: Final = Path(__file__).resolve().parent.parent
PACKED: Final = _ROOT / "var" / "champion"
"""Where a built Bento carries its bundle."""
BENTO: Final = _ROOT.parent / "bento.yaml"
"""What tells a built Bento from a checkout, whose var/champion belongs to its own home only."""


class Sighting(NamedTuple):
    """What is to be served, seen at a moment.

    Parameters
    ----------
    token
        Another text, another bundle.
    find
        Returns its folder; may take long, where it has to be fetched.
    """

    token: str
    find: Callable[[], Path]


def look(settings: Settings) -> Sighting:
    """Say which bundle is to be served now; costs one small question to the registry.

    Where a folder is served and not an alias, a new manifest in it is a new bundle.

    Raises
    ------
    BundleError
        If the named directory is none.
    RegistryError
        If there is no registry and nothing was packed, it cannot be asked, or the alias points
        nowhere.
    """
    folder = _folder_of(settings)
    if folder is not None:
        return Sighting(f"folder of {_written(folder)}", lambda: folder)
    return look_up(settings, settings.alias)


def look_up(settings: Settings, alias: str) -> Sighting:
    """Say which bundle an alias of the registry stands for now.

    A version that lies here and was written anew, because a person was erased from it, is another
    bundle to a process that still holds the person in memory.

    Raises
    ------
    RegistryError
        If there is no registry, it cannot be asked, or the alias points nowhere.
    """
    _require_registry(settings)
    version = version_of(settings.tracking_uri, MODEL, alias)
    held = local_folder(settings.tracking_uri, MODEL, version)
    written = f" of {_written(held / 'artifacts' / 'bundle')}" if held else ""
    return Sighting(f"version {version}{written}", lambda: find_version(settings, version))


def find_bundle(settings: Settings) -> Path:
    """Return the directory of the bundle to serve.

    ``NEXTBEST_BUNDLE`` names a directory, or ``registry``: then the alias decides, and where
    there is no registry at all, the bundle packed with the code.

    Raises
    ------
    BundleError
        If the named directory is none.
    RegistryError
        If there is no registry and nothing was packed, or the alias points nowhere.
    """
    return look(settings).find()


def find_version(settings: Settings, name: str) -> Path:
    """Return the directory of a registered bundle, by its version or by an alias.

    Raises
    ------
    RegistryError
        If there is no registry, or nothing in it has that name.
    """
    _require_registry(settings)
    uri = settings.tracking_uri
    version = name if name.isdigit() else version_of(uri, MODEL, name)
    held = local_folder(uri, MODEL, version)
    # Importing MLflow takes seconds and 200 MB: only what lies elsewhere is worth it.
    return (held or fetched(settings, version)) / "artifacts" / "bundle"


def _folder_of(settings: Settings) -> Path | None:
    """Return the folder that is served whatever the registry says, None where an alias decides."""
    if settings.bundle != "registry":
        named = Path(settings.bundle).expanduser().resolve()
        if not named.is_dir():
            raise BundleError(
                f"NEXTBEST_BUNDLE={named} is no folder.", "name a bundle's folder, or unset it."
            )
        return named
    packed = BENTO.is_file() and (PACKED / "manifest.json").is_file()
    return PACKED if packed and _database_of(settings) is None else None


def _written(folder: Path) -> str:
    """Tell the manifests of a folder apart, without reading them."""
    manifest = folder / "manifest.json"
    try:
        told = manifest.stat()
    except OSError:
        return "no manifest"
    return f"{told.st_mtime_ns}-{told.st_size}-{told.st_ino}"


def _require_registry(settings: Settings) -> None:
    if _database_of(settings) is None:
        database = settings.tracking_uri.removeprefix("sqlite:///")
        raise RegistryError(
            f"There is no model registry at {database}.", "train first: `nextbest train`."
        )


def _database_of(settings: Settings) -> str | None:
    """Return where the registry is, None for a file that is not there."""
    database = settings.tracking_uri.removeprefix("sqlite:///")
    is_file = database != settings.tracking_uri
    return None if is_file and not Path(database).is_file() else settings.tracking_uri


def fetched(settings: Settings, version: str) -> Path:
    """Return a version's artefacts fetched to this machine; they are fetched once.

    Raises
    ------
    RegistryError
        If they cannot be.
    """
    kept = settings.home / "fetched"
    folder = kept / version
    if not folder.is_dir():
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept, prefix=".") as partial:
            whole = _download(settings, version, partial)
            # Whole or not at all; another worker may have been faster.
            with suppress(OSError):
                whole.rename(folder)
    for old in sorted(kept.glob("[0-9]*"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _download(settings: Settings, version: str, into: str) -> Path:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # Here and not above: a Bento with its bundle inside needs it never.
    import mlflow
    from mlflow.exceptions import MlflowException

    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.tracking_uri)
    try:
        folder = mlflow.artifacts.download_artifacts(
            artifact_uri=f"models:/{MODEL}/{version}", dst_path=into
        )
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise RegistryError(
            f"The registry has no bundle under the version {version!r} ({error}).".replace(
                "\n", " "
            ),
            "train and promote one: `nextbest train`, then `nextbest promote`.",
        ) from error
    return Path(folder)
