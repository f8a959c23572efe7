"""Which model says what a customer will spend: chosen on later rows, measured on still later ones.

A rule of thumb that is hard to beat stands beside the models. A model is taken only where its
squared error, on later customers that it was not calibrated on, is lower than the rule's by more
than a standard error; among models the least squared error decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from decisioning.estimates import Amount, CustomerModel
from decisioning.policy import DAY
from features.definitions import UNPROTECTED
from training.models.contract import Estimator, Rows, TooFewRowsError
from training.models.labels.rows import customer_view
from training.models.labels.windows import Spacing
from training.models.metrics import Estimate
from training.models.value.estimators import (
    BuyTillYouDieValue,
    CorrectedBuyTillYouDie,
    PastSpend,
)
from training.models.value.labels import label_spend
from training.models.value.measures import measure_amounts

Floats = NDArray[np.float64]

VALUE_DAYS: Final = 90
SPACING: Final = Spacing(train=4)


@dataclass(frozen=True)
class FittedValue:
    """The model taken, and what was measured of it and of the others.

    Parameters
    ----------
    name, model
        What was taken.
    reason
        Why, in a sentence.
    metrics
        Of each candidate by name, on the test rows.
    y, said
        What came on the test rows, and what the model taken says of them; cents.
    test
        Those rows.
    baseline
        float64 (rows,): what the rule of thumb that did best on the later rows says of them.
    customers
        Strings (rows,): their customer ids; of `fit_value`.
    """

    name: str
    model: CustomerModel
    reason: str
    metrics: Mapping[str, Mapping[str, Estimate]]
    y: Floats
    said: Amount
    test: Rows
    baseline: Floats
    customers: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, dtype=np.str_))


def rules() -> tuple[Estimator[Any], ...]:
    """Return what needs no model: the spend of all days, or of the last 90, carried on."""
    return (
        PastSpend("spend over time", "spend_total", "customer_age_days"),
        PastSpend("last 90 days", "spend_90d", least_days=90.0),
    )


def models(horizon_days: float) -> tuple[Estimator[Any], ...]:
    """Return the models, simpler ones first."""
    habit = BuyTillYouDieValue(horizon_days, habit=0.5, name="buy till you die and habit")
    return (BuyTillYouDieValue(horizon_days), habit, CorrectedBuyTillYouDie(habit))


def fit_value(
    con: duckdb.DuckDBPyConnection,
    until: int,
    *,
    honour_consents: bool,
    seed: int,
    horizon_days: int = VALUE_DAYS,
    columns: Sequence[str] = UNPROTECTED,
) -> FittedValue:
    """Fit what customers spend within a horizon, from the tables as of a moment.

    Parameters
    ----------
    until
        Epoch seconds; no outcome window ends after it.

    Raises
    ------
    TooFewRowsError
        If the history is too short, or too few bought.
    """
    moments = SPACING.before(until, horizon_days)
    view = customer_view(con, moments.every, honour_consents=honour_consents)
    labelled = label_spend(con, view, horizon_days * DAY)
    rows = labelled.rows(columns)
    train, later, test = (rows.take(part) for part in moments.masks(rows.as_of))
    fitted = choose_value(train, later, test, horizon_days=horizon_days, seed=seed)
    # Codes of customers are places among their sorted ids (`LabelledRows.rows`).
    ids = np.unique(labelled.frame["customer_id"].to_numpy(np.str_))
    return replace(fitted, customers=ids[fitted.test.customer])


def choose_value(
    train: Rows, later: Rows, test: Rows, *, horizon_days: float, seed: int
) -> FittedValue:
    """Choose between `rules` and `models`, and measure all of them.

    Raises
    ------
    TooFewRowsError
        If not even a rule of thumb can be fitted, or nobody of the test rows spent anything.
    """
    test = test.take(np.flatnonzero(~np.isnan(test.x).all(axis=1)))
    if not (test.y > 0).any():
        raise TooFewRowsError(f"{len(test)} test rows, none of whom spent anything; 1 needed")
    half = later.customer % 2 == 0
    trials: dict[str, Floats] = {}
    fitted: dict[str, CustomerModel] = {}
    for estimator in (*rules(), *models(horizon_days)):
        trials[estimator.name] = _squares(
            estimator.fit(train, later.take(half), seed), later.take(~half)
        )
        fitted[estimator.name] = estimator.fit(train, later, seed)
    name, reason = choose(trials, {rule.name for rule in rules()})
    said = {one: _said(model, test) for one, model in fitted.items()}
    metrics = {one: measure_amounts(test.y, amount, test.customer, seed)
               for one, amount in said.items()}  # fmt: skip
    plain = said[min((rule.name for rule in rules()), key=lambda one: trials[one].mean())].mean
    return FittedValue(name, fitted[name], reason, metrics, test.y, said[name], test, plain)


def choose(squares: Mapping[str, Floats], rules: set[str]) -> tuple[str, str]:
    """Choose by squared errors of the same rows, float64 (rows,) by candidate.

    Returns
    -------
    The name taken, and why.
    """
    mean = {name: float(errors.mean()) for name, errors in squares.items()}
    rule = min((name for name in mean if name in rules), key=lambda name: mean[name])
    model = min((name for name in mean if name not in rules), key=lambda name: mean[name])
    gain = squares[rule] - squares[model]
    error = float(gain.std(ddof=1) / np.sqrt(gain.size))
    told = (
        f"squared error {mean[model]:.4g} of {model!r} against {mean[rule]:.4g} of {rule!r} "
        f"on {gain.size} later rows, gain {gain.mean():.3g} with standard error {error:.3g}"
    )
    return (model if gain.mean() > error else rule), told


def _said(model: CustomerModel, rows: Rows) -> Amount:
    said = model.predict(rows.select(model.columns).x)
    # A rule whose columns are all null has nothing to say: nothing is foretold.
    mean, low, high = (np.nan_to_num(part, nan=0.0) for part in (said.mean, said.low, said.high))
    return Amount(mean, low, high)


def _squares(model: CustomerModel, rows: Rows) -> Floats:
    return np.asarray((_said(model, rows).mean - rows.y) ** 2)
