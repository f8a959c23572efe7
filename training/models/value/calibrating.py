"""Totals and intervals, set on rows later than those fitted."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from decisioning.customers.buy_till_you_die.totals import Totals

Floats = NDArray[np.float64]
COVERED: Final = 0.90
_KNOTS: Final = 20
_TAIL: Final = 0.05


def total_factor(said: Floats, came: Floats) -> float:
    """Return by what the forecasts of several moments are multiplied to come out right.

    Parameters
    ----------
    said, came
        float64 (moments,): total forecast and total seen at each.

    Notes
    -----
    The mean of the logarithms, so that a moment before Christmas weighs no more than another.
    """
    some = (said > 0) & (came > 0)
    return float(np.exp(np.log(came[some] / said[some]).mean())) if some.any() else 1.0


def fit_spread(totals: Totals, came: Floats) -> float:
    """Return the factor upon the intervals' reach with which 90 % of what came lies in them.

    Parameters
    ----------
    totals, came
        (rows,): what was foretold, and what came.
    """
    low, high = np.log(0.02), np.log(50.0)
    for _ in range(20):
        middle = (low + high) / 2
        amount = totals.amounts(float(np.exp(middle)))
        covered = np.mean((amount.low <= came) & (came <= amount.high))
        low, high = (low, middle) if covered >= COVERED else (middle, high)
    return float(np.exp((low + high) / 2))


def whole_group(came: Floats) -> Floats:
    """Return mean, low and high of a group taken as one, float64 (3,); nothing for nobody.

    The bounds leave out what `Totals.amounts` leaves out: less below and more above where part of
    the group spent nothing.
    """
    if not came.size:
        return np.zeros(3)
    above = _TAIL + min(float(np.mean(came <= 0.0)), _TAIL)
    low, high = np.quantile(came, [2 * _TAIL - above, 1.0 - above])
    mean = came.mean()
    return np.array([mean, min(low, mean), max(high, mean)])


def fit_curve(raw: Floats, came: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return knots, mean, low and high of what followed a raw figure, all ascending, (k,).

    The mean is isotonic over twenty groups of equal size; the bounds are those of
    `whole_group`, made ascending.
    """
    order = np.argsort(raw, kind="stable")
    groups = [part for part in np.array_split(order, min(_KNOTS, raw.size)) if part.size]
    knots = np.array([raw[part].mean() for part in groups])
    mean, low, high = np.array([whole_group(came[part]) for part in groups]).T
    sizes = np.array([part.size for part in groups])
    mean = IsotonicRegression().fit_transform(knots, mean, sample_weight=sizes)
    low, high = np.maximum.accumulate(low), np.maximum.accumulate(high)
    knots, first = np.unique(knots, return_index=True)
    return knots, mean[first], np.minimum(low, mean)[first], np.maximum(high, mean)[first]
