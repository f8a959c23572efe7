"""Every uplift learner keeps the contract of a customer model, and more."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundle.customer_models import read_model, write_model
from decisioning.estimates import CustomerModel
from tests.training.models.suite import EstimatorSuite
from tests.training.models.uplift.support import draw_rows, true_uplift
from training.models.contract import Rows
from training.models.uplift.learners import LEARNERS, UpliftEstimator, learn
from training.models.uplift.trial import as_trial


class UpliftSuite(EstimatorSuite):
    learner = ""
    size = 4000

    def estimator(self) -> UpliftEstimator:
        return UpliftEstimator(self.learner, halves=2)

    def rows(self, n: int, seed: int) -> Rows:
        return draw_rows(n, seed)

    def truth(self, rows: Rows) -> np.ndarray:
        return true_uplift(rows)

    def saved_and_read(self, model: Any, folder: Path) -> CustomerModel:
        write_model(folder, "a", model, "uplift")
        read: CustomerModel = read_model(folder, "a", "uplift")
        return read

    def test_is_on_the_scale_of_the_truth(self, fitted: CustomerModel) -> None:
        rows = self.rows(4000, 3)
        said, truth = fitted.predict(rows.x), true_uplift(rows)
        assert abs(said.mean.mean() - truth.mean()) < 0.04
        assert 0.5 < np.polyfit(said.mean, truth, 1)[0] < 2.0


class LinearSuite(UpliftSuite):
    """Trees as small as ours shrink, and their halves shrink alike: no interval shows that."""

    def test_the_interval_covers_most_of_the_truth(self, fitted: CustomerModel) -> None:
        rows = self.rows(4000, 3)
        said, truth = fitted.predict(rows.x), true_uplift(rows)
        assert ((said.low <= truth) & (truth <= said.high)).mean() > 0.75


class TestSLogistic(LinearSuite):
    learner = "s_logistic"


class TestTLogistic(LinearSuite):
    learner = "t_logistic"


class TestXRidge(LinearSuite):
    learner = "x_ridge"


class TestDRRidge(LinearSuite):
    learner = "dr_ridge"


class TestSTrees(UpliftSuite):
    learner = "s_trees"


class TestTTrees(UpliftSuite):
    learner = "t_trees"


class TestXTrees(UpliftSuite):
    learner = "x_trees"


class TestDRTrees(UpliftSuite):
    learner = "dr_trees"


@pytest.mark.parametrize("name", LEARNERS)
def test_odds_that_favour_likely_buyers_do_not_mislead(name):
    """The contact adds nothing, but goes to those who buy anyway."""
    trial = as_trial(draw_rows(12_000, 5, effect=0.0, odds="skewed"))
    said = learn(name, trial, 1).predict(trial.x).mean
    assert abs(said.mean()) < 0.03
    naive = trial.y[trial.contacted].mean() - trial.y[~trial.contacted].mean()
    assert naive > 0.08, "without weights it would seem to work"


def test_a_learner_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="no uplift learner 'forest': choose one of s_logistic"):
        learn("forest", as_trial(draw_rows(1000, 1)), 1)


def test_each_has_a_name_of_its_own():
    assert len({UpliftEstimator(name).name for name in LEARNERS}) == len(LEARNERS)
