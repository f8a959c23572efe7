"""Measures of a probability, each with a bootstrap interval over rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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


def area_under_curve(y: Floats, p: Floats) -> float:
    """Return the chance that a 1 has the higher probability than a 0 (Mann & Whitney 1947).

    Parameters
    ----------
    y, p
        float64 (rows,): outcomes 0 or 1, of which both occur; scores. Ties count half.
    """
    ones = y.sum()
    return float((y @ rankdata(p) - ones * (ones + 1) / 2) / (ones * (y.size - ones)))


MEASURES: dict[str, Callable[[Floats, Floats], float]] = {
    "auc": area_under_curve,
    "brier": lambda y, p: float(np.mean((y - p) ** 2)),
    "ece": expected_calibration_error,
}


def measure(
    y: Floats, p: Floats, seed: int, resamples: int = 200, customer: Integers | None = None
) -> dict[str, Estimate]:
    """Measure probabilities against outcomes.

    Parameters
    ----------
    y, p
        float64 (rows,): outcomes 0 or 1, predicted probabilities.
    seed
        Of the bootstrap.
    customer
        int64 (rows,): whose rows, where a customer stands in several; they are drawn together.

    Returns
    -------
    Name to estimate: ``auc`` and ``brier`` with percentile intervals; ``ece``; and
    ``ece_by_chance``, what the ECE of a perfectly calibrated model would have been on these rows
    (Broecker & Smith 2007). Empty when only one outcome occurs: then nothing can be said.

    The ECE of few rows is too large, for chance only adds to it, and that of their resamples is
    too large once more: its interval is the reflected one (2 value - quantile), which takes the
    second excess for the first and removes both, and is then widened to hold the figure itself.
    """
    if y.min() == y.max():
        return {}
    samples = _resamples(y, seed, resamples, customer)
    found = {
        name: _estimate(function(y, p), [function(y[s], p[s]) for s in samples], y.size)
        for name, function in MEASURES.items()
    }
    found["ece"] = _reflected(found["ece"])
    rng = np.random.default_rng(seed)
    drawn = [expected_calibration_error(_drawn(rng, p), p) for _ in range(resamples)]
    return found | {"ece_by_chance": _estimate(float(np.mean(drawn)), drawn, y.size)}


def paired_gain(
    y: Floats,
    p: Floats,
    other: Floats,
    seed: int,
    resamples: int = 1000,
    customer: Integers | None = None,
) -> Estimate:
    """Estimate by how much the AUC of ``p`` exceeds that of ``other``, on the same resamples.

    Parameters
    ----------
    y, p, other
        float64 (rows,): outcomes, both of which occur, and the probabilities compared.
    customer
        As in `measure`.
    """
    samples = _resamples(y, seed, resamples, customer)
    auc = MEASURES["auc"]
    gains = [auc(y[s], p[s]) - auc(y[s], other[s]) for s in samples]
    return _estimate(auc(y, p) - auc(y, other), gains, y.size)


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


def _reflected(e: Estimate) -> Estimate:
    low, high = max(0.0, 2.0 * e.value - e.high), 2.0 * e.value - e.low
    return Estimate(e.value, min(low, e.value), max(high, e.value), e.n)


def _drawn(rng: np.random.Generator, p: Floats) -> Floats:
    return (rng.random(p.size) < p).astype(np.float64)


def _resamples(
    y: Floats, seed: int, count: int, customer: Integers | None
) -> list[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    if customer is not None and np.unique(customer).size < customer.size:
        return _of_customers(y, customer, rng, count)
    # Within each outcome, so that no resample loses the rare one.
    groups = [np.flatnonzero(y == value) for value in (0.0, 1.0)]
    return [
        np.concatenate([rng.choice(group, group.size) for group in groups]) for _ in range(count)
    ]


def _of_customers(
    y: Floats, customer: Integers, rng: np.random.Generator, count: int
) -> list[NDArray[np.int64]]:
    """Draw whole customers; a draw that lost one outcome says nothing and is left out."""
    _, code = np.unique(customer, return_inverse=True)
    order = np.argsort(code, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(code))[:-1])
    picks = (rng.integers(0, len(members), len(members)) for _ in range(count))
    drawn = [np.concatenate([members[k] for k in pick]) for pick in picks]
    kept = [rows for rows in drawn if 0 < y[rows].sum() < rows.size]
    return kept or [order]


def flat_estimates(prefix: str, estimates: Mapping[str, Estimate]) -> dict[str, float]:
    """Name value, bounds and n of each estimate, leaving out what is not finite."""
    flat: dict[str, float] = {}
    for measure_name, e in estimates.items():
        figures = (("", e.value), ("_low", e.low), ("_high", e.high), ("_n", float(e.n)))
        flat |= {f"{prefix}_{measure_name}{suffix}": v for suffix, v in figures if np.isfinite(v)}
    return flat
