"""Raw scores to probabilities with an interval, by a table fitted on held-out data."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from decisioning.catalogue import Prior

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Propensity:
    """P(response | shown), its 90 % interval, and how much stands behind it.

    Parameters
    ----------
    mean, low, high
        float64 (m,) or (m, k).
    strength
        The same shape: observations that the posterior is worth. The posterior is
        Beta(mean x strength, (1 - mean) x strength).
    """

    mean: Floats
    low: Floats
    high: Floats
    strength: Floats

    def rows(self, start: int, stop: int) -> "Propensity":
        """Return some customers in a row."""
        part = slice(start, stop)
        return Propensity(self.mean[part], self.low[part], self.high[part], self.strength[part])


@dataclass(frozen=True)
class Uplift:
    """P(response | shown) - P(response | not shown), with its 90 % interval.

    Each a float64 array (m,); NaN where no control data say anything.
    """

    mean: Floats
    low: Floats
    high: Floats

    def rows(self, start: int, stop: int) -> "Uplift":
        """Return some customers in a row."""
        part = slice(start, stop)
        return Uplift(self.mean[part], self.low[part], self.high[part])


@dataclass(frozen=True)
class CalibrationTable:
    """Steps of an isotonic fit (Zadrozny & Elkan 2002), with what each step was fitted on.

    Parameters
    ----------
    edges
        float64 (s,), ascending: step i holds raw scores from ``edges[i]`` up to the next.
    positives, total
        float64 (s,): held-out responses and rows in each step.
    """

    edges: Floats
    positives: Floats
    total: Floats

    def apply(self, raw: Floats) -> Propensity:
        """Turn raw scores (any shape) into propensities; NaN stays NaN.

        The mean is the posterior mean under a Beta prior worth one observation at the overall
        rate, so no step says 0 or 1; the interval is that posterior's 5 % and 95 % quantiles,
        widened to hold the mean where the posterior is so skewed that they do not.
        """
        step = np.clip(np.searchsorted(self.edges, raw, side="right") - 1, 0, None)
        null = np.isnan(raw)
        return Propensity(*(np.where(null, np.nan, table[step]) for table in self._steps))

    @cached_property
    def _steps(self) -> tuple[Floats, Floats, Floats, Floats]:
        # The half keeps the overall rate off 0 and 1 when held-out rows all answered the same.
        overall = (self.positives.sum() + 0.5) / (self.total.sum() + 1.0)
        alpha, beta = _pooled(self.positives + overall, self.total - self.positives + 1 - overall)
        return _beta(alpha, beta)


def from_prior(prior: Prior, m: int) -> Propensity:
    """Return the prior's propensity for m customers, with its 90 % interval, shapes (m,)."""
    alpha = np.full(m, prior.mean * prior.strength)
    beta = np.full(m, (1.0 - prior.mean) * prior.strength)
    return Propensity(*_beta(alpha, beta))


def _pooled(alpha: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Pool neighbouring steps whose means the prior put in the wrong order."""
    pools: list[tuple[float, float, int]] = []
    for step in zip(alpha.tolist(), beta.tolist(), strict=True):
        a, b, size = *step, 1
        while pools and pools[-1][0] * b > a * pools[-1][1]:
            last = pools.pop()
            a, b, size = a + last[0], b + last[1], size + last[2]
        pools.append((a, b, size))
    sizes = [size for _, _, size in pools]
    return np.repeat([a for a, _, _ in pools], sizes), np.repeat([b for _, b, _ in pools], sizes)


def _beta(alpha: Floats, beta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, low, high and strength of a Beta distribution."""
    mean = alpha / (alpha + beta)
    low, high = betaincinv(alpha, beta, 0.05), betaincinv(alpha, beta, 0.95)
    return mean, np.minimum(low, mean), np.maximum(high, mean), alpha + beta
