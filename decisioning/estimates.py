"""What a customer model says of customers: an expected figure with its 90 % interval."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Interval(Protocol):
    """An expected figure and its 90 % interval, a customer.

    `Propensity` and `Uplift` (`decisioning.calibration`) and `Amount` are of this shape.
    """

    @property
    def mean(self) -> Floats:
        """float64 (m,); NaN where the model can say nothing."""

    @property
    def low(self) -> Floats:
        """float64 (m,), at most the mean."""

    @property
    def high(self) -> Floats:
        """float64 (m,), at least the mean."""


@dataclass(frozen=True)
class Amount:
    """An expected amount (cents, purchases, points) with its 90 % interval.

    Each a float64 array (m,); NaN where nothing is known of the customer.
    """

    mean: Floats
    low: Floats
    high: Floats


class CustomerModel(Protocol):
    """A fitted customer model, as a bundle holds it: arrays, numbers and LightGBM text.

    It reads snapshot columns by name and knows nothing else of a customer, so that the service,
    a batch job and a replay say the same of the same row.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""

    def predict(self, x: Floats) -> Interval:
        """Score rows.

        Parameters
        ----------
        x
            float64 (m, columns); NaN is null.

        Returns
        -------
        Arrays (m,), NaN for a row of which every input is null. A row's answer does not depend on
        the rows beside it.
        """
