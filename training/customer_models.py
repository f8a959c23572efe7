"""The customer models of a bundle: churn, purchase, response and contact with the service.

They read no protected column: a price may hang on what they say.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from bundle.models import Classifier
from features.definitions import UNPROTECTED
from training.models.classifier import BoostedClassifier
from training.models.contract import Estimator, TooFewRowsError
from training.models.fitting import RECENCY, RFM_LOGISTIC, FittedModel, Parts, fit_tested
from training.models.fitting import flat_metrics as flat_metrics
from training.models.labels.contacts import label_service, response_rows
from training.models.labels.contracts import has_contracts, label_contract_churn
from training.models.labels.purchases import (
    CHURN_DAYS,
    Category,
    categories_worth_a_model,
    label_churn,
    label_purchase,
)
from training.models.labels.rows import LabelledRows, customer_view
from training.models.labels.windows import Moments, Spacing
from training.models.leaks import check_leaks, view_of_the_day_before, what_columns_tell
from training.models.metrics import flat_estimates as flat_estimates

CHURN: Final = "churn"
CONTRACT_CHURN: Final = "contract_churn"
SERVICE: Final = "service_contact"
MIN_CHANNEL: Final = 2
"""An action sent on fewer channels than this has one model for all of them."""


@dataclass(frozen=True)
class CustomerModelsConfig:
    """What is fitted, and how.

    Parameters
    ----------
    churn_days, purchase_days, service_days, contract_days
        Horizons.
    spacing
        How the moments of each are laid out.
    columns
        Inputs.
    categories
        At most so many purchase models.
    category_share
        Least and most share of buyers that make a category worth one.
    estimator, response_estimator
        What fits them; responses are few, so theirs is smaller.
    """

    churn_days: int = CHURN_DAYS
    purchase_days: int = 30
    service_days: int = 30
    contract_days: int = 60
    spacing: Spacing = field(default_factory=Spacing)
    columns: tuple[str, ...] = UNPROTECTED
    categories: int = 4
    category_share: tuple[float, float] = (0.1, 0.9)
    estimator: Estimator[Classifier] = field(default_factory=BoostedClassifier)
    purchase_estimator: Estimator[Classifier] = field(
        default_factory=lambda: BoostedClassifier(rounds=120)
    )
    response_estimator: Estimator[Classifier] = field(
        default_factory=lambda: BoostedClassifier(rounds=120)
    )


@dataclass(frozen=True)
class FittedModels:
    """What was fitted, and why the rest was not.

    Parameters
    ----------
    models
        By name.
    unfitted
        Reason by name.
    """

    models: Mapping[str, FittedModel]
    unfitted: Mapping[str, str]

    @property
    def for_bundle(self) -> dict[str, Classifier]:
        """The models alone, as a bundle takes them."""
        return {name: fitted.model for name, fitted in self.models.items()}

    @property
    def metrics(self) -> dict[str, float]:
        """Every figure and bound by name, for MLflow and the manifest."""
        return flat_metrics(self.models)

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


Label = Callable[[duckdb.DuckDBPyConnection, pd.DataFrame, Moments], LabelledRows]


@dataclass(frozen=True)
class Task:
    """A model to fit from views: its name, horizon, label, estimator and baselines."""

    name: str
    days: int
    label: Label
    estimator: Estimator[Classifier]
    baseline: str = ""
    rivals: tuple[Estimator[Classifier], ...] = ()


class Views:
    """Views of customers by moment, each built once whoever asks."""

    def __init__(self, con: duckdb.DuckDBPyConnection, *, honour_consents: bool) -> None:
        self.con = con
        self.honour_consents = honour_consents
        self._at: dict[int, pd.DataFrame] = {}
        self._before: dict[int, pd.DataFrame] = {}

    def of(self, moments: Moments) -> pd.DataFrame:
        """Return the views of some moments, one below the other."""
        lacking = [moment for moment in moments.every if moment not in self._at]
        if lacking:
            built = customer_view(self.con, lacking, honour_consents=self.honour_consents)
            self._at |= {moment: built[built["as_of"] == moment] for moment in lacking}
        return pd.concat([self._at[moment] for moment in moments.every], ignore_index=True)

    def day_before(self, moment: int) -> pd.DataFrame:
        """Return the view of the day before a moment, as it stood then."""
        if moment not in self._before:
            self._before[moment] = view_of_the_day_before(
                self.con, moment, honour_consents=self.honour_consents
            )
        return self._before[moment]


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
    jobs = dict(_jobs(views, as_of, config, seed))
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
    return FittedModels(fitted, unfitted)


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
    views = Views(con, honour_consents=honour_consents)
    fitted = {}
    for name, fit in _responses(views, as_of, config, seed):
        try:
            fitted[name] = fit()
        except TooFewRowsError:
            continue
    return fitted


def _jobs(
    views: Views, as_of: int, config: CustomerModelsConfig, seed: int
) -> Iterator[tuple[str, Callable[[], FittedModel]]]:
    for task in _tasks(views.con, as_of, config):
        yield task.name, lambda task=task: fit_task(views, task, as_of, config, seed)  # type: ignore[misc]
    yield from _responses(views, as_of, config, seed)


def churn_task(config: CustomerModelsConfig) -> Task:
    """Return what it takes to fit churn without a contract."""
    return Task(
        CHURN,
        config.churn_days,
        lambda con, view, m: label_churn(con, view, m.horizon, m.gap),
        config.estimator,
        RECENCY,
        (RFM_LOGISTIC,),
    )


def _tasks(
    con: duckdb.DuckDBPyConnection, as_of: int, config: CustomerModelsConfig
) -> Iterator[Task]:
    yield churn_task(config)
    if has_contracts(con):
        yield Task(
            CONTRACT_CHURN,
            config.contract_days,
            lambda con, view, m: label_contract_churn(con, view, m.horizon, m.gap),
            config.estimator,
        )
    # Chosen by what was known when the first moment's customers were looked at, not by the test.
    until = config.spacing.before(as_of, config.purchase_days).later
    chosen = categories_worth_a_model(
        con, until, most=config.categories, share=config.category_share
    )
    for category in chosen:
        yield Task(
            f"purchase_{category.slug}",
            config.purchase_days,
            _of_category(category),
            config.purchase_estimator,
        )
    yield Task(
        SERVICE,
        config.service_days,
        lambda con, view, m: label_service(con, view, m.horizon, m.gap),
        config.purchase_estimator,
    )


def _of_category(category: Category) -> Label:
    return lambda con, view, m: label_purchase(con, view, category, m.horizon, m.gap)


def fit_task(
    views: Views, task: Task, as_of: int, config: CustomerModelsConfig, seed: int
) -> FittedModel:
    """Fit one model from views, test it, and look for leaks in its columns.

    Raises
    ------
    TooFewRowsError
        If the history cannot carry it.
    LeakError
        If a column knows what it is to foretell.
    """
    moments = config.spacing.before(as_of, task.days)
    labelled = task.label(views.con, views.of(moments), moments)
    at = labelled.frame["as_of"].to_numpy(np.int64)
    masks = moments.masks(at)
    parts = Parts.of(labelled, config.columns, masks)
    fitted = fit_tested(task.estimator, parts, seed, baseline=task.baseline, rivals=task.rivals)
    test = LabelledRows(labelled.frame[masks[2]])
    told = what_columns_tell(test, views.day_before(moments.test), config.columns)
    check_leaks(task.name, told)
    return fitted


def _responses(
    views: Views, as_of: int, config: CustomerModelsConfig, seed: int
) -> Iterator[tuple[str, Callable[[], FittedModel]]]:
    """Yield a model an action, and one an action and channel where it was sent on several."""
    rows = response_rows(views.con, as_of, honour_consents=views.honour_consents)
    frame = rows.frame
    for action in sorted(frame["action_id"].unique()):
        mine = (frame["action_id"] == action).to_numpy()
        channels = sorted(frame["channel"][mine].unique())
        groups = {str(action): mine}
        if len(channels) >= MIN_CHANNEL:
            sent = frame["channel"].to_numpy()
            groups |= {f"{action}_{channel}": mine & (sent == channel) for channel in channels}
        for name, mask in groups.items():
            yield name, lambda mask=mask: _fit_response(rows, mask, config, seed)  # type: ignore[misc]


def _fit_response(
    rows: LabelledRows, mine: NDArray[np.bool_], config: CustomerModelsConfig, seed: int
) -> FittedModel:
    """Fit on the first half of an action's contacts, calibrate on a quarter, test on the last."""
    at = rows.frame["as_of"].to_numpy(np.int64)
    first, second = _split(at[mine])
    masks = (
        mine & (at < first),
        mine & (at >= first) & (at < second),
        mine & (at >= second),
    )
    parts = Parts.of(rows, config.columns, masks)
    return fit_tested(config.response_estimator, parts, seed)


def _split(moments: NDArray[np.int64]) -> tuple[int, int]:
    """Return the moments that end training and calibration, at half and three quarters."""
    return int(np.quantile(moments, 0.5)), int(np.quantile(moments, 0.75))
