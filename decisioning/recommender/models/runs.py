"""Runs of equal values in a sorted array."""

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]


def run_starts(values: I64) -> I64:
    """Return where each run of equal values begins, int64 (runs,)."""
    new = np.empty(values.size, dtype=np.bool_)
    new[:1] = True
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return np.flatnonzero(new)


def run_sizes(starts: I64, n: int) -> I64:
    """Return the length of each run of n values, by where they begin."""
    size = np.empty_like(starts)
    size[:-1] = starts[1:] - starts[:-1]
    size[-1:] = n - starts[-1:]
    return size


def places_in_runs(values: I64) -> I64:
    """Return how many equal values stand before each, int64 (n,)."""
    starts = run_starts(values)
    return np.arange(values.size) - np.repeat(starts, run_sizes(starts, values.size))
