"""The effect at one moment that was fixed beforehand."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from training.experiments.trial import Floats, Refusal, Trial, refuse


@dataclass(frozen=True)
class Effect:
    """Mean of arm ``policy`` less mean of arm ``control``, per customer.

    Parameters
    ----------
    difference, low, high
        In the outcome's unit.
    error
        Standard error.
    relative
        Difference over the control's mean; NaN where that is 0.
    policy_mean, control_mean
        As observed, not adjusted.
    policy_customers, control_customers
        Sizes of the arms.
    """

    difference: float
    low: float
    high: float
    error: float
    relative: float
    policy_mean: float
    control_mean: float
    policy_customers: int
    control_customers: int


def measure_effect(trial: Trial, level: float = 0.95) -> Effect | Refusal:
    """Estimate the effect with Welch's interval (Welch 1947), valid for one look.

    Looked at daily, this interval misses the truth far more often than it says: use
    :func:`training.experiments.looks.measure_looks`.
    """
    refused = refuse(trial.policy, trial.value)
    if refused:
        return refused
    one, other = trial.adjusted[trial.policy], trial.adjusted[~trial.policy]
    parts = one.var(ddof=1) / one.size, other.var(ddof=1) / other.size
    variance = float(sum(parts))
    freedom = variance**2 / float(parts[0] ** 2 / (one.size - 1) + parts[1] ** 2 / (other.size - 1))
    half = float(student.isf((1 - level) / 2, freedom)) * variance**0.5
    gap = float(one.mean() - other.mean())
    means = _mean(trial.value[trial.policy]), _mean(trial.value[~trial.policy])
    relative = gap / means[1] if means[1] else float("nan")
    return Effect(
        gap, gap - half, gap + half, variance**0.5, relative, *means, one.size, other.size
    )


def _mean(values: Floats) -> float:
    return float(np.mean(values))
