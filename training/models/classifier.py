"""Classifiers of customers: fitted on earlier rows, calibrated on later ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bundle.models import ScoringModel, TreeModel
from decisioning.calibration import CalibrationCurve
from decisioning.customers.linear import Design
from decisioning.customers.logistic import LogisticModel
from training.models.calibration import choose_calibration
from training.models.contract import Rows, TooFewRowsError
from training.models.design import fit_design

Floats = NDArray[np.float64]
MIN_TRAIN: Final = 40
"""Fewer rows of the rarer outcome than this to train on make no model."""
SCREENED: Final = 10_000
"""About so many rows say which columns tell something."""
MIN_LATER: Final = 10
"""Fewer of it than this to calibrate, or to test, make none either."""

PARAMETERS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "objective": "binary",
        "num_leaves": 8,
        "learning_rate": 0.03,
        "min_data_in_leaf": 100,
        "feature_fraction": 0.4,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 20.0,
        "max_bin": 127,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
)
"""Small trees, slowly: chosen on the windows before the tested one (docs/customer-models.md)."""


@dataclass(frozen=True)
class BoostedClassifier:
    """LightGBM, calibrated.

    Parameters
    ----------
    rounds
        Boosting rounds.
    columns
        At most so many are read: those that gained most in a first fit of a quarter of the
        rounds. Fewer columns measured the same, and cost half; 0 reads all.
    parameters
        LightGBM's, over `PARAMETERS`.
    """

    rounds: int = 250
    columns: int = 60
    parameters: Mapping[str, Any] = field(default_factory=dict)
    name: str = "boosted"

    def fit(self, train: Rows, later: Rows, seed: int) -> ScoringModel:
        """Fit trees on some rows and a calibration on later ones; see `Estimator.fit`."""
        require(train, later)
        # Fewer rows than the settings were made for: leaves small enough to split at all.
        fitting = {"min_data_in_leaf": max(5, min(100, len(train) // 40))}
        settings = {**PARAMETERS, **fitting, **self.parameters, "seed": seed}
        kept = telling(train, settings, self.rounds, self.columns)
        train, later = train.select(kept), later.select(kept)
        trees = TreeModel(_boosted(train, settings, self.rounds).model_to_string())
        # Told of a row of nothing, trees say what they say of nulls; that is not a score.
        told = np.asarray(~np.isnan(later.x).all(axis=1), dtype=np.bool_)
        held = later.take(told)
        choice = choose_calibration(trees(held.x), held.y, held.customer, seed)
        return ScoringModel(train.columns, trees, choice.calibration)


def telling(train: Rows, settings: Mapping[str, Any], rounds: int, most: int) -> tuple[str, ...]:
    """Return the columns that gain most in a quarter of the rounds, at most so many; 0 for all.

    Parameters
    ----------
    settings
        LightGBM's.
    """
    if not 0 < most < len(train.columns):
        return train.columns
    some = train.take(np.arange(0, len(train), 1 + len(train) // SCREENED))
    first = _boosted(some, settings, max(1, rounds // 4))
    gain = np.asarray(first.feature_importance("gain"))
    best = np.sort(np.argsort(-gain, kind="stable")[:most])
    return tuple(train.columns[k] for k in best.tolist())


def _boosted(train: Rows, settings: Mapping[str, Any], rounds: int) -> lgb.Booster:
    data = lgb.Dataset(train.x, train.y, feature_name=list(train.columns))
    return lgb.train(dict(settings), data, rounds)


@dataclass(frozen=True)
class LogisticClassifier:
    """scikit-learn's logistic regression over a linear spline of each column, calibrated.

    Parameters
    ----------
    penalty
        Inverse of scikit-learn's C: how strongly weights are pulled to 0.
    hinges
        Whether columns get a spline, or a line alone.
    columns
        The columns it reads; empty for all.
    """

    penalty: float = 100.0
    hinges: bool = False
    columns: tuple[str, ...] = ()
    name: str = "logistic"

    def fit(self, train: Rows, later: Rows, seed: int) -> LogisticModel:
        """Fit weights on some rows and a calibration on later ones; see `Estimator.fit`."""
        require(train, later)
        train, later = (r.select(self.columns or r.columns) for r in (train, later))
        design = fit_design(train.columns, train.x, hinges=self.hinges)
        weights = _weights(design, train, self.penalty)
        raw = LogisticModel(design, weights, _NO_CALIBRATION).raw(later.x)
        told = ~np.isnan(raw)
        choice = choose_calibration(raw[told], later.y[told], later.customer[told], seed)
        return LogisticModel(design, weights, choice.calibration)


_NO_CALIBRATION: Final = CalibrationCurve(np.array([1.0, 1.0, 0.0]), np.zeros((3, 3)))


def _weights(design: Design, train: Rows, penalty: float) -> Floats:
    fitted = LogisticRegression(C=1.0 / penalty, max_iter=1000, tol=1e-6)
    fitted.fit(design.lay(train.x), train.y)
    return np.concatenate([fitted.intercept_, fitted.coef_[0]]).astype(np.float64)


def require(train: Rows, later: Rows) -> None:
    """Refuse rows that cannot carry a classifier.

    Raises
    ------
    TooFewRowsError
        If either part holds too few rows of the rarer outcome.
    """
    for what, part, least in (("train", train, MIN_TRAIN), ("calibrate", later, MIN_LATER)):
        rarer = least_of(part)
        if rarer < least:
            raise TooFewRowsError(
                f"too few rows to {what}: {len(part)}, of which {rarer} of the rarer outcome; "
                f"{least} of it are needed"
            )


def least_of(rows: Rows) -> int:
    """Return how often the rarer outcome occurs."""
    return int(min(rows.y.sum(), len(rows) - rows.y.sum()))
