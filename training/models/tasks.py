"""What is foretold from a customer's view: the tasks, and how one is fitted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from bundle.models import Classifier
from features.definitions import UNPROTECTED
from training.models.classifier import BoostedClassifier
from training.models.contract import Estimator
from training.models.fitting import RECENCY, RFM_LOGISTIC, FittedModel, Parts, fit_tested
from training.models.labels.contacts import label_service
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

CHURN: Final = "churn"
CONTRACT_CHURN: Final = "contract_churn"
SERVICE: Final = "service_contact"


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
    estimator, purchase_estimator, response_estimator
        What fits them; responses are few, so theirs is smaller.
    tuned
        What fits a model instead, by its name: found by a search (`training.tuning`).
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
    tuned: Mapping[str, BoostedClassifier] = field(default_factory=dict)


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


def tasks(
    con: duckdb.DuckDBPyConnection, as_of: int, config: CustomerModelsConfig
) -> Iterator[Task]:
    """Yield what is to be fitted from the views of customers, of rows before a moment."""
    yield churn_task(config)
    if has_contracts(con):
        yield Task(
            CONTRACT_CHURN,
            config.contract_days,
            lambda con, view, m: label_contract_churn(con, view, m.horizon, m.gap),
            config.estimator,
        )
    # Chosen by what was known when the later rows were, so that the test has no say in it.
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


def labels_of(
    views: Views, task: Task, as_of: int, config: CustomerModelsConfig
) -> tuple[LabelledRows, Moments]:
    """Return the labelled rows of a task, and which moments train, calibrate and test."""
    moments = config.spacing.before(as_of, task.days)
    return task.label(views.con, views.of(moments), moments), moments


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
    labelled, moments = labels_of(views, task, as_of, config)
    masks = moments.masks(labelled.frame["as_of"].to_numpy(np.int64))
    parts = Parts.of(labelled, config.columns, masks)
    estimator = config.tuned.get(task.name, task.estimator)
    fitted = fit_tested(estimator, parts, seed, baseline=task.baseline, rivals=task.rivals)
    test = LabelledRows(labelled.frame[masks[2]])
    told = what_columns_tell(test, views.day_before(moments.test), config.columns)
    check_leaks(task.name, told)
    return fitted
