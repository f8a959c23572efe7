"""LightGBM text models as functions of arrays."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from bundle.quick_trees import QuickTrees
from bundle.single_row import SingleRow
from decisioning.calibration import Calibration, Propensity
from decisioning.customers.logistic import LogisticModel
from features.errors import BundleError

Floats = NDArray[np.float64]
_MANY: Final = 64
"""Rows from which tables pay; fewer are walked down the trees."""
_REMEDY: Final = "roll back (`nextbest rollback`) or train again (`nextbest train`)."


class TreeModel:
    """A LightGBM booster read from text, one thread a call.

    One thread, because several workers share the cores: with LightGBM's default, two processes
    slow each other down more than tenfold. Models that hold nothing but small trees over numbers
    are evaluated as tables, to the same bits.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._booster = lgb.Booster(model_str=text)
        except lgb.basic.LightGBMError as error:
            raise BundleError(
                f"A model in the bundle is not LightGBM text ({error}).", _REMEDY
            ) from error
        self._n_columns = self._booster.num_feature()
        self._quick = QuickTrees.of(text)
        self._alone = SingleRow(self._booster)

    @classmethod
    def read(cls, path: Path) -> "TreeModel":
        """Read a model file."""
        try:
            return cls(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(
                f"{path.name} in the bundle cannot be read ({error}).", _REMEDY
            ) from error

    @property
    def columns(self) -> list[str]:
        """Names of the input columns, in order."""
        return list(self._booster.feature_name())

    def gains(self) -> dict[str, float]:
        """Return what the splits on each column gained in all, by name."""
        gained = self._booster.feature_importance("gain").tolist()
        return dict(zip(self.columns, gained, strict=True))

    def contributions(self, matrix: NDArray[np.floating]) -> Floats:
        """Return what each column adds to each row's raw score (Lundberg et al. 2020).

        Returns
        -------
        float64 (rows, columns + 1), log odds for a classifier; the last is what is said of
        anybody. They add up to the raw score.
        """
        if not matrix.shape[0]:
            return np.empty((0, matrix.shape[1] + 1))
        told = self._booster.predict(matrix, pred_contrib=True, num_threads=1)
        return np.asarray(told, dtype=np.float64)

    def __call__(self, matrix: NDArray[np.floating]) -> Floats:
        """Score rows: (rows, columns) to float64 (rows,); for a classifier, a probability."""
        rows, columns = matrix.shape
        if not rows:  # LightGBM refuses to predict nothing
            return np.empty(0)
        if self._quick is not None and rows >= _MANY and columns == self._n_columns:
            return self._quick(matrix)
        if rows == 1 and columns == self._n_columns:
            return np.array([self._alone(matrix[0])])
        return np.asarray(self._booster.predict(matrix, num_threads=1), dtype=np.float64)

    def best(
        self, matrix: NDArray[np.floating], counted: NDArray[np.bool_], k: int
    ) -> tuple[NDArray[np.int64], Floats]:
        """Score the rows among which the k best are, of those counted: as `decisioning` asks it.

        The first trees choose them; rows fewer than tables pay for are all scored.
        """
        if self._quick is not None and matrix.shape[0] > max(k, _MANY):
            return self._quick.best(matrix, counted, k)
        return np.arange(matrix.shape[0]), self(matrix)


@dataclass(frozen=True)
class ScoringModel:
    """A calibrated model over snapshot columns.

    Parameters
    ----------
    columns
        Names of its inputs, in order.
    """

    columns: tuple[str, ...]
    trees: TreeModel
    calibration: Calibration

    def predict(self, x: Floats) -> Propensity:
        """Score rows (m, columns); see `score`."""
        raw = self.trees(x)
        raw[np.isnan(x).all(axis=1)] = np.nan
        return self.calibration.apply(raw)

    def score(self, profiles: Floats, positions: NDArray[np.int64]) -> Propensity:
        """Score m customers.

        Parameters
        ----------
        profiles
            float64 (m, all snapshot columns); NaN is null.
        positions
            Where this model's columns stand in the profiles.

        Returns
        -------
        Propensity of shape (m,); NaN for a customer of whom every input is null: that is not a
        score but an absence, and the caller falls back to the prior.
        """
        return self.predict(profiles[:, positions])


Classifier = ScoringModel | LogisticModel
"""What says a probability."""
