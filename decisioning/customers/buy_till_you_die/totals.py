"""What a customer spends in all: purchases that may not come, times amounts that vary."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from decisioning.customers.buy_till_you_die.counts import Moments
from decisioning.customers.buy_till_you_die.gamma_gamma import Worth
from decisioning.estimates import Amount

Floats = NDArray[np.float64]
_TAIL = 0.05
_NOTHING = 1e-3
"""A bound below this share of the mean is nothing: no customer spends a cent."""
_LEAST = np.finfo(np.float64).tiny
_RARE = 1e-12


@dataclass(frozen=True)
class Totals:
    """A total S that may be nothing; each float64 (m,).

    Parameters
    ----------
    none
        P(S = 0).
    mean, variance
        Of S, nothing included.
    """

    none: Floats
    mean: Floats
    variance: Floats

    def times(self, factor: Floats | float) -> "Totals":
        """Return every total multiplied by a factor, (m,) or one for all."""
        return Totals(
            self.none, np.asarray(self.mean * factor), np.asarray(self.variance * factor**2)
        )

    def mixed(self, other: "Totals", weight: float) -> "Totals":
        """Return what is this with probability 1 - weight, and the other with weight."""
        mean = (1.0 - weight) * self.mean + weight * other.mean
        squares = (1.0 - weight) * (self.variance + self.mean**2)
        squares = squares + weight * (other.variance + other.mean**2)
        none = (1.0 - weight) * self.none + weight * other.none
        return Totals(none, mean, squares - mean**2)

    def amounts(self, spread: float = 1.0) -> Amount:
        """Return the expectation and 90 % of the distribution.

        Parameters
        ----------
        spread
            Factor upon how far the bounds are from the mean, learned on later rows.

        Notes
        -----
        A total above nothing is taken for Gamma with its own mean and variance. The interval
        leaves out 5 % below and 5 % above; as the chance of nothing grows, what nothing takes from
        the lower tail is given to the upper one, up to 10 %, because an interval that begins at 0
        leaves nothing out below. It is widened to hold the mean where the tail is longer than that.
        """
        some = np.maximum(1.0 - self.none, _RARE)
        mean = self.mean / some
        variance = (self.variance + self.mean**2) / some - mean**2
        shape = mean**2 / np.maximum(variance, 1e-12 * mean**2 + _LEAST)
        shape = np.clip(shape, 1e-3, 1e9)
        above = _TAIL + np.minimum(self.none, _TAIL)
        low = _quantile(2 * _TAIL - above, self.none, shape, mean)
        high = _quantile(1.0 - above, self.none, shape, mean)
        nothing = low <= _NOTHING * self.mean  # and stays so: a reach cannot make 0 unlikely
        low = self.mean - spread * np.maximum(self.mean - low, 0.0)
        high = self.mean + spread * np.maximum(high - self.mean, 0.0)
        return Amount(self.mean, np.where(nothing, 0.0, np.maximum(low, 0.0)), high)


def of_purchases(purchases: Moments, worth: Worth) -> Totals:
    """Return a number of purchases times what each is worth, the two independent."""
    mean = purchases.mean * worth.mean
    square = purchases.mean * worth.within + purchases.square * (worth.mean**2 + worth.between)
    return Totals(purchases.none, mean, square - mean**2)


def _quantile(level: Floats, none: Floats, shape: Floats, mean: Floats) -> Floats:
    """Return the quantile of nothing or a Gamma variate of that shape and mean."""
    inside = np.maximum(level - none, 0.0) / np.maximum(1.0 - none, _RARE)
    return np.asarray(gammaincinv(shape, np.minimum(inside, 1.0)) * mean / shape)
