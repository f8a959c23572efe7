"""Better settings of a customer model, searched in a home's tables and kept for its next training.

``tuned.json`` in the home holds what was found, by model; a person may edit or delete it.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from features.errors import SettingError, SourceError
from features.settings import Settings, ensure_home
from features.tables import data_hashes, open_tables
from training import tracking
from training.as_of import chosen_as_of, date_text
from training.config import TrainingConfig
from training.consents import Statement, bind_current_consents
from training.models.classifier import BoostedClassifier
from training.models.contract import TooFewRowsError
from training.models.fitting import Parts
from training.models.task_fitting import labels_of
from training.models.tasks import tasks
from training.models.tuning import Budget, Tuned, tune
from training.models.views import Views

TUNED: Final = "tuned.json"
Share = Annotated[float, Field(gt=0, le=1)]


class Parameters(BaseModel):
    """LightGBM's settings that are searched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_leaves: Annotated[int, Field(ge=2, le=1024)]
    learning_rate: Share
    min_data_in_leaf: Annotated[int, Field(ge=1)]
    feature_fraction: Share
    bagging_fraction: Share
    lambda_l2: Annotated[float, Field(ge=0)]


class TunedSettings(BaseModel):
    """Settings of one model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rounds: Annotated[int, Field(ge=1, le=10_000)]
    parameters: Parameters


_FILE: Final = TypeAdapter(dict[str, TunedSettings])


def tune_model(
    settings: Settings,
    name: str,
    config: TrainingConfig,
    budget: Budget,
    tags: Mapping[str, str],
    statements: Sequence[Statement] = (),
    *,
    progress: bool = True,
) -> Tuned:
    """Search settings of one model and keep them where they do better than today's.

    Trials fit on the training moments and are judged on the moment that calibrates; the tested
    moment takes no part. The run holds each trial as a nested run.

    Raises
    ------
    SettingError
        If there is no such model.
    SourceError
        If the history cannot carry it.
    """
    ensure_home(settings)
    con = open_tables(settings.tables)
    as_of = chosen_as_of(settings, config.as_of)
    tracking.connect(settings)
    bind_current_consents(con, statements, config.now or as_of)
    found = {
        task.name: task
        for task in tasks(con, as_of, config.customers)
        if isinstance(task.estimator, BoostedClassifier)  # what the search is of
    }
    if name not in found:
        raise SettingError(
            f"There is no model {name!r} to tune.", f"name one of {', '.join(sorted(found))}."
        )
    with tracking.run(f"tune {name} {date_text(as_of)}", tags):
        tracking.log_parameters({"model": name, "as_of": date_text(as_of), "seed": config.seed})
        tracking.log_table_hashes(data_hashes(settings.tables), settings.tables)
        views = Views(con, honour_consents=True)
        labelled, moments = labels_of(views, found[name], as_of, config.customers)
        masks = moments.masks(labelled.frame["as_of"].to_numpy(np.int64))
        parts = Parts.of(labelled, config.customers.columns, masks)
        diary = tracking.TrialRuns()
        try:
            tuned = tune(parts.train, parts.later, budget, diary, config.seed, progress=progress)
        except TooFewRowsError as error:
            raise SourceError(f"{name}: {error}.", "ingest more history.") from error
        _log(tuned)
    if tuned.after < tuned.before:
        _keep(settings.home, name, tuned)
    return tuned


def read_tuned(home: Path) -> dict[str, BoostedClassifier]:
    """Return what was found, by model; nothing where no search was made.

    Raises
    ------
    SettingError
        Naming the field, if somebody edited the file into something else.
    """
    return {
        name: BoostedClassifier(told.rounds, parameters=told.parameters.model_dump())
        for name, told in _read(home).items()
    }


def _read(home: Path) -> dict[str, TunedSettings]:
    path = home / TUNED
    if not path.is_file():
        return {}
    try:
        return _FILE.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingError(
            f"{TUNED}: {where}: {first['msg']} (it says {first['input']!r}).",
            f"mend {where}, or delete {path.name} to train with the shipped settings.",
        ) from error


def _keep(home: Path, name: str, tuned: Tuned) -> None:
    best = {"rounds": tuned.best.rounds, "parameters": dict(tuned.best.parameters)}
    held = {**_read(home), name: TunedSettings.model_validate(best)}
    text = json.dumps({k: v.model_dump() for k, v in sorted(held.items())}, indent=1)
    fresh = home / f"{TUNED}.new"
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(home / TUNED)


def _log(tuned: Tuned) -> None:
    tracking.log_metrics({"log_loss": tuned.after, "log_loss.before": tuned.before})
    best = {"rounds": tuned.best.rounds, **tuned.best.parameters}
    tracking.log_parameters({f"best.{name}": value for name, value in best.items()})
    tracking.set_tags({"trials": str(tuned.tried), "trials.pruned": str(tuned.pruned)})
