"""EASE."""

import numpy as np
import pytest

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.ease import Ease
from decisioning.recommender.models.evidence import log_weights
from tests.training.recommender.models.suite import ScorerSuite, drawn, items_of
from training.recommender.models.ease import EaseConfig, fit_ease


class TestEase(ScorerSuite):
    def fit(self, histories: Histories) -> Ease:
        return fit_ease(histories, EaseConfig(penalty=2.0))


def test_each_column_is_the_ridge_regression_on_the_other_items() -> None:
    histories = drawn(20)
    model = fit_ease(histories, EaseConfig(penalty=3.0))
    x = log_weights(histories, np.inf).toarray().astype(np.float64)
    bought = np.flatnonzero(x.any(axis=0))
    for item in bought[::5]:
        others = bought[bought != item]
        gram = x[:, others].T @ x[:, others] + 3.0 * np.eye(others.size)
        expected = np.linalg.solve(gram, x[:, others].T @ x[:, item])
        column = model.similarity.toarray()[:, item]
        np.testing.assert_allclose(column[others], expected, rtol=1e-3, atol=1e-5)
        assert column[item] == 0


def test_only_the_largest_weights_of_the_most_bought_items_are_kept() -> None:
    histories = drawn(21)
    full = fit_ease(histories, EaseConfig(items=12, penalty=3.0)).similarity.toarray()
    bought = np.bincount(histories.item, minlength=50)
    rare = np.argsort(-bought, kind="stable")[12:]
    assert not full[rare].any()
    assert not full[:, rare].any()
    cut = fit_ease(histories, EaseConfig(items=12, penalty=3.0, kept=4)).similarity.toarray()
    assert ((cut != 0).sum(axis=0) <= 4).all()
    strongest = np.sort(np.abs(full), axis=0)[-4:]
    np.testing.assert_array_equal(np.sort(np.abs(cut), axis=0)[-4:], strongest)


def test_no_penalty_and_no_evidence_is_refused() -> None:
    with pytest.raises(ArithmeticError, match="raise the penalty"):
        fit_ease(items_of([[0, 1], [0, 1]], 3), EaseConfig(penalty=0.0))
