"""A mean over rows with an interval over customers."""

import numpy as np
from numpy.typing import NDArray

from training.models.metrics import Estimate

Floats = NDArray[np.float64]
_AT_ONCE = 200
"""Resamples drawn together: bounds memory."""


def clustered_mean(
    values: Floats, customers: NDArray[np.str_], *, confidence: float, resamples: int, seed: int
) -> Estimate:
    """Estimate the mean over rows, resampling customers with all their rows (Field & Welsh 2007).

    Parameters
    ----------
    values
        float64 (rows,).
    customers
        Strings (rows,): rows of one customer are not independent.

    Returns
    -------
    Percentile interval at the confidence; ``n`` counts customers.
    """
    if values.size == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    _, group = np.unique(customers, return_inverse=True)
    total, rows = np.bincount(group, values), np.bincount(group).astype(np.float64)
    rng = np.random.default_rng(seed)
    means = np.empty(0)
    while means.size < resamples:
        drawn = rng.integers(0, rows.size, (min(_AT_ONCE, resamples - means.size), rows.size))
        means = np.append(means, total[drawn].sum(axis=1) / rows[drawn].sum(axis=1))
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return Estimate(float(values.mean()), float(low), float(high), int(rows.size))
