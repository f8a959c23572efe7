"""The one door to MLflow in serving: where the bundle of an alias lies."""

import os
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from features.errors import BundleError, RegistryError
from features.settings import Settings

MODEL: Final = "nextbest"
_ROOT: Final = Path(__file__).resolve().parent.parent
PACKED: Final = _ROOT / "var" / "champion"
"""Where a built Bento carries its bundle."""
BENTO: Final = _ROOT.parent / "bento.yaml"
"""What tells a built Bento from a checkout, whose var/champion belongs to its own home only."""


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
    if settings.bundle != "registry":
        named = Path(settings.bundle).expanduser().resolve()
        if not named.is_dir():
            raise BundleError(
                f"NEXTBEST_BUNDLE={named} is no folder.", "name a bundle's folder, or unset it."
            )
        return named
    if _database_of(settings) is None and BENTO.is_file() and (PACKED / "manifest.json").is_file():
        return PACKED
    return find_version(settings, settings.alias)


def find_version(settings: Settings, name: str) -> Path:
    """Return the directory of a registered bundle, by its version or by an alias.

    Raises
    ------
    RegistryError
        If there is no registry, or nothing in it has that name.
    """
    if _database_of(settings) is None:
        database = settings.tracking_uri.removeprefix("sqlite:///")
        raise RegistryError(
            f"There is no model registry at {database}.", "train first: `nextbest train`."
        )
    return _from_registry(settings, name)


def _database_of(settings: Settings) -> str | None:
    """Return where the registry is, None for a file that is not there."""
    database = settings.tracking_uri.removeprefix("sqlite:///")
    is_file = database != settings.tracking_uri
    return None if is_file and not Path(database).is_file() else settings.tracking_uri


def _from_registry(settings: Settings, name: str) -> Path:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # Here and not above: importing MLflow takes seconds and 200 MB, and a Bento with its bundle
    # inside needs neither.
    import mlflow
    from mlflow.exceptions import MlflowException

    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.tracking_uri)
    try:
        version = name
        if not name.isdigit():
            client = mlflow.MlflowClient()
            version = client.get_model_version_by_alias(MODEL, name).version
        folder = mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{MODEL}/{version}")
    except (MlflowException, SQLAlchemyError, OSError) as error:
        kind = "version" if name.isdigit() else "alias"
        raise RegistryError(
            f"The registry has no bundle under the {kind} {name!r} ({error}).".replace("\n", " "),
            "train and promote one: `nextbest train`, then `nextbest promote`.",
        ) from error
    return Path(folder) / "artifacts" / "bundle"
