"""EASE."""

import numpy as np
import pytest

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.ease import Ease
from decisioning.recommender.models.evidence import log_weights
from tests.training.recommender.models.suite import ScorerSuite, drawn, histories_of, items_of
from training.recommender.models.ease import EaseConfig, fit_ease


class TestEase(ScorerSuite):
    def fit(self, histories: Histories) -> Ease:
        return fit_ease(histories, EaseConfig(penalty=2.0))


class TestEaseWithinNeighbourhoods(ScorerSuite):
    def fit(self, histories: Histories) -> Ease:
        return fit_ease(histories, EaseConfig(penalty=2.0, kept=12, dense_items=0))


def test_each_column_is_the_ridge_regression_on_its_neighbours() -> None:
    histories = drawn(23, n_subjects=40, n_items=300)
    model = fit_ease(histories, EaseConfig(penalty=3.0, kept=6, dense_items=0))
    x = log_weights(histories, np.inf).toarray().astype(np.float64)
    gram = x.T @ x
    correlation = gram / np.sqrt(np.outer(gram.diagonal() + 3.0, gram.diagonal() + 3.0))
    np.fill_diagonal(correlation, 0.0)
    for item in np.flatnonzero(x.any(axis=0)):
        column = model.similarity.toarray()[:, item]
        near = np.flatnonzero(column)
        assert near.size == min(6, (correlation[item] > 0).sum())
        others = np.setdiff1d(np.arange(300), near)
        assert correlation[item, near].min() >= correlation[item, others].max() - 1e-6
        expected = np.linalg.solve(
            gram[np.ix_(near, near)] + 3.0 * np.eye(near.size), gram[near, item]
        )
        np.testing.assert_allclose(column[near], expected, rtol=1e-3, atol=1e-5)


def test_neighbourhoods_are_exact_where_all_is_bought_together() -> None:
    subjects = [[(k, 9.0, 0, float(1 + (3 * k + s * s) % 7)) for k in range(8)] for s in range(9)]
    histories = histories_of(subjects, 8)
    dense = fit_ease(histories, EaseConfig(penalty=1.0))
    sparse = fit_ease(histories, EaseConfig(penalty=1.0, dense_items=7))
    np.testing.assert_allclose(
        sparse.similarity.toarray(), dense.similarity.toarray(), rtol=1e-3, atol=1e-5
    )


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


def test_more_items_than_one_block() -> None:
    wide = drawn(24, n_subjects=150, n_items=1500)
    narrow = np.unique(wide.item)
    assert narrow.size > 512
    model = fit_ease(wide, EaseConfig(penalty=3.0, kept=1500)).similarity[narrow][:, narrow]
    x = log_weights(wide, np.inf)[:, narrow].toarray().astype(np.float64)
    inverse = np.linalg.inv(x.T @ x + 3.0 * np.eye(narrow.size))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(model.toarray(), expected, rtol=1e-3, atol=1e-5)


def test_no_penalty_and_no_evidence_is_refused() -> None:
    with pytest.raises(ArithmeticError, match="raise the penalty"):
        fit_ease(items_of([[0, 1], [0, 1]], 3), EaseConfig(penalty=0.0))
