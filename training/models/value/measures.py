"""Measures of a forecast amount, each with a bootstrap interval over customers."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from decisioning.estimates import Amount
from training.models.metrics import Estimate

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def _rank_correlation(y: Floats, said: Amount) -> float:
    ranks = rankdata(y), rankdata(said.mean)
    flat = any(part.min() == part.max() for part in ranks)
    return 0.0 if flat else float(np.corrcoef(*ranks)[0, 1])


def _total_bias(y: Floats, said: Amount) -> float:
    return float(said.mean.sum() / y.sum() - 1.0) if y.any() else float("nan")


MEASURES: Final[Mapping[str, Callable[[Floats, Amount], float]]] = {
    "mae": lambda y, said: float(np.abs(said.mean - y).mean()),
    "rmse": lambda y, said: float(np.sqrt(((said.mean - y) ** 2).mean())),
    "rank_correlation": _rank_correlation,
    "total_bias": _total_bias,
    "coverage": lambda y, said: float(np.mean((said.low <= y) & (y <= said.high))),
    "width": lambda y, said: float((said.high - said.low).mean()),
}
"""Amounts in the unit of ``y``; the total's bias against what came; the 90 % interval's share of
what came, and its mean width."""


def measure_amounts(
    y: Floats, said: Amount, customer: Integers, seed: int, resamples: int = 200
) -> dict[str, Estimate]:
    """Measure forecasts against what came.

    Parameters
    ----------
    y, customer
        (rows,): what came, not all of it 0, and whose it was: a customer's rows are drawn together.

    Returns
    -------
    Name to estimate with its 95 % percentile interval.
    """
    samples = list(_samples(customer, seed, resamples))
    measured = {}
    for name, figure in MEASURES.items():
        drawn = [figure(y[rows], _rows(said, rows)) for rows in samples]
        low, high = np.nanquantile(drawn, (0.025, 0.975))
        measured[name] = Estimate(figure(y, said), float(low), float(high), int(y.size))
    return measured


def _rows(said: Amount, rows: Integers) -> Amount:
    return Amount(said.mean[rows], said.low[rows], said.high[rows])


def _samples(customer: Integers, seed: int, resamples: int) -> list[Integers]:
    """Draw customers with replacement, each with all their rows."""
    rng = np.random.default_rng(seed)
    order = np.argsort(customer, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(customer[order]) > 0])
    groups = np.split(order, starts[1:])
    return [
        np.concatenate([groups[k] for k in rng.integers(0, len(groups), len(groups))])
        for _ in range(resamples)
    ]
