"""Uplift learners by name, and the estimator that fits and calibrates one."""

from dataclasses import dataclass
from typing import Final

from training.models.contract import Rows
from training.models.uplift.calibrate import UpliftModel, recalibrated
from training.models.uplift.linear import LINEAR
from training.models.uplift.scores import out_of_fold_scores
from training.models.uplift.trees import HALVES, TREES, fit_trees
from training.models.uplift.trial import Trial, as_trial

LEARNERS: Final = (*LINEAR, *TREES)
"""From simple to complex."""


def learn(name: str, trial: Trial, seed: int, *, halves: int = 0) -> UpliftModel:
    """Fit a learner of `LEARNERS`, not calibrated yet.

    Parameters
    ----------
    halves
        Halves of the customers on which trees are learned again, for their interval; a ranking
        needs none. Linear models have their interval without.

    Raises
    ------
    ValueError
        If there is no such learner.
    """
    if name in LINEAR:
        return LINEAR[name](trial, seed)
    if name in TREES:
        return fit_trees(TREES[name], trial, seed, halves)
    raise ValueError(f"no uplift learner {name!r}: choose one of {', '.join(LEARNERS)}.")


@dataclass(frozen=True)
class UpliftEstimator:
    """Fit one learner, calibrated on rows it did not see.

    Parameters
    ----------
    learner
        A name of `LEARNERS`.
    halves
        See `learn`.
    """

    learner: str
    halves: int = HALVES

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"uplift_{self.learner}"

    def fit(self, train: Rows, later: Rows, seed: int) -> UpliftModel:
        """Fit on some rows, calibrate on others; see `training.models.contract.Estimator`."""
        of_train, of_later = as_trial(train), as_trial(later)
        model = learn(self.learner, of_train, seed, halves=self.halves)
        raw = model.predict(of_later.x).mean
        return recalibrated(model, raw, out_of_fold_scores(of_later, seed), of_later)
