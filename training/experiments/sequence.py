r"""A trial that customers enter one after another, each counted once; may be looked at any time.

The interval is an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas
2024, theorem 2.2), Robbins' normal mixture with the variance learned from the data. With v the
estimated variance of the difference after n customers and M = n rho^2,

    half width = sqrt(2 v (1 + 1/M) log(sqrt(1 + M) / alpha)),

and the p-value valid at every look is sqrt(1 + M) exp(-difference^2 / (2 v (1 + 1/M))). rho makes
it narrowest after ``planned`` customers (their equation 10); it holds before and after as well.

A customer enters with all that they brought, so their outcome must be over: sums over a window
of days after the first decision, ordered by the end of the window. Where the same customers bring
more from look to look, use :mod:`training.experiments.looks`.
"""

from dataclasses import dataclass

import numpy as np

from training.experiments.trial import MIN_ARM, Bools, Floats, Ints, Trial


@dataclass(frozen=True)
class Sequence:
    """The effect at each look.

    Parameters
    ----------
    customers
        int64 (looks,): how many had entered.
    difference, low, high
        float64 (looks,), in the outcome's unit; NaN while an arm has fewer than ``MIN_ARM``.
    p
        float64 (looks,): smallest p-value so far; 1 at the beginning.
    """

    customers: Ints
    difference: Floats
    low: Floats
    high: Floats
    p: Floats


def confidence_sequence(
    trial: Trial, entered: Ints, looks: Ints, *, planned: int, alpha: float = 0.05
) -> Sequence:
    """Follow the effect through the looks.

    Parameters
    ----------
    trial
        Of m customers. Its ``before`` takes no part: its slope would be learned from those who
        had not yet entered.
    entered
        int64 (m,): when each customer's outcome was over, epoch seconds.
    looks
        int64 (looks,): moments, ascending; a customer counts from their moment on.
    planned
        Customers for whom the interval is to be narrowest.
    alpha
        Chance of ever missing the truth.

    Raises
    ------
    ValueError
        If ``planned`` is not positive or ``alpha`` not in (0, 1).
    """
    if planned <= 0 or not 0 < alpha < 1:
        raise ValueError(f"planned={planned}, alpha={alpha}: planned is above 0, alpha in (0, 1).")
    order = np.argsort(entered, kind="stable")
    count = np.searchsorted(entered[order], looks, side="right")
    gap, variance = _running(trial.value[order], trial.policy[order], count)
    mixing = np.maximum(count, 1) * mixing_rate(alpha) / planned
    spread = 2 * variance * (1 + 1 / mixing)
    half = np.sqrt(spread * (np.log1p(mixing) / 2 - np.log(alpha)))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_p = np.log1p(mixing) / 2 - gap**2 / spread
    p = np.minimum.accumulate(np.exp(np.minimum(np.nan_to_num(log_p), 0)))
    return Sequence(count, gap, gap - half, gap + half, p)


def mixing_rate(alpha: float) -> float:
    """Return rho^2 times the planned number of customers."""
    return float(-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha)))


def _running(value: Floats, policy: Bools, count: Ints) -> tuple[Floats, Floats]:
    """Return difference and its variance after each count; NaN while an arm is too small."""
    # Means about 0 keep the sums of squares exact; neither result changes.
    centred = value - value.mean() if value.size else value
    moments = [_arm(centred, mine, count) for mine in (policy, ~policy)]
    (mean, variance), (other, its) = moments
    return mean - other, variance + its


def _arm(value: Floats, mine: Bools, count: Ints) -> tuple[Floats, Floats]:
    n, total, squares = (
        np.concatenate([[0.0], np.cumsum(np.where(mine, part, 0.0))])[count]
        for part in (np.ones(value.size), value, value**2)
    )
    enough = np.where(n >= MIN_ARM, n, np.nan)
    mean = total / enough
    return mean, np.maximum(squares / enough - mean**2, 0.0) / (enough - 1)
