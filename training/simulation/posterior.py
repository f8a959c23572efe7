"""A logistic regression that knows how sure it is, and learns week by week."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from decisioning.calibration import Propensity

Floats = NDArray[np.float64]

_Z90 = 1.6448536269514722
_STEPS = 30
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)


@dataclass(frozen=True)
class Logistic:
    """A normal posterior of the coefficients of a logistic regression.

    The prior of a week is the posterior of the week before, moved a little towards where it all
    began, so that what drifts is followed (West, Harrison & Migon 1985); the week's rows enter
    by Laplace's approximation.

    Parameters
    ----------
    mean, precision
        float64 (d,) and (d, d): the posterior.
    first_mean, first_precision
        The same before any data.
    """

    mean: Floats
    precision: Floats
    first_mean: Floats
    first_precision: Floats

    @classmethod
    def before_data(
        cls, intercept: float, intercept_sd: float, slope_sd: float, d: int
    ) -> "Logistic":
        """Return the belief before data: an intercept, and slopes around 0."""
        mean = np.zeros(d)
        mean[0] = intercept
        precision = np.diag([intercept_sd**-2.0] + [slope_sd**-2.0] * (d - 1))
        return cls(mean, precision, mean, precision)

    def learnt(self, x: Floats, y: Floats, offset: Floats, keep: float) -> "Logistic":
        """Return the posterior after a week's rows.

        Parameters
        ----------
        x, y, offset
            float64 (n, d), (n,) of 0 and 1, (n,): a known part of the log-odds.
        keep
            Share of what was known that is still held, in (0, 1].
        """
        precision = keep * self.precision + (1.0 - keep) * self.first_precision
        pull = keep * self.precision @ self.mean
        pull += (1.0 - keep) * self.first_precision @ self.first_mean
        start: Floats = np.linalg.solve(precision, pull).astype(np.float64)
        mean = _mode(x, y, offset, start, precision)
        p = expit(x @ mean + offset)
        precision = precision + x.T @ ((p * (1.0 - p))[:, None] * x)
        return replace(self, mean=mean, precision=precision)

    def log_odds(self, x: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the log-odds of each row, float64 (n,)."""
        spread = x @ np.linalg.inv(self.precision)
        return x @ self.mean, np.sqrt((spread * x).sum(axis=1))

    def propensity(self, x: Floats) -> Propensity:
        """Return the probability of each row with its 90 % interval and strength, float64 (n,)."""
        mean, sd = self.log_odds(x)
        p, variance = moments(mean, sd)
        low, high = expit(mean - _Z90 * sd), expit(mean + _Z90 * sd)
        strength = np.maximum(p * (1.0 - p) / variance - 1.0, 1.0)
        return Propensity(p, np.minimum(low, p), np.maximum(high, p), strength)


def moments(mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of expit of a normal variable, by Gauss-Hermite quadrature."""
    p = expit(mean[:, None] + sd[:, None] * _NODES)
    weights = _WEIGHTS / _WEIGHTS.sum()
    first = p @ weights
    return first, np.maximum(np.square(p - first[:, None]) @ weights, 1e-12)


def _mode(x: Floats, y: Floats, offset: Floats, start: Floats, precision: Floats) -> Floats:
    """Maximise the log posterior by Newton's method, halving a step that goes too far."""
    mean = start
    for _ in range(_STEPS):
        p = expit(x @ mean + offset)
        gradient = x.T @ (y - p) - precision @ (mean - start)
        curvature = precision + x.T @ ((p * (1.0 - p))[:, None] * x)
        step = np.linalg.solve(curvature, gradient)
        # A step of more than two on some log-odds leaves the region where the curvature holds.
        mean = mean + step * min(1.0, 2.0 / float(np.abs(x @ step).max(initial=1e-12)))
        if float(np.abs(step).max()) < 1e-8:
            return mean
    raise ArithmeticError("the logistic regression did not converge")
