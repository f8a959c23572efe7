"""How many purchases come: distributions, their moments, and figures drawn from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """What a number of purchases N comes to; each float64 (m,).

    Parameters
    ----------
    none
        P(N = 0).
    mean, square
        E[N] and E[N^2].
    """

    none: Floats
    mean: Floats
    square: Floats

    def weighed(self, weight: Floats) -> "Moments":
        """Multiply by the weight of a part of a mixture."""
        return Moments(self.none * weight, self.mean * weight, self.square * weight)

    def plus(self, other: "Moments") -> "Moments":
        """Add another part of the mixture."""
        return Moments(self.none + other.none, self.mean + other.mean, self.square + other.square)


def of_binomial(shape: Floats, rate: Floats, time: Floats) -> Moments:
    """Return the moments of purchases in ``time`` at a Gamma(shape, rate) rate, all (m,)."""
    mean = shape * time / rate
    none = np.exp(-shape * np.log1p(time / rate))
    return Moments(none, mean, mean + mean**2 * (1.0 + 1.0 / shape))


def ways(shape: Floats, most: int) -> Floats:
    """Return the log of the negative binomial's coefficients for 0 to most - 1, (m, most)."""
    n = np.arange(most)
    return np.asarray(gammaln(shape[:, None] + n) - gammaln(shape)[:, None] - gammaln(n + 1.0))


def binomial(log_ways: Floats, shape: Floats, rate: Floats, time: Floats) -> Floats:
    """Return the distribution of purchases in ``time``, float64 (m, most + 1).

    The last column holds what is left, so that rows sum to 1.
    """
    n = np.arange(log_ways.shape[1])
    stay = np.log1p(time / rate)
    go = np.log(np.maximum(time, np.finfo(np.float64).tiny) / rate) - stay
    share = np.exp(log_ways - (shape * stay)[:, None] + go[:, None] * n)
    return np.column_stack([share, np.maximum(1.0 - share.sum(axis=1), 0.0)])


def whole_quantile(share: Floats, level: float) -> NDArray[np.int64]:
    """Return the least number whose cumulated share reaches ``level``, int64 (m,)."""
    return np.asarray((np.cumsum(share, axis=1)[:, :-1] < level).sum(axis=1))


def least_error(share: Floats, total: float) -> tuple[Floats, float]:
    """Return whole numbers that add up to a total with the least mean absolute error.

    Parameters
    ----------
    share
        float64 (m, most + 1): each customer's distribution.
    total
        What the numbers must add up to, as nearly as whole numbers can from below.

    Returns
    -------
    float64 (m,) and the level at which they are cut.

    Notes
    -----
    The sum of E|N_i - f_i| subject to a fixed sum of f_i is least where P(N_i <= f_i) is the same
    for every customer (a Lagrange multiplier upon the quantile's own condition): one quantile
    level, higher than the median where the total asks for more. Such a figure is a customer's
    typical number of purchases, *not* the expected one: what a contact may cost hangs on the
    latter.
    """
    cumulated = np.cumsum(share, axis=1)[:, :-1]
    steps = np.sort(cumulated.ravel())
    # The number of steps strictly below a level is the total at that level.
    level = float(steps[min(int(total), steps.size - 1)]) if steps.size else 1.0
    return (cumulated < level).sum(axis=1).astype(np.float64), level
