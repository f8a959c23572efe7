"""What a contact adds to a customer's response, by LightGBM trees."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bundle.models import TreeModel
from decisioning.calibration import Uplift
from decisioning.customers.uplift import calibrated

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class TreeUplift:
    """A sum of trees' answers, and the same learned on halves of the customers.

    How far the answers learned on halves are from that of all is the error of that of all: a half
    drawn without replacement misses the whole by as much as the whole misses the truth (Efron's
    half-sampling, as in Athey, Tibshirani & Wager 2019).

    Parameters
    ----------
    columns
        Names of the inputs.
    text, bounds
        uint8 (bytes,) and int64 (models + 1,): the models' LightGBM text, one after the other.
    member, model, weight, contact
        (k,): an answer of member ``member`` (0 learned on all, the others on halves) is the sum
        of ``weight`` times what ``model`` says; ``contact`` is what it reads in a last column of
        its own, -1 for models without one.
    calibration
        float64 (5,), see `decisioning.customers.uplift.calibrated`.
    """

    columns: tuple[str, ...]
    text: NDArray[np.uint8]
    bounds: Integers
    member: Integers
    model: Integers
    weight: Floats
    contact: Integers
    calibration: Floats

    def predict(self, x: Floats) -> Uplift:
        """Score rows, float64 (m, columns); NaN for a row of which every input is null."""
        told = np.zeros((int(self.member.max()) + 1, len(x)))
        for k in range(self.member.size if len(x) else 0):
            told[self.member[k]] += self.weight[k] * self._answer(k, x)
        mean = told[0].copy()
        mean[np.isnan(x).all(axis=1)] = np.nan
        # One after the other: NumPy's sum has another order, and other bits, for one row alone.
        variance = np.zeros(len(x))
        for half in told[1:]:
            variance += (half - told[0]) ** 2
        # With no halves there is no error to show; the calibration's remains.
        return calibrated(mean, variance / max(len(told) - 1, 1), self.calibration)

    def _answer(self, k: int, x: Floats) -> Floats:
        if self.contact[k] >= 0:
            x = np.column_stack([x, np.full(len(x), float(self.contact[k]))])
        models: list[TreeModel] = self._models
        return models[int(self.model[k])](x)

    @cached_property
    def _models(self) -> list[TreeModel]:
        cuts = zip(self.bounds[:-1].tolist(), self.bounds[1:].tolist(), strict=True)
        return [TreeModel(self.text[a:b].tobytes().decode("utf-8")) for a, b in cuts]
