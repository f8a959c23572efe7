"""A calibrated logistic regression over snapshot columns: what an analyst would fit first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from decisioning.calibration import Calibration, Propensity
from decisioning.customers.linear import Design, dot

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LogisticModel:
    """A logistic regression as arrays.

    Parameters
    ----------
    design
        How a row becomes terms.
    coefficients
        float64 (1 + terms,): the constant, then the weight of each term.
    calibration
        Fitted on rows later than those of the coefficients.
    """

    design: Design
    coefficients: Floats
    calibration: Calibration

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return self.design.columns

    def raw(self, x: Floats) -> Floats:
        """Return uncalibrated probabilities (m,); NaN for a row of which every input is null."""
        p = expit(dot(self.design.lay(x), self.coefficients))
        return np.where(np.isnan(x).all(axis=1), np.nan, p)

    def predict(self, x: Floats) -> Propensity:
        """Score rows (m, columns); NaN is null, and a row of nothing is not scored."""
        return self.calibration.apply(self.raw(x))

    def score(self, profiles: Floats, positions: NDArray[np.int64]) -> Propensity:
        """Score m customers by profiles (m, all columns) and where the inputs stand in them."""
        return self.predict(profiles[:, positions])
