"""Raw scores to probabilities with an interval, by a table fitted on held-out data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from decisioning.policy import Prior

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Propensity:
    """P(response | shown) and its 90 % interval; each a float64 array (m,) or (m, k)."""

    mean: Floats
    low: Floats
    high: Floats


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
        rate, so no step says 0 or 1; the interval is that posterior's 5 % and 95 % quantiles.
        """
        overall = self.positives.sum() / self.total.sum()
        alpha, beta = self.positives + overall, self.total - self.positives + 1.0 - overall
        step = np.clip(np.searchsorted(self.edges, raw, side="right") - 1, 0, None)
        null = np.isnan(raw)
        return Propensity(
            *(
                np.where(null, np.nan, table[step])
                for table in (alpha / (alpha + beta), *_interval(alpha, beta))
            )
        )


def from_prior(prior: Prior, m: int) -> Propensity:
    """Return the prior's propensity for m customers, with its 90 % interval, shapes (m,)."""
    alpha = np.full(m, prior.mean * prior.strength)
    beta = np.full(m, (1.0 - prior.mean) * prior.strength)
    return Propensity(alpha / (alpha + beta), *_interval(alpha, beta))


def _interval(alpha: Floats, beta: Floats) -> tuple[Floats, Floats]:
    return betaincinv(alpha, beta, 0.05), betaincinv(alpha, beta, 0.95)
