"""How good inferred probabilities are, with intervals over customers."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.experience.breakdown import stream
from training.models.metrics import Estimate, expected_calibration_error

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RESAMPLES = 200


def auc(y: Floats, p: Floats) -> float:
    """Return the chance that a 1 has the higher probability than a 0 (Mann & Whitney 1947).

    Parameters
    ----------
    y, p
        float64 (answers,): outcomes 0 or 1, of which both occur; probabilities. Ties count half.
    """
    ones = y.sum()
    return float(((y @ rankdata(p)) - ones * (ones + 1) / 2) / (ones * (y.size - ones)))


def brier(y: Floats, p: Floats) -> float:
    """Return the mean squared error of probabilities (Brier 1950)."""
    return float(np.mean((y - p) ** 2))


_RESAMPLED: dict[str, Callable[[Floats, Floats], float]] = {"auc": auc, "brier": brier}


def measured(y: Floats, p: Floats, customers: Ints, seed: int) -> dict[str, Estimate]:
    """Measure probabilities with 95 % bootstrap intervals over customers.

    Parameters
    ----------
    y, p
        float64 (answers,): outcomes 0 or 1, of which both occur; probabilities.
    customers
        int64 (answers,): codes of who answered.

    Returns
    -------
    ``auc``, ``brier``, ``ece`` (without interval) and ``ece_by_chance``: what the ECE of a
    perfectly calibrated model would have been on these answers.
    """
    rng = stream(seed, "quality")
    samples = _resampled(y, customers, rng)
    # ECE never averages to 0 and only grows when rows are drawn again, so its own bootstrap says
    # nothing. Outcomes drawn from the probabilities say what chance gives (Broecker & Smith 2007).
    by_chance = [
        expected_calibration_error((rng.random(p.size) < p).astype(np.float64), p)
        for _ in range(RESAMPLES)
    ]
    ece = Estimate(expected_calibration_error(y, p), float("nan"), float("nan"), y.size)
    return {
        **{
            name: _estimate(quality(y, p), [quality(y[rows], p[rows]) for rows in samples], y.size)
            for name, quality in _RESAMPLED.items()
        },
        "ece": ece,
        "ece_by_chance": _estimate(float(np.mean(by_chance)), by_chance, y.size),
    }


def _resampled(y: Floats, customers: Ints, rng: np.random.Generator) -> list[Ints]:
    _, code = np.unique(customers, return_inverse=True)
    members = np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code))[:-1])
    samples = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        if 0 < y[rows].sum() < rows.size:  # with one outcome alone, no rank can be told
            samples.append(rows)
    return samples


def _estimate(value: float, drawn: list[float], n: int) -> Estimate:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(value, float(low), float(high), n)
