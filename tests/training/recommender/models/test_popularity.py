"""Popularity, in all, by group and within a category."""

import numpy as np

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.popularity import Popularity
from tests.training.recommender.models.suite import ScorerSuite, drawn, histories_of
from training.recommender.models.popularity import PopularityConfig, fit_popularity


class TestPopularity(ScorerSuite):
    personal = False

    def fit(self, histories: Histories) -> Popularity:
        return fit_popularity(histories, PopularityConfig())


def test_a_rate_is_decayed_buyers_per_decayed_customer() -> None:
    histories = histories_of(
        [[(0, 30.0, 0), (1, 0.0, 1)], [(0, 60.0, 0), (0, 30.0, 1)], [], [(2, 30.0, 0)]], 4
    )
    model = fit_popularity(histories, PopularityConfig(half_life=30.0))
    np.testing.assert_allclose(model.rates, [[0.5, 0.5, 0.25, 0.0]])


def test_a_group_is_drawn_towards_everybody() -> None:
    rare, common = [(0, 0.0, 0)], [(1, 0.0, 0)]
    histories = histories_of([rare, rare, common, common, common, common, [], common], 2)
    groups = np.array([3, 3, 1, 1, 1, 0, 0, -1])
    model = fit_popularity(histories, PopularityConfig(smoothing=2.0, least=2), groups)
    np.testing.assert_array_equal(model.groups, [-1, 1, 3])
    expected = [[2 / 7, 5 / 7], [4 / 35, 31 / 35], [9 / 14, 5 / 14]]
    np.testing.assert_allclose(model.rates, expected, rtol=1e-6)
    asked = np.array([3, -1, 0, 1, 2, 99])
    np.testing.assert_array_equal(model.row_of(asked), [2, 0, 0, 1, 0, 0])


def test_without_groups_everybody_is_one() -> None:
    model = fit_popularity(drawn(1), PopularityConfig())
    np.testing.assert_array_equal(model.row_of(np.array([-1, 0, 5])), [0, 0, 0])


def test_shares_within_a_category_add_up_to_one() -> None:
    model = fit_popularity(drawn(1), PopularityConfig())
    categories = np.arange(50) // 10
    shares = model.within(categories)
    assert shares.dtype == np.float32
    total = np.bincount(categories, shares[0])
    bought = np.bincount(categories, model.rates[0]) > 0
    np.testing.assert_allclose(total, bought, rtol=1e-5)
    order = np.argsort(-shares[0, :10], kind="stable")
    np.testing.assert_array_equal(order, np.argsort(-model.rates[0, :10], kind="stable"))


def test_rates_are_at_most_one() -> None:
    groups = np.arange(30) % 3
    rates = fit_popularity(drawn(1), PopularityConfig(least=2, smoothing=0.5), groups).rates
    assert rates.shape == (4, 50)
    assert rates.min() >= 0
    assert rates.max() <= 1 + 1e-6
