"""Whether a log can speak for a policy at all; where it cannot, no figure is given."""

from typing import Final, Literal, NamedTuple

import numpy as np

from training.experience.intervals import Clusters, by_customer
from training.off_policy.log import Floats, Log

Reason = Literal["bad_probability", "no_support", "few_effective", "weights_off"]

MIN_EFFECTIVE: Final = 100.0
"""Fewer effective customers than this give no figure."""
FEW_OUTCOMES: Final = 5.0
"""Fewer effective outcomes than this, and intervals cover less often than they say."""
MAX_OFF: Final = 4.0
"""How many standard errors the mean weight may lie from the 1 that it must be."""


class Refusal(NamedTuple):
    """Why there is no figure.

    Parameters
    ----------
    reason
        Code.
    message
        What is missing, with the value and what to do.
    """

    reason: Reason
    message: str


class Support(NamedTuple):
    """How far the log carries the target policy.

    Parameters
    ----------
    effective
        (sum w)^2 / sum w^2 over customers: how many equally weighted ones would say as much.
    mean_weight
        Weights over the number of places that they stand for: 1 in expectation, when all that the
        target policy does was possible in the log.
    mean_weight_error
        Its standard error, with customers as clusters.
    max_weight
        The largest weight of a row.
    effective_outcomes
        ``effective`` times the share of rows that something came of (reward above 0).
    """

    effective: float
    mean_weight: float
    mean_weight_error: float
    max_weight: float
    effective_outcomes: float


def effective_size(weights: Floats) -> float:
    """Return (sum w)^2 / sum w^2 (Kish 1965); 0 when all weights are 0."""
    squares = float(np.sum(weights**2))
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def measure_support(log: Log) -> Support:
    """Measure the weights; rows of one customer count as one, as they say the same twice."""
    weights, places = (by_customer(log.customers, v).totals for v in (log.weights, log.places))
    mean = Clusters(weights, places, len(log))
    effective, came = effective_size(weights), float(np.mean(log.reward > 0))
    highest = float(log.weights.max())
    return Support(effective, mean.ratio, mean.error, highest, effective * came)


def refuse(log: Log, least: float = MIN_EFFECTIVE) -> Refusal | None:
    """Say why the log cannot speak for the target policy; None when it can.

    The mean weight is the check that needs no knowledge of the actions never taken: it falls
    short of 1 by just the share that the target policy puts on them, and leaves 1 either way
    when logged probabilities are not those that decided.

    Parameters
    ----------
    least
        Smallest effective size to speak with.
    """
    outside = (log.logged <= 0) | (log.logged > 1)
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        return Refusal(
            "bad_probability",
            f"The logged action_probability is {log.logged[row]:g} in row {row} and outside (0, 1] "
            f"in {int(outside.sum())} of {len(log)} rows: leave out rows whose probability is not "
            "known.",
        )
    if (log.unsupported > 0).any():
        return Refusal(
            "no_support",
            f"The target policy takes actions that the log never could, in "
            f"{np.mean(log.unsupported > 0):.1%} of the rows (up to "
            f"{log.unsupported.max():.1%} of a row): let the random arm reach them first.",
        )
    return _refuse_weights(measure_support(log), least)


def _refuse_weights(support: Support, least: float) -> Refusal | None:
    if not support.effective >= least:
        return Refusal(
            "few_effective",
            f"The log is worth {support.effective:.0f} customers for this policy, fewer than "
            f"{least:.0f}: wait for more decisions, or raise the exploration share.",
        )
    off = abs(support.mean_weight - 1)
    # Rounding alone when every weight is 1.
    if off > MAX_OFF * support.mean_weight_error + 1e-6:
        return Refusal(
            "weights_off",
            f"The weights average {support.mean_weight:.3f} (standard error "
            f"{support.mean_weight_error:.3f}) where they must average 1: the log lacks actions "
            "that the policy takes, or its probabilities are not those that decided.",
        )
    return None
