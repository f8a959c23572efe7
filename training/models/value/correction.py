"""A correction of a forecast by LightGBM, from windows whose outcome is known."""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from bundle.models import TreeModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Trees:
    """How far the correction may go.

    Parameters
    ----------
    rounds
        Trees; 0 for no correction.
    leaves
        Few: the forecast explains most, and labels of overlapping windows repeat themselves.
    pull
        L2 penalty upon a leaf's answer, in rows of an average outcome.
    """

    rounds: int = 40
    leaves: int = 4
    pull: float = 5.0

    def fit(
        self,
        columns: tuple[str, ...],
        x: Floats,
        y: Floats,
        expected: Floats,
        moment: Integers,
        seed: int,
    ) -> TreeModel:
        """Fit the factor between what came and what was expected.

        Parameters
        ----------
        x
            float64 (rows, columns), NaN null.
        y, expected
            float64 (rows,): what came, and the forecast to correct.
        moment
            int64 (rows,): each moment's total is set right first, so that the trees learn who
            differs from their forecast and not how one season differs from another.

        Returns
        -------
        A model whose answers multiply the forecast.
        """
        unit = max(float(y.mean()), np.finfo(np.float64).tiny)
        offset = np.log(np.maximum(expected * _level(y, expected, moment) / unit, 1e-6))
        settings = {
            "objective": "poisson",
            "num_leaves": self.leaves,
            "learning_rate": 0.05,
            "min_data_in_leaf": min(200, max(20, y.size // 100)),
            "feature_fraction": 0.6,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": self.pull,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
            "seed": seed,
        }
        data = lgb.Dataset(x, y / unit, init_score=offset, feature_name=list(columns))
        return TreeModel(lgb.train(settings, data, num_boost_round=self.rounds).model_to_string())


def _level(y: Floats, expected: Floats, moment: Integers) -> Floats:
    """Return what came against what was expected in all, at each row's moment, (rows,)."""
    _, group = np.unique(moment, return_inverse=True)
    came = np.bincount(group, weights=y)
    said = np.bincount(group, weights=expected)
    return np.asarray(np.where(said > 0, came / np.maximum(said, 1e-300), 1.0))[group]
