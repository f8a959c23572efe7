"""Estimators of what a customer will spend within a horizon, cents."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle.value_trees import CorrectedValue
from decisioning.customers.rule_of_thumb import RuleOfThumb, daily_amount
from decisioning.customers.value import VALUE_COLUMNS, BuyTillYouDie, read_buyers
from training.models.contract import Rows, TooFewRowsError
from training.models.value.calibrating import fit_curve, fit_spread, total_factor, whole_group
from training.models.value.correction import Trees
from training.models.value.likelihood import fit_gamma_gamma, fit_pareto_nbd

Floats = NDArray[np.float64]
MIN_ROWS: Final = 100
MIN_SPENDERS: Final = 20


@dataclass(frozen=True)
class PastSpend:
    """What was spent goes on: the rule that needs no model.

    Parameters
    ----------
    amount
        The column of what was spent.
    days
        The column of the time it took; empty where it took ``least_days`` for everybody.
    """

    name: str
    amount: str
    days: str = ""
    least_days: float = 30.0

    def fit(self, train: Rows, later: Rows, seed: int) -> RuleOfThumb:
        """Set the rule right on later rows, see `training.models.contract.Estimator`."""
        _enough(train, later)
        columns = (self.amount, self.days) if self.days else (self.amount,)
        daily = daily_amount(later.select(columns).x, self.least_days)
        null = np.isnan(daily)
        if (~null).sum() < MIN_ROWS:
            raise TooFewRowsError(f"{(~null).sum()} later rows with {columns}, {MIN_ROWS} needed")
        return RuleOfThumb(
            columns,
            self.least_days,
            *fit_curve(daily[~null], later.y[~null]),
            whole_group(later.y[null]),
        )


@dataclass(frozen=True)
class BuyTillYouDieValue:
    """Pareto/NBD and Gamma-Gamma on the histories as of the last training moment.

    Parameters
    ----------
    horizon_days
        Days of the labels' outcome window.
    habit
        Weight of the last 90 days' spend carried on, see `BuyTillYouDie`; 0 for the textbook's
        model. Not learned from training rows: their histories are the shortest, where the last
        90 days and all days are the same.
    """

    horizon_days: float = 90.0
    habit: float = 0.0
    name: str = "buy till you die"

    def fit(self, train: Rows, later: Rows, seed: int) -> BuyTillYouDie:
        """Fit by likelihood, not by labels; see `training.models.contract.Estimator`."""
        _enough(train, later)
        model = self.uncalibrated(train)
        return _calibrated(model, later, np.ones(len(later)))

    def uncalibrated(self, train: Rows) -> BuyTillYouDie:
        """Fit what histories and habits say, neither scaled nor spread."""
        rows = train.select(VALUE_COLUMNS)
        buyers = read_buyers(rows.take(rows.as_of == rows.as_of.max()).x)
        pareto = fit_pareto_nbd(buyers.histories)
        mean = buyers.total / np.maximum(buyers.purchases, 1.0)
        gamma = fit_gamma_gamma(buyers.purchases, mean)
        strange = ~read_buyers(rows.x).known
        return BuyTillYouDie(
            columns=VALUE_COLUMNS,
            purchases=np.array([pareto.r, pareto.alpha, pareto.s, pareto.beta]),
            amounts=np.array([gamma.p, gamma.q, gamma.g]),
            horizon_days=float(self.horizon_days),
            habit=float(self.habit),
            scale=1.0,
            spread=1.0,
            strangers=whole_group(rows.y[strange]),
        )


@dataclass(frozen=True)
class CorrectedBuyTillYouDie:
    """The same, its totals corrected by LightGBM over every column that training rows have.

    Parameters
    ----------
    base
        What is corrected.
    trees
        How far.
    """

    base: BuyTillYouDieValue = field(default_factory=lambda: BuyTillYouDieValue(habit=0.5))
    trees: Trees = field(default_factory=lambda: Trees(rounds=100, leaves=8))
    name: str = "corrected buy till you die"

    def fit(self, train: Rows, later: Rows, seed: int) -> CorrectedValue:
        """Fit the forecast, then its correction; see `training.models.contract.Estimator`."""
        _enough(train, later)
        base = self.base.uncalibrated(train)
        expected = base.predict(train.select(VALUE_COLUMNS).x).mean
        said = expected > 0
        rows = train.take(said)
        trees = self.trees.fit(
            train.columns, rows.x, rows.y, expected[said], rows.as_of, seed
        )  # fmt: skip
        base = _calibrated(base, later, trees(later.x))
        return CorrectedValue(train.columns, base, trees)


def _calibrated(model: BuyTillYouDie, later: Rows, factor: Floats) -> BuyTillYouDie:
    """Set the totals and intervals of those who have bought right on later rows.

    Parameters
    ----------
    factor
        float64 (rows,): the correction of each row.
    """
    buyers = read_buyers(later.select(VALUE_COLUMNS).x)
    totals = model.totals(buyers).times(factor[buyers.known])
    came, at = later.y[buyers.known], later.as_of[buyers.known]
    moments = np.unique(at)
    scale = total_factor(
        np.array([totals.mean[at == moment].sum() for moment in moments]),
        np.array([came[at == moment].sum() for moment in moments]),
    )
    return replace(model, scale=scale, spread=fit_spread(totals.times(scale), came))


def _enough(train: Rows, later: Rows) -> None:
    for what, rows in (("training", train), ("later", later)):
        spenders = int((rows.y > 0).sum())
        if len(rows) < MIN_ROWS or spenders < MIN_SPENDERS:
            raise TooFewRowsError(
                f"{len(rows)} {what} rows of whom {spenders} spent anything; "
                f"{MIN_ROWS} and {MIN_SPENDERS} needed"
            )
