"""Expected rewards of every action, learned on other customers than those they are said of.

Cross-fitting (Chernozhukov et al. 2018): the customers are cut into folds, and the rows of a fold
are told by a model fitted on the others. Without it DR is no longer unbiased, as the model has
seen the very rewards that correct it.
"""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import lightgbm as lgb
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.off_policy.log import Floats, Ints

Learner = Literal["mean", "ridge", "logistic", "trees"]
Predict = Callable[[Floats], Floats]

MIN_ROWS: Final = 20
"""An action with fewer rows is told by the mean of all: a regression would only repeat noise."""
_TREES: Final = {
    "num_leaves": 7,
    "learning_rate": 0.05,
    "min_data_in_leaf": 100,
    "lambda_l2": 10.0,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "num_threads": 1,
}
_ROUNDS: Final = 60


class Examples(NamedTuple):
    """Logged rows.

    Parameters
    ----------
    x
        float64 (n, d): what was known at the decision; no NaN unless the learner is ``trees``.
    action
        int64 (n,), 0..k-1.
    reward
        float64 (n,).
    customers
        int64 (n,).
    """

    x: Floats
    action: Ints
    reward: Floats
    customers: Ints

    def take(self, rows: Ints) -> "Examples":
        """Return some rows."""
        return Examples(self.x[rows], self.action[rows], self.reward[rows], self.customers[rows])


Fit = Callable[[Examples, int], Predict]
"""Fits examples of k actions; what it returns tells float64 (n, d) as float64 (n, k)."""


def cross_fit(examples: Examples, k: int, fit: Fit, *, folds: int, seed: int) -> Floats:
    """Tell the expected reward of each action, float64 (n, k), out of fold."""
    told = np.empty((examples.reward.size, k))
    part = folds_by_customer(examples.customers, folds, seed)
    for number in range(folds):
        left = np.flatnonzero(part == number)
        told[left] = fit(examples.take(np.flatnonzero(part != number)), k)(examples.x[left])
    return told


def folds_by_customer(customers: Ints, folds: int, seed: int) -> Ints:
    """Assign each row a fold, int64 (n,), all rows of a customer the same.

    Raises
    ------
    ValueError
        If there are fewer than two folds, or fewer customers than folds.
    """
    unique, code = np.unique(customers, return_inverse=True)
    if not 2 <= folds <= unique.size:
        raise ValueError(f"folds={folds} for {unique.size} customers: give 2 up to as many.")
    dealt = np.random.default_rng(seed).permutation(np.arange(unique.size) % folds)
    return np.asarray(dealt[code], np.int64)


def apart(learner: Learner) -> Fit:
    """Learn one model an action (T-learner, Kunzel et al. 2019)."""

    def fit(examples: Examples, k: int) -> Predict:
        models = [_of_action(examples, action, learner) for action in range(k)]
        return lambda x: np.column_stack([model(x) for model in models])

    return fit


def together(learner: Learner) -> Fit:
    """Learn one model of all actions, each with an indicator (S-learner)."""

    def fit(examples: Examples, k: int) -> Predict:
        model = _learn(_with_action(examples.x, examples.action, k), examples.reward, learner)

        def predict(x: Floats) -> Floats:
            every = (np.full(len(x), action) for action in range(k))
            return np.column_stack([model(_with_action(x, action, k)) for action in every])

        return predict

    return fit


def _of_action(examples: Examples, action: int, learner: Learner) -> Predict:
    rows = np.flatnonzero(examples.action == action)
    if rows.size < MIN_ROWS:
        return _learn(examples.x, examples.reward, "mean")
    return _learn(examples.x[rows], examples.reward[rows], learner)


def _with_action(x: Floats, action: Ints, k: int) -> Floats:
    return np.hstack([x, np.eye(k)[action]])


def _learn(x: Floats, y: Floats, learner: Learner) -> Predict:
    mean = float(y.mean())
    if learner == "mean" or y.min() == y.max():
        return lambda new: np.full(len(new), mean)
    if learner == "trees":
        return _trees(x, y)
    if learner == "ridge":
        linear = make_pipeline(StandardScaler(), Ridge(alpha=100.0)).fit(x, y)
        return lambda new: np.asarray(linear.predict(new), np.float64)
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500)).fit(x, y)
    return lambda new: np.asarray(logistic.predict_proba(new)[:, 1], np.float64)


def _trees(x: Floats, y: Floats) -> Predict:
    objective = "binary" if set(np.unique(y)) <= {0.0, 1.0} else "regression"
    booster = lgb.train(_TREES | {"objective": objective}, lgb.Dataset(x, y), _ROUNDS)
    return lambda new: np.asarray(booster.predict(new), np.float64)
