"""Raw scores to probabilities: steps or curves, chosen on held-out rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from decisioning.calibration import (
    Calibration,
    CalibrationCurve,
    CalibrationTable,
    calibration_terms,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
RIDGE: Final = 0.01
"""Pulls a and b towards 1 and c towards 0, the identity, by as much as a prior of deviation 10."""
FOLDS: Final = 5
REPEATS: Final = 4
_STEPS: Final = 100


def fit_steps(raw: Floats, y: Floats, min_rows: int = 30) -> CalibrationTable:
    """Fit the steps of an isotonic calibration (Zadrozny & Elkan 2002).

    Steps of fewer than ``min_rows`` rows are joined to their neighbour: a step that three
    customers hold up would be reported with a confidence that nobody has.
    """
    order = np.argsort(raw, kind="stable")
    fitted = IsotonicRegression(out_of_bounds="clip").fit_transform(raw[order], y[order])
    starts = np.flatnonzero(np.r_[True, np.diff(fitted) > 0])
    kept = [0]
    for start in starts[1:]:
        if start - kept[-1] >= min_rows and y.size - start >= min_rows:
            kept.append(int(start))
    bounds = np.array([*kept, y.size])
    return CalibrationTable(
        edges=raw[order][bounds[:-1]],
        positives=np.add.reduceat(y[order], bounds[:-1]),
        total=np.diff(bounds).astype(np.float64),
    )


def fit_platt(raw: Floats, y: Floats) -> CalibrationCurve:
    """Fit Platt's scaling (1999) of the log odds: a line, a = b."""
    return _curve(raw, y, np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))


def fit_beta(raw: Floats, y: Floats) -> CalibrationCurve:
    """Fit a beta calibration (Kull, Silva Filho & Flach 2017).

    As they do: where a or b comes out negative, it is held at 0 and the rest is fitted again.
    """
    free = np.eye(3)
    for _ in range(3):
        curve = _curve(raw, y, free)
        wrong = curve.coefficients[:2] < 0
        if not wrong.any():
            return curve
        free = free[:, ~(free[:2][wrong].any(axis=0))]
    return curve


def _curve(raw: Floats, y: Floats, free: Floats) -> CalibrationCurve:
    """Fit the coefficients ``free @ w`` by Newton's method on the penalised likelihood.

    The covariance is the inverse of the curvature there (Laplace's approximation).
    """
    terms = np.column_stack(calibration_terms(raw)) @ free
    centre = np.linalg.lstsq(free, np.array([1.0, 1.0, 0.0]), rcond=None)[0]
    w = centre.copy()
    for _ in range(_STEPS):
        p = expit(terms @ w)
        gradient = terms.T @ (y - p) - RIDGE * (w - centre)
        curvature = (terms * (p * (1.0 - p))[:, None]).T @ terms + RIDGE * np.eye(w.size)
        step = np.linalg.solve(curvature, gradient)
        # A step of more than 5 log odds overshoots where few rows answered differently.
        w = w + step / max(1.0, float(np.abs(step).max()) / 5.0)
        if np.abs(step).max() < 1e-10:
            break
    if free.shape[1] == 2 and free[1, 0] and w[0] < 0:  # Platt against the order: say the rate
        return _curve(raw, y, np.array([[0.0], [0.0], [1.0]]))
    return CalibrationCurve(free @ w, free @ np.linalg.inv(curvature) @ free.T)


METHODS: Final[Mapping[str, Callable[[Floats, Floats], Calibration]]] = {
    "platt": fit_platt,
    "beta": fit_beta,
    "isotonic": fit_steps,
}
"""From the fewest parameters to the most: a tie goes to the earlier."""


@dataclass(frozen=True)
class Choice:
    """A calibration and how it was chosen.

    Parameters
    ----------
    method
        A name of `METHODS`.
    losses
        Mean log loss of each method on rows it was not fitted on.
    """

    method: str
    calibration: Calibration
    losses: Mapping[str, float]


def choose_calibration(raw: Floats, y: Floats, customer: Integers, seed: int) -> Choice:
    """Fit every method and take the one of the least cross-validated log loss.

    A later method must beat the best before it by more than one standard error of the paired
    difference: its parameters are a cost where the rows do not pay for them.

    Parameters
    ----------
    raw, y
        float64 (rows,): scores and outcomes of rows the scores were not fitted on.
    customer
        int64 (rows,): folds keep a customer's rows together.
    """
    losses = {name: np.zeros(y.size) for name in METHODS}
    rng = np.random.default_rng(seed)
    _, code = np.unique(customer, return_inverse=True)
    for _ in range(REPEATS):
        fold = (rng.permutation(int(code.max()) + 1) % FOLDS)[code]
        for k in range(FOLDS):
            held, rest = fold == k, fold != k
            for name, fit in METHODS.items():
                p = fit(raw[rest], y[rest]).apply(raw[held]).mean
                losses[name][held] += _log_loss(y[held], p) / REPEATS
    best = next(iter(METHODS))
    for name in METHODS:
        gain = losses[best] - losses[name]
        if gain.mean() > gain.std() / np.sqrt(gain.size):
            best = name
    means = {name: float(values.mean()) for name, values in losses.items()}
    return Choice(best, METHODS[best](raw, y), means)


def _log_loss(y: Floats, p: Floats) -> Floats:
    return np.asarray(-np.where(y > 0, np.log(p), np.log1p(-p)))
