"""iALS."""

import numpy as np
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.ials import Ials
from decisioning.recommender.scorer import PairScorer
from tests.training.recommender.models.suite import ScorerSuite, drawn
from training.recommender.models.ials import IalsConfig, fit_ials


class TestIals(ScorerSuite):
    def fit(self, histories: Histories) -> Ials:
        return fit_ials(histories, IalsConfig(factors=2, regularisation=0.1, threads=1))


def test_folding_in_is_what_implicit_recalculates() -> None:
    learned, told = drawn(20), drawn(21)
    config = IalsConfig(factors=6, regularisation=0.5, threads=1)
    with threadpool_limits(1, "blas"):
        theirs = AlternatingLeastSquares(
            factors=6, regularization=0.5, alpha=4.0, iterations=10, num_threads=1, random_state=7
        )
        theirs.fit(log_weights(learned, np.inf), show_progress=False)
    everyone = np.arange(told.n_subjects)
    expected = theirs.recalculate_user(everyone, log_weights(told, np.inf))
    found = fit_ials(learned, config).fold_in(told)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-4)
    assert np.abs(expected).max() > 0.1


def test_a_score_is_the_sum_of_its_terms() -> None:
    histories = drawn(22)
    model = fit_ials(histories, IalsConfig(factors=6, regularisation=0.5, threads=1))
    one = histories.of(np.array([8]))
    items = np.unique(one.item)
    inverse = np.linalg.inv(model._equations(model._confidence(one), np.array([0]))[0][0])
    factors = model.item_factors
    confidence = model._confidence(one).weight
    for item in range(0, 50, 9):
        terms = confidence * (factors[items] @ inverse @ factors[item])
        assert terms.sum() == pytest.approx(float(model.score(one)[0, item]), abs=1e-4)
        because = model.explain(one, np.array([item]))
        if terms.max() > 1e-4:
            assert because.item[0] == items[np.argmax(terms)]
            speaks = terms[terms > 0]
            assert because.share[0] == pytest.approx(speaks.max() / speaks.sum(), abs=1e-2)


def test_a_few_pairs_are_scored_as_among_all_items_and_alike_in_any_company() -> None:
    histories = drawn(23)
    model = fit_ials(histories, IalsConfig(factors=33, regularisation=0.5, threads=1))
    rng = np.random.default_rng(0)
    row = np.sort(rng.integers(0, histories.n_subjects, 300))
    item = rng.integers(0, histories.n_items, 300)

    found = model.score_pairs(histories, row, item)

    np.testing.assert_allclose(found, model.score(histories)[row, item], rtol=1e-4, atol=1e-6)
    assert isinstance(model, PairScorer)
    for k in (0, 150, 299):
        alone = model.score_pairs(histories.of(row[k : k + 1]), np.array([0]), item[k : k + 1])
        assert alone[0] == found[k]


def test_equations_that_are_not_positive_definite_are_solved_too() -> None:
    rng = np.random.default_rng(3)
    factors = rng.normal(size=(9, 4)).astype(np.float32)
    # No part of the items in the Gram matrix, and confidences below 1: definite, but negative.
    model = Ials(factors, np.zeros((4, 4), dtype=np.float32), 1e-3, 0.1, np.inf)
    told = Histories(
        np.array([0, 9]),
        np.arange(9),
        np.zeros(9, dtype=np.float32),
        np.zeros(9, dtype=np.int64),
        np.ones(9, dtype=np.float32),
        9,
    )
    (left,), (right,) = model._equations(model._confidence(told), np.array([0]))
    assert np.linalg.eigvalsh(left).max() < 0
    np.testing.assert_allclose(left @ model.fold_in(told)[0], right, rtol=1e-3, atol=1e-4)
