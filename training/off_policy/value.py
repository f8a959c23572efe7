"""The value of a policy, with its interval, or why there is none.

Intervals, both with customers as the independent units:

- ``normal`` (the default): from the linearised influence values (Woodruff 1971); for SNIPS this
  is the delta method of a ratio.
- ``bootstrap``: percentiles over resampled customers (Efron & Tibshirani 1993, ch. 13).

The interval of DM tells how much other customers would change the figure, not how wrong the model
is; that of Switch-DR is silent on the model's error where weights are above tau.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from training.experience.intervals import Clusters, bootstrap, by_customer
from training.off_policy.estimators import ESTIMATORS, NEEDS_MODEL, TAU, Contributions, Name
from training.off_policy.log import Log
from training.off_policy.support import MIN_EFFECTIVE, Refusal, Support, measure_support, refuse

Method = Literal["normal", "bootstrap"]


@dataclass(frozen=True)
class PolicyValue:
    """Mean reward of a decision under the target policy.

    Parameters
    ----------
    value, low, high
        In the reward's unit; NaN bounds when fewer than two customers stand behind it.
    error
        Standard error.
    rows, customers
        What stands behind it.
    """

    estimator: str
    value: float
    low: float
    high: float
    error: float
    rows: int
    customers: int
    method: Method


@dataclass(frozen=True)
class Answer:
    """What the log says of a policy.

    Parameters
    ----------
    values
        One for each estimator, in the order asked for; empty when refused.
    support
        How far the log carries the policy; None where a logged probability is none.
    refusal
        Why there is no figure; None when there are figures.
    """

    values: tuple[PolicyValue, ...]
    support: Support | None
    refusal: Refusal | None

    def __getitem__(self, estimator: Name) -> PolicyValue:
        found = {one.estimator: one for one in self.values}
        if estimator not in found:
            said = (
                self.refusal.message if self.refusal else f"only {', '.join(found)} was asked for."
            )
            raise KeyError(f"No figure by {estimator}: {said}")
        return found[estimator]


def evaluate(
    log: Log,
    estimators: Sequence[Name] | None = None,
    *,
    tau: float = TAU,
    level: float = 0.95,
    least: float = MIN_EFFECTIVE,
    rng: np.random.Generator | None = None,
) -> Answer:
    """Estimate the value of the log's target policy, or refuse.

    Parameters
    ----------
    estimators
        Names; when left out, all that the log allows (those with a model need one).
    tau
        Of Switch-DR.
    level
        Of the intervals.
    least
        Smallest effective number of customers to speak with.
    rng
        Of the bootstrap; normal intervals without one.
    """
    refusal = refuse(log, least)
    if refusal:
        readable = refusal.reason != "bad_probability"
        return Answer((), measure_support(log) if readable else None, refusal)
    names = [n for n in ESTIMATORS if log.model or n not in NEEDS_MODEL]
    values = (
        estimate(name, log, tau=tau, level=level, rng=rng)
        for name in (names if estimators is None else estimators)
    )
    return Answer(tuple(values), measure_support(log), None)


def estimate(
    name: Name,
    log: Log,
    *,
    tau: float = TAU,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> PolicyValue:
    """Estimate by one estimator, without asking whether the log can carry it."""
    return summarise(name, log, ESTIMATORS[name](log, tau), level=level, rng=rng)


def difference(
    name: Name, one: Log, other: Log, *, tau: float = TAU, level: float = 0.95
) -> PolicyValue:
    """Estimate how much more ``one`` is worth than ``other``, row by row on the same log.

    Raises
    ------
    ValueError
        If the two are not the same rows of the same log.
    """
    same = (np.array_equal(getattr(one, f), getattr(other, f)) for f in ("reward", "logged"))
    if not all(same):
        raise ValueError("reward and logged differ: lay both policies beside the same log.")
    gap = ESTIMATORS[name](one, tau).influence - ESTIMATORS[name](other, tau).influence
    return summarise(name, one, Contributions(gap, np.ones(len(one))), level=level)


def summarise(
    name: str,
    log: Log,
    added: Contributions,
    *,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> PolicyValue:
    """Sum up what the rows add, by customer, into a figure."""
    totals, weights = (by_customer(log.customers, part).totals for part in added)
    clusters = Clusters(totals, weights, len(log))
    low, high = _interval(clusters, level, rng)
    method: Method = "bootstrap" if rng else "normal"
    counts = len(log), clusters.customers
    return PolicyValue(name, clusters.ratio, low, high, clusters.error, *counts, method)


def _interval(
    clusters: Clusters, level: float, rng: np.random.Generator | None
) -> tuple[float, float]:
    tail = (1 - level) / 2
    if rng is None:
        half = float(norm.isf(tail)) * clusters.error
        return clusters.ratio - half, clusters.ratio + half
    low, high = np.quantile(bootstrap(clusters, rng), (tail, 1 - tail))
    return float(low), float(high)
