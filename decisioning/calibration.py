"""Raw scores to probabilities with an interval, by a table fitted on held-out data."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit

from decisioning.catalogue import Prior

Floats = NDArray[np.float64]
_Z90: Final = 1.6448536269514722
_EDGE: Final = 1e-6
"""Raw scores are kept this far from 0 and 1, whose logarithms are infinite."""
_LEAST_STRENGTH: Final = 1e-3
_MOST_ODDS: Final = 30.0
"""Beyond these log odds a probability is 0 or 1 to the last bit."""
_LEAST_VARIANCE: Final = 1e-12
"""No calibration is so sure that its interval were of no width."""


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


@dataclass(frozen=True)
class CalibrationCurve:
    """A beta calibration (Kull, Silva Filho & Flach 2017): logit p = a ln s - b ln(1 - s) + c.

    With a = b it is Platt's scaling (1999) of the log odds of s.

    Parameters
    ----------
    coefficients
        float64 (3,): a, b, c; a and b are not negative, so that the order of scores stands.
        Or (3, k): k curves, each of one of k scores.
    covariance
        float64 (3, 3) or (3, 3, k): of the coefficients, given the held-out rows.
    """

    coefficients: Floats
    covariance: Floats

    def apply(self, raw: Floats) -> Propensity:
        """Turn raw scores in [0, 1] (any shape) into propensities; NaN stays NaN.

        The interval is the normal one of the log odds, of variance t' C t for the terms t and the
        covariance C (the delta method), turned back into probabilities. The strength is that of
        the Beta distribution with this mean whose log odds vary as much: 1 / (p (1 - p) v).
        """
        terms = np.array(calibration_terms(raw))
        # One curve for all scores, or one a score.
        alone = (1,) * (raw.ndim + 1 - self.coefficients.ndim)
        weights = self.coefficients.reshape(*self.coefficients.shape, *alone)
        between = self.covariance.reshape(*self.covariance.shape, *alone)
        # One after the other, not by BLAS: one row must get the bits of a batch.
        odds = np.add.accumulate(weights * terms, axis=0)[-1]
        odds = np.minimum(np.maximum(odds, -_MOST_ODDS), _MOST_ODDS)
        parts = (between * terms[:, None] * terms).reshape(9, *raw.shape)
        variance = np.maximum(np.add.accumulate(parts, axis=0)[-1], _LEAST_VARIANCE)
        spread = _Z90 * np.sqrt(variance)
        mean = np.asarray(expit(odds))
        strength = np.maximum(1.0 / (mean * (1.0 - mean) * variance), _LEAST_STRENGTH)
        return Propensity(
            mean, np.asarray(expit(odds - spread)), np.asarray(expit(odds + spread)), strength
        )


Calibration = CalibrationTable | CalibrationCurve


def calibration_terms(raw: Floats) -> tuple[Floats, Floats, Floats]:
    """Return what a curve weighs: ln s, -ln(1 - s) and 1, each of the shape of the raw scores."""
    s = np.clip(raw, _EDGE, 1.0 - _EDGE)
    return np.log(s), -np.log1p(-s), np.ones_like(s)


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
