"""Totals and intervals, set on rows later than those fitted."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from decisioning.estimates import Amount

Floats = NDArray[np.float64]
COVERED: Final = 0.90
_KNOTS: Final = 20


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


def fit_spread(said: Callable[[float], Amount], came: Floats) -> float:
    """Return the factor upon the variance with which 90 % of what came lies in its interval.

    Parameters
    ----------
    said
        Amounts of the rows, by the factor.
    came
        float64 (rows,).
    """
    low, high = np.log(0.02), np.log(50.0)
    for _ in range(20):
        middle = (low + high) / 2
        amount = said(float(np.exp(middle)))
        covered = np.mean((amount.low <= came) & (came <= amount.high))
        low, high = (low, middle) if covered >= COVERED else (middle, high)
    return float(np.exp((low + high) / 2))


def whole_group(came: Floats) -> Floats:
    """Return mean, low and high of a group taken as one, float64 (3,); nothing for nobody."""
    if not came.size:
        return np.zeros(3)
    low, high = np.quantile(came, [0.05, 0.95])
    mean = came.mean()
    return np.array([mean, min(low, mean), max(high, mean)])


def fit_curve(raw: Floats, came: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return knots, mean, low and high of what followed a raw figure, all ascending, (k,).

    The mean is isotonic over twenty groups of equal size; the bounds are those groups' 5 % and
    95 % quantiles, made ascending.
    """
    order = np.argsort(raw, kind="stable")
    groups = [part for part in np.array_split(order, min(_KNOTS, raw.size)) if part.size]
    knots = np.array([raw[part].mean() for part in groups])
    mean = np.array([came[part].mean() for part in groups])
    sizes = np.array([part.size for part in groups])
    mean = IsotonicRegression().fit_transform(knots, mean, sample_weight=sizes)
    low, high = (
        np.maximum.accumulate([np.quantile(came[part], level) for part in groups])
        for level in (0.05, 0.95)
    )
    knots, first = np.unique(knots, return_index=True)
    return knots, mean[first], np.minimum(low, mean)[first], np.maximum(high, mean)[first]
