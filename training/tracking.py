"""The one door to MLflow: runs, figures, the registry."""

import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# Before the import: the first call would otherwise phone home.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import pandas as pd
from mlflow.data.dataset_source_registry import get_dataset_source_from_json
from mlflow.data.meta_dataset import MetaDataset
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, Schema
from mlflow.types.schema import AnyType
from sqlalchemy.exc import SQLAlchemyError

from features.errors import RegistryError
from features.settings import Settings
from training.held_out import FACTS, HeldOut, read_held_out, write_held_out

Client = MlflowClient
MODEL: Final = "nextbest"
EXPERIMENT: Final = "nextbest"
CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
PREVIOUS: Final = "previous"
_HELD_OUT: Final = "held_out"


@dataclass(frozen=True)
class Version:
    """A registered bundle: its version in the registry and the run that made it."""

    number: str
    run_id: str


def connect(settings: Settings) -> MlflowClient:
    """Point MLflow at the settings' server or database and return a client.

    Raises
    ------
    RegistryError
        If it is damaged or out of reach.
    """
    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.tracking_uri)
    try:
        client = MlflowClient()
        if client.get_experiment_by_name(EXPERIMENT) is None:
            client.create_experiment(EXPERIMENT, artifact_location=settings.artifacts.as_uri())
    except (SQLAlchemyError, MlflowException, OSError) as error:
        raise RegistryError(
            f"The model registry cannot be read ({str(error).splitlines()[0]}).",
            "mend or restore it (mlflow.db in NEXTBEST_HOME, or NEXTBEST_TRACKING_URI).",
        ) from error
    return client


@contextmanager
def run(name: str, tags: Mapping[str, str]) -> Iterator[str]:
    """Open a run, or go on with the one that ``mlflow run`` opened here; yields its id.

    ``mlflow run`` opens its run wherever MLFLOW_TRACKING_URI points to, which need not be where
    nextbest keeps its registry; a run that is not here is tagged, not resumed.
    """
    outer = os.environ.get("MLFLOW_RUN_ID")
    if outer and not _exists(outer):
        for variable in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
            os.environ.pop(variable, None)
        tags = {**tags, "mlflow_run": outer}
    if "MLFLOW_RUN_ID" not in os.environ:
        mlflow.set_experiment(EXPERIMENT)
    # How busy the machine was stands beside the figures: a slow run explains itself.
    logging.getLogger("mlflow.system_metrics").setLevel(logging.WARNING)
    with mlflow.start_run(run_name=name, tags=dict(tags), log_system_metrics=True) as active:
        yield str(active.info.run_id)


class TrialRuns:
    """A diary of trials (`training.models.tuning.Diary`): each a run within the open one."""

    @contextmanager
    def trial(self, number: int, settings: Mapping[str, float | int]) -> Iterator[None]:
        """Open the run of a trial."""
        with mlflow.start_run(run_name=f"trial {number}", nested=True):
            mlflow.log_params(dict(settings))
            yield

    def loss(self, value: float, step: int) -> None:
        """Log the loss after so many rounds."""
        mlflow.log_metric("log_loss", value, step=step)

    def end(self, state: str) -> None:
        """Tag how the trial ended."""
        mlflow.set_tag("trial.state", state)


def _exists(run_id: str) -> bool:
    try:
        MlflowClient().get_run(run_id)
    except MlflowException:
        return False
    return True


def log_parameters(parameters: Mapping[str, Any]) -> None:
    """Log parameters of the run."""
    mlflow.log_params(dict(parameters))


def log_metrics(metrics: Mapping[str, float]) -> None:
    """Log metrics of the run."""
    mlflow.log_metrics(dict(metrics))


def set_tags(tags: Mapping[str, str]) -> None:
    """Tag the run."""
    mlflow.set_tags(dict(tags))


def log_figure(figure: Any, name: str) -> None:  # noqa: ANN401 - a Matplotlib figure
    """Log a picture under ``plots/``."""
    mlflow.log_figure(figure, f"plots/{name}.png")


def log_page(html: str, name: str) -> None:
    """Log an HTML page."""
    mlflow.log_text(html, name)


def log_table(rows: Sequence[Mapping[str, Any]], name: str) -> None:
    """Log rows as a table, which MLflow shows beside other runs'."""
    columns = {column: [row[column] for row in rows] for column in rows[0]}
    mlflow.log_table(columns, f"{name}.json")


def log_table_hashes(hashes: Mapping[str, str], tables: Path) -> None:
    """Log the data that the run saw, by content, as its inputs.

    Parameters
    ----------
    hashes
        By table.
    tables
        The folder where they stand.
    """
    for table, digest in hashes.items():
        # MLflow makes the class of local sources as it starts: no module has its name.
        uri = json.dumps({"uri": str(tables / table)})
        source = get_dataset_source_from_json(uri, "local")
        seen = MetaDataset(source, name=table, digest=digest[:16])  # type: ignore[abstract]
        mlflow.log_input(seen, context="training")
    mlflow.set_tags({f"data.{table}": digest[:16] for table, digest in hashes.items()})
    mlflow.log_dict(dict(hashes), "data_hashes.json")


def log_held_out(held: HeldOut) -> None:
    """Leave the rows that the run held out beside its figures."""
    with tempfile.TemporaryDirectory() as scratch:
        write_held_out(Path(scratch), held)
        mlflow.log_artifacts(scratch, _HELD_OUT)


def held_out(client: MlflowClient, version: str) -> HeldOut | None:
    """Return the rows that a version's run held out; None where it left none."""
    run_id = str(client.get_model_version(MODEL, version).run_id)
    left = {found.path for found in client.list_artifacts(run_id, _HELD_OUT)}
    if f"{_HELD_OUT}/{FACTS}" not in left:
        return None
    return read_held_out(Path(client.download_artifacts(run_id, _HELD_OUT)))


def register_bundle(
    directory: Path, pyfunc: Path, run_id: str, scores: Sequence[str] = ()
) -> Version:
    """Log a bundle directory as one MLflow model and register it as the challenger.

    Parameters
    ----------
    directory
        The bundle.
    pyfunc
        Source file of the pyfunc wrapper (models from code: nothing is pickled).
    scores
        Columns that it answers with, for the signature.
    """
    root = Path(__file__).resolve().parent.parent
    info = mlflow.pyfunc.log_model(
        name="bundle",
        python_model=str(pyfunc),
        artifacts={"bundle": str(directory)},
        code_paths=[str(root / package) for package in ("bundle", "decisioning", "features")],
        pip_requirements=["lightgbm", "numpy", "pandas", "pydantic", "pyyaml", "scipy", "sqlglot"],
        registered_model_name=MODEL,
        signature=ModelSignature(
            # Any type: a file of ids that are numbers is read as numbers.
            inputs=Schema([ColSpec(AnyType(), "customer_id")]),  # type: ignore[no-untyped-call]
            outputs=Schema([ColSpec("double", name) for name in scores]) if scores else None,
        ),
        # Nobody's id: an example is kept in the registry for all to see.
        input_example=pd.DataFrame({"customer_id": ["customer-1", "customer-2"]}),
    )
    number = str(info.registered_model_version)
    MlflowClient().set_registered_model_alias(MODEL, CHALLENGER, number)
    return Version(number, run_id)


def promote(client: MlflowClient, version: str, alias: str = CHAMPION) -> str | None:
    """Move an alias to a version, remembering the one it left.

    Returns
    -------
    The version that held the alias before, None when there was none.
    """
    before = version_of(client, alias)
    client.set_registered_model_alias(MODEL, alias, version)
    if before is not None and before != version:
        client.set_registered_model_alias(MODEL, PREVIOUS, before)
    return before


def bundle_directory(client: MlflowClient, version: str) -> Path:
    """Return the local directory of a version's bundle, fetching it when it is elsewhere.

    Raises
    ------
    RegistryError
        If there is no such version, or its files are gone.
    """
    try:
        client.get_model_version(MODEL, version)
        folder = mlflow.artifacts.download_artifacts(artifact_uri=f"models:/{MODEL}/{version}")
    except (MlflowException, OSError) as error:
        raise RegistryError(
            f"Version {version!r} of {MODEL!r} cannot be fetched from the registry.",
            "name a registered version, or train one with `nextbest train`.",
        ) from error
    return Path(folder) / "artifacts" / "bundle"


def parameters_of(client: Client, version: str) -> dict[str, str]:
    """Return the parameters of a version's run."""
    run_id = str(client.get_model_version(MODEL, version).run_id)
    return dict(client.get_run(run_id).data.params)


def version_of(client: MlflowClient, alias: str) -> str | None:
    """Return the version that an alias points to, None when there is none."""
    try:
        return str(client.get_model_version_by_alias(MODEL, alias).version)
    except MlflowException:
        return None


def latest_version(client: MlflowClient) -> str | None:
    """Return the newest version, None when nothing is registered."""
    versions = client.search_model_versions(f"name = '{MODEL}'")
    return max((str(v.version) for v in versions), key=int, default=None)
