"""Fit a LightGBM classifier on earlier rows and calibrate it on later ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from bundle.models import ScoringModel, TreeModel
from decisioning.calibration import CalibrationTable

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """Labelled rows of one period.

    Parameters
    ----------
    x
        float64 (rows, columns); NaN is null.
    y
        float64 (rows,), 0 or 1.
    """

    x: Floats
    y: Floats

    def __len__(self) -> int:
        return int(self.y.size)


PARAMETERS = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def fit_classifier(
    train: Examples, calibrate: Examples, columns: Sequence[str], *, rounds: int, seed: int
) -> ScoringModel:
    """Fit on one period, calibrate on a later one.

    Parameters
    ----------
    train, calibrate
        Rows of the two periods, the second strictly later.
    columns
        Names of the columns of ``x``.
    rounds
        Boosting rounds.
    """
    data = lgb.Dataset(train.x, train.y, feature_name=list(columns))
    booster = lgb.train(PARAMETERS | {"seed": seed}, data, num_boost_round=rounds)
    trees = TreeModel(booster.model_to_string())
    return ScoringModel(tuple(columns), trees, fit_calibration(trees(calibrate.x), calibrate.y))


def fit_calibration(raw: Floats, y: Floats, min_rows: int = 30) -> CalibrationTable:
    """Fit the steps of an isotonic calibration.

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
