"""Measures of a probability, each with a bootstrap interval over rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, roc_auc_score

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval and the number of units behind it."""

    value: float
    low: float
    high: float
    n: int


def expected_calibration_error(y: Floats, p: Floats, bins: int = 10) -> float:
    """ECE over equal-count bins (Naeini et al. 2015): mean |observed - predicted|.

    Equal counts, because a rare response leaves equal-width bins nearly all empty. Equal
    probabilities share a bin: split, their order would decide the figure.
    """
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1]))
    group = np.searchsorted(edges, p, side="right")
    gaps = np.bincount(group, y - p, minlength=edges.size + 1)
    return float(np.abs(gaps).sum() / y.size)


MEASURES: dict[str, Callable[[Floats, Floats], float]] = {
    "auc": lambda y, p: float(roc_auc_score(y, p)),
    "brier": lambda y, p: float(brier_score_loss(y, p)),
    "ece": expected_calibration_error,
}


def measure(y: Floats, p: Floats, seed: int, resamples: int = 200) -> dict[str, Estimate]:
    """Measure probabilities against outcomes.

    Parameters
    ----------
    y, p
        float64 (rows,): outcomes 0 or 1, predicted probabilities.
    seed
        Of the bootstrap.

    Returns
    -------
    Name (``auc``, ``brier``, ``ece``) to estimate, percentile intervals. Empty when only one
    outcome occurs: then nothing can be said.
    """
    if y.min() == y.max():
        return {}
    samples = _resamples(y, seed, resamples)
    return {
        name: _estimate(function(y, p), [function(y[s], p[s]) for s in samples], y.size)
        for name, function in MEASURES.items()
    }


def mean_estimate(values: Floats, seed: int, resamples: int = 1000) -> Estimate:
    """Estimate the mean of one value per customer, with a bootstrap interval over customers."""
    if values.size == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, values.size, (resamples, values.size))
    return _estimate(float(values.mean()), values[draws].mean(axis=1), values.size)


def _estimate(value: float, resampled: list[float] | Floats, n: int) -> Estimate:
    low, high = np.quantile(np.asarray(resampled), (0.025, 0.975))
    return Estimate(float(value), float(low), float(high), int(n))


def _resamples(y: Floats, seed: int, count: int) -> list[NDArray[np.int64]]:
    # Within each outcome, so that no resample loses the rare one.
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(y == value) for value in (0.0, 1.0)]
    return [
        np.concatenate([rng.choice(group, group.size) for group in groups]) for _ in range(count)
    ]
