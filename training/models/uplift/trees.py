"""S-, T-, X- and DR-learners over small LightGBM trees.

Trees of few leaves, shrunk a lot: an uplift is a small difference of large numbers, and larger
trees fit the noise of both.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from bundle.uplift_trees import TreeUplift
from decisioning.customers.uplift import AS_IT_IS
from training.models.contract import Floats
from training.models.folds import folds_by_customer
from training.models.uplift.scores import out_of_fold_scores
from training.models.uplift.trial import Trial

HALVES: Final = 12
"""Models learned on halves of the customers, for the interval."""
_ROUNDS: Final = 60
_SETTINGS: Final = {
    "num_leaves": 4,
    "learning_rate": 0.05,
    "min_data_in_leaf": 100,
    "lambda_l2": 10.0,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "num_threads": 1,
}


class Term(NamedTuple):
    """A booster, its weight in the answer, and what it reads in the column of the contact."""

    booster: lgb.Booster
    weight: float
    contact: int = -1


Terms = Callable[[Trial, int], list[Term]]


def s_trees(trial: Trial, seed: int) -> list[Term]:
    """One model, with the contact as a column."""
    x = np.column_stack([trial.x, trial.contacted])
    booster = _boost(x, trial.y, trial.weight, seed)
    return [Term(booster, 1.0, 1), Term(booster, -1.0, 0)]


def t_trees(trial: Trial, seed: int) -> list[Term]:
    """Two models, one of the contacted and one of the others."""
    shown, held = (_of_group(trial, rows, seed) for rows in (trial.contacted, ~trial.contacted))
    return [Term(shown, 1.0), Term(held, -1.0)]


def x_trees(trial: Trial, seed: int) -> list[Term]:
    """Learn what each row gained on the other group's model."""
    shown, held = (_of_group(trial, rows, seed) for rows in (trial.contacted, ~trial.contacted))
    gained = np.where(
        trial.contacted, trial.y - _say(held, trial.x), _say(shown, trial.x) - trial.y
    )
    of_shown, of_held = (
        _boost(trial.x[rows], gained[rows], trial.weight[rows], seed)
        for rows in (trial.contacted, ~trial.contacted)
    )
    return [Term(of_shown, 1.0 - trial.share), Term(of_held, trial.share)]


def dr_trees(trial: Trial, seed: int) -> list[Term]:
    """Learn doubly robust scores, of logistic models."""
    return [Term(_boost(trial.x, out_of_fold_scores(trial, seed), trial.weight, seed), 1.0)]


TREES: Final[Mapping[str, Terms]] = {
    "s_trees": s_trees,
    "t_trees": t_trees,
    "x_trees": x_trees,
    "dr_trees": dr_trees,
}
"""Simple ones first."""


def fit_trees(terms: Terms, trial: Trial, seed: int, halves: int) -> TreeUplift:
    """Fit on all customers, and on as many halves of them.

    Parameters
    ----------
    halves
        0 gives the ranking without an interval.
    """
    drawn = [np.ones(len(trial), np.bool_)]
    drawn += [folds_by_customer(trial.customer, 2, seed + k) == 0 for k in range(halves)]
    fitted = [terms(trial.take(rows), seed) for rows in drawn]
    told = [(member, term) for member, of_member in enumerate(fitted) for term in of_member]
    boosters = list({id(term.booster): term.booster for _, term in told}.values())
    place = {id(booster): k for k, booster in enumerate(boosters)}
    texts = [booster.model_to_string().encode("utf-8") for booster in boosters]
    return TreeUplift(
        columns=trial.columns,
        text=np.frombuffer(b"".join(texts), np.uint8),
        bounds=np.cumsum([0, *map(len, texts)]),
        member=np.array([member for member, _ in told]),
        model=np.array([place[id(term.booster)] for _, term in told]),
        weight=np.array([term.weight for _, term in told]),
        contact=np.array([term.contact for _, term in told]),
        calibration=np.array(AS_IT_IS),
    )


def _of_group(trial: Trial, rows: NDArray[np.bool_], seed: int) -> lgb.Booster:
    return _boost(trial.x[rows], trial.y[rows], trial.weight[rows], seed)


def _boost(x: Floats, y: Floats, weight: Floats, seed: int) -> lgb.Booster:
    objective = "binary" if set(np.unique(y)) <= {0.0, 1.0} else "regression"
    settings = _SETTINGS | {"objective": objective, "seed": seed}
    return lgb.train(settings, lgb.Dataset(x, y, weight=weight), _ROUNDS)


def _say(booster: lgb.Booster, x: Floats) -> Floats:
    return np.asarray(booster.predict(x, num_threads=1), np.float64)
