"""The customer models of a bundle: churn, purchase, response, service contact, satisfaction.

They read no protected column: a price may hang on what they say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb
import pandas as pd
from tqdm import tqdm

from bundle.models import Classifier
from training.models.contract import TooFewRowsError
from training.models.fitting import FittedModel as FittedModel
from training.models.fitting import flat_metrics as flat_metrics
from training.models.labels.answers import QUESTIONS, lacking_answers
from training.models.labels.contacts import response_rows
from training.models.labels.contracts import has_contracts
from training.models.labels.rows import LabelledRows
from training.models.metrics import flat_estimates as flat_estimates
from training.models.responses import responses
from training.models.task_fitting import fit_task
from training.models.tasks import (
    CONTRACT_CHURN,
    CustomerModelsConfig,
    Task,
    churn_task,
    tasks,
)
from training.models.views import Views


@dataclass(frozen=True)
class FittedModels:
    """What was fitted, and why the rest was not.

    Parameters
    ----------
    models
        By name.
    unfitted
        Reason by name.
    answers
        ``action_id``, ``channel`` and ``label`` of every contact that may train: what
        `training.models.priors.tallies` counts.
    horizons
        Days of the outcome window, by name; a response has none of its own.
    """

    models: Mapping[str, FittedModel]
    unfitted: Mapping[str, str]
    answers: pd.DataFrame
    horizons: Mapping[str, int]

    @property
    def for_bundle(self) -> dict[str, Classifier]:
        """The models alone, as a bundle takes them."""
        return {name: fitted.model for name, fitted in self.models.items()}

    @property
    def metrics(self) -> dict[str, float]:
        """Every figure, bound and horizon by name, for MLflow and the manifest."""
        foretold = [name for name in self.models if name in self.horizons]
        horizons = {f"{name}_horizon_days": float(self.horizons[name]) for name in foretold}
        return flat_metrics(self.models) | horizons

    def table(self) -> list[dict[str, str | float]]:
        """Return one row a model, for a report: what it is, and how good."""
        rows: list[dict[str, str | float]] = []
        for name, fitted in self.models.items():
            told = {m: e.value for m, e in fitted.metrics.items()}
            rate = float(fitted.y.mean())
            rows.append(
                {"model": name, "rows": len(fitted.y), "rate": rate,
                 "calibration": fitted.calibration, **told}
            )  # fmt: skip
        return rows


def fit_customer_models(
    con: duckdb.DuckDBPyConnection,
    as_of: int,
    config: CustomerModelsConfig | None = None,
    *,
    honour_consents: bool,
    seed: int,
    progress: bool = False,
) -> FittedModels:
    """Fit every customer model that the rows before a moment can carry.

    Each is trained on several moments, calibrated on a later one and tested on the last whose
    outcome window is complete by ``as_of``.

    Raises
    ------
    LeakError
        If a column knows what it is to foretell.
    """
    config = config or CustomerModelsConfig()
    views = Views(con, honour_consents=honour_consents)
    contacts = response_rows(con, as_of, honour_consents=honour_consents)
    todo = list(tasks(con, as_of, config))
    jobs = dict(_jobs(views, todo, contacts, as_of, config, seed))
    fitted: dict[str, FittedModel] = {}
    unfitted: dict[str, str] = {}
    bar = tqdm(jobs.items(), desc="customer models", unit="model", disable=not progress)
    for name, fit in bar:
        bar.set_postfix_str(name)
        try:
            fitted[name] = fit()
        except TooFewRowsError as error:
            unfitted[name] = str(error)
    if not has_contracts(con):
        unfitted[CONTRACT_CHURN] = "no contracts among the tables"
    lacking = {q.model: lacking_answers(con, q, as_of) for q in QUESTIONS}
    unfitted |= {name: why for name, why in lacking.items() if why}
    answers = contacts.frame[["action_id", "channel", "label"]]
    return FittedModels(fitted, unfitted, answers, {task.name: task.days for task in todo})


def fit_churn(
    con: duckdb.DuckDBPyConnection,
    as_of: int,
    *,
    honour_consents: bool,
    seed: int,
    config: CustomerModelsConfig | None = None,
) -> FittedModel | None:
    """Fit churn alone; None when the history is too short."""
    config = config or CustomerModelsConfig()
    views = Views(con, honour_consents=honour_consents)
    try:
        return fit_task(views, churn_task(config), as_of, config, seed)
    except TooFewRowsError:
        return None


def fit_responses(
    con: duckdb.DuckDBPyConnection, as_of: int, *, honour_consents: bool, seed: int
) -> dict[str, FittedModel]:
    """Fit the response models alone; an action with too few responses gets none."""
    config = CustomerModelsConfig()
    contacts = response_rows(con, as_of, honour_consents=honour_consents)
    fitted = {}
    for name, fit in responses(contacts, config, seed):
        try:
            fitted[name] = fit()
        except TooFewRowsError:
            continue
    return fitted


def _jobs(
    views: Views,
    todo: Sequence[Task],
    contacts: LabelledRows,
    as_of: int,
    config: CustomerModelsConfig,
    seed: int,
) -> Iterator[tuple[str, Callable[[], FittedModel]]]:
    for task in todo:
        yield task.name, partial(fit_task, views, task, as_of, config, seed)
    yield from responses(contacts, config, seed)
