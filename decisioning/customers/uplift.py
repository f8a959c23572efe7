"""What a contact adds to a customer's response, by a linear model of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit

from decisioning.calibration import Uplift
from decisioning.customers.linear import Design, Floats, dot

_Z90: Final = 1.6448536269514722
_ROWS: Final = 4096
"""Rows that are scored at a time: a table of rows by directions should stay in the cache."""

AS_IT_IS: Final = (0.0, 1.0, 0.0, 0.0, 0.0)
"""The calibration of a model that was not calibrated yet."""


def calibrated(mean: Floats, variance: Floats, calibration: Floats) -> Uplift:
    """Return uplifts on the scale that rows not fitted on showed, with their 90 % interval.

    The best linear predictor of Chernozhukov et al. (2018), base + slope x (mean - centre), with
    the errors of base and slope added to the variance of the model.

    Parameters
    ----------
    mean, variance
        float64 (m,): what the model says, and its posterior variance.
    calibration
        float64 (5,): base, slope, centre, variance of the base, variance of the slope.
    """
    base, slope, centre, of_base, of_slope = calibration.tolist()
    away = mean - centre
    found = base + slope * away
    spread = _Z90 * np.sqrt(max(slope, 1.0) ** 2 * variance + of_base + of_slope * (away * away))
    return Uplift(found, found - spread, found + spread)


@dataclass(frozen=True)
class LinearUplift(Design):
    """P(response | contacted) - P(response | not), each linear in the terms of its design.

    S-, T-, X- and DR-learners over a linear base all end in this.

    Parameters
    ----------
    logistic
        1 if the two are log-odds of probabilities, 0 if they are the figures themselves.
    shown, held
        float64 (1 + q,): constant and weights of either.
    shown_spread, held_spread
        float64 (1 + q, r): the coefficients' posterior covariance is spread @ spread.T, for both
        laid on one another.
    calibration
        float64 (5,), see `calibrated`.
    """

    logistic: int
    shown: Floats
    held: Floats
    shown_spread: Floats
    held_spread: Floats
    calibration: Floats

    def predict(self, x: Floats) -> Uplift:
        """Score rows.

        Parameters
        ----------
        x
            float64 (m, p); NaN is null.

        Returns
        -------
        Uplift of shape (m,), NaN for a row of which every input is null.
        """
        mean, variance = np.empty(len(x)), np.empty(len(x))
        for start in range(0, len(x), _ROWS):
            part = slice(start, start + _ROWS)
            mean[part], variance[part] = self._part(x[part])
        mean[np.isnan(x).all(axis=1)] = np.nan
        return calibrated(mean, variance, self.calibration)

    def _part(self, x: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance; the delta method for probabilities."""
        terms = self.lay(x)
        shown, held = dot(terms, self.shown), dot(terms, self.held)
        rise, fall = np.ones(len(x)), np.ones(len(x))
        if self.logistic:
            shown, held = expit(shown), expit(held)
            rise, fall = shown * (1.0 - shown), held * (1.0 - held)
        along = rise[:, None] * dot(terms, self.shown_spread)
        along -= fall[:, None] * dot(terms, self.held_spread)
        return shown - held, np.asarray((along * along).sum(axis=1))
