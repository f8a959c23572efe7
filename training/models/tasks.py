"""What is foretold from a customer's view: the tasks, and how one is fitted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb
import pandas as pd

from bundle.models import Classifier
from features.definitions import UNPROTECTED
from training.models.classifier import BoostedClassifier
from training.models.contract import Estimator
from training.models.fitting import RECENCY, RFM_LOGISTIC
from training.models.labels.answers import QUESTIONS, Question, label_answers, lacking_answers
from training.models.labels.contacts import label_service
from training.models.labels.contracts import has_contracts, label_contract_churn
from training.models.labels.purchases import (
    CHURN_DAYS,
    Category,
    categories_worth_a_model,
    label_churn,
    label_purchase,
)
from training.models.labels.rows import LabelledRows
from training.models.labels.windows import Moments, Spacing
from training.models.satisfaction import LAST_ANSWER, SATISFACTION

CHURN: Final = "churn"
CONTRACT_CHURN: Final = "contract_churn"
SERVICE: Final = "service_contact"


@dataclass(frozen=True)
class CustomerModelsConfig:
    """What is fitted, and how.

    Parameters
    ----------
    churn_days, purchase_days, service_days, contract_days, satisfaction_days
        Horizons.
    spacing
        How the moments of each are laid out.
    columns
        Inputs.
    categories
        At most so many purchase models.
    category_share
        Least and most share of buyers that make a category worth one.
    estimator, purchase_estimator, response_estimator, satisfaction_estimator
        What fits them; responses and answers are few, so theirs are smaller.
    tuned
        What fits a model instead, by its name: found by a search (`training.tuning`).
    """

    churn_days: int = CHURN_DAYS
    purchase_days: int = 30
    service_days: int = 30
    contract_days: int = 60
    satisfaction_days: int = 60
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
    satisfaction_estimator: Estimator[Classifier] = SATISFACTION
    tuned: Mapping[str, BoostedClassifier] = field(default_factory=dict)


Label = Callable[[duckdb.DuckDBPyConnection, pd.DataFrame, Moments], LabelledRows]


@dataclass(frozen=True)
class Task:
    """A model to fit from views.

    Parameters
    ----------
    name, days, label, estimator
        What it is called, its horizon, what labels the rows and what fits them.
    baseline, rivals
        What it is held against; see `training.models.fitting.fit_tested`.
    above_chance
        Whether it is dropped where its ranking cannot be told from chance.
    """

    name: str
    days: int
    label: Label
    estimator: Estimator[Classifier]
    baseline: str = ""
    rivals: tuple[Estimator[Classifier], ...] = ()
    above_chance: bool = False


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
    for question in QUESTIONS:
        if lacking_answers(con, question, as_of):
            continue
        yield Task(
            question.model,
            config.satisfaction_days,
            _of_question(question),
            config.satisfaction_estimator,
            rivals=(LAST_ANSWER,),
            above_chance=True,
        )


def _of_question(question: Question) -> Label:
    return lambda con, view, m: label_answers(con, view, question, m.horizon, m.gap)


def _of_category(category: Category) -> Label:
    return lambda con, view, m: label_purchase(con, view, category, m.horizon, m.gap)
