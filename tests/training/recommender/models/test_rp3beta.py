"""RP3beta."""

import numpy as np

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.rp3beta import Rp3beta
from tests.training.recommender.models.suite import ScorerSuite, drawn
from training.recommender.models.rp3beta import Rp3betaConfig, fit_rp3beta


class TestRp3beta(ScorerSuite):
    def fit(self, histories: Histories) -> Rp3beta:
        return fit_rp3beta(histories, Rp3betaConfig(neighbours=20))


def test_a_score_is_the_probability_of_the_walk() -> None:
    histories = drawn(20)
    model = fit_rp3beta(histories, Rp3betaConfig(alpha=0.7, beta=0.4))
    x = log_weights(histories, np.inf).toarray().astype(np.float64)
    users, items = x.sum(axis=1, keepdims=True), x.sum(axis=0)
    forth = (x / np.where(users > 0, users, 1)) ** 0.7
    back = (x / np.where(items > 0, items, 1)).T ** 0.7
    between = (back @ forth) / np.where(items > 0, items, 1) ** 0.4
    np.fill_diagonal(between, 0.0)
    np.testing.assert_allclose(model.score(histories), forth @ between, rtol=1e-4, atol=1e-6)


def test_the_most_probable_neighbours_are_kept() -> None:
    full = fit_rp3beta(drawn(21), Rp3betaConfig()).similarity.toarray()
    cut = fit_rp3beta(drawn(21), Rp3betaConfig(neighbours=3)).similarity.toarray()
    assert ((cut > 0).sum(axis=1) <= 3).all()
    np.testing.assert_array_equal(np.sort(cut)[:, -3:], np.sort(full)[:, -3:])


def test_more_items_than_one_block() -> None:
    wide = drawn(22, n_subjects=40, n_items=1200)
    model = fit_rp3beta(wide, Rp3betaConfig())
    narrow = np.unique(wide.item)
    packed = Histories(
        wide.pointer,
        np.searchsorted(narrow, wide.item),
        wide.age,
        wide.basket,
        wide.weight,
        narrow.size,
    )
    expected = fit_rp3beta(packed, Rp3betaConfig()).similarity.toarray()
    np.testing.assert_allclose(
        model.similarity.toarray()[np.ix_(narrow, narrow)], expected, rtol=1e-6
    )
