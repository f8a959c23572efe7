"""The repurchase scorer."""

import numpy as np
import pytest

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.baskets import as_baskets
from decisioning.recommender.models.repurchase import Repurchase
from tests.training.recommender.models.suite import ScorerSuite, drawn, histories_of
from training.recommender.models.repurchase import (
    NO_GAP,
    RepurchaseConfig,
    fit_repurchase,
    gap_between,
    habit,
)


class TestRepurchase(ScorerSuite):
    def fit(self, histories: Histories) -> Repurchase:
        return fit_repurchase(histories, RepurchaseConfig(due_power=0.5))

    def test_the_held_out_item_of_a_checkerboard_comes_first(self) -> None:
        pytest.skip("what was never bought is not bought again")

    def test_only_what_was_bought_is_scored(self) -> None:
        histories = drawn(50)
        scored = self.fit(histories).score(histories) > 0
        np.testing.assert_array_equal(scored, histories.matrix().toarray() > 0)


def test_a_score_by_hand() -> None:
    """Bought 40 and 10 days ago: weights 1/16 and 1/2; habit 0.25; due in 20 days."""
    model = Repurchase(
        habit=np.array([0.25, 0.5], dtype=np.float32),
        gap=np.array([15.0, 10.0], dtype=np.float32),
        half_life=10.0,
        habit_power=0.5,
        due_power=1.0,
        gap_prior=2.0,
    )
    histories = histories_of([[(0, 40.0, 0), (0, 10.0, 1), (0, 10.0, 1)], [(1, 30.0, 0)]], 2)
    own_gap = (30 + 2 * 15) / (1 + 2)
    overdue = 0.5**3 * 0.5**0.5  # three half-lives, and due since 20 days: no discount
    expected = [[(1 / 16 + 1 / 2) * 0.5 * 10 / own_gap, 0], [0, overdue]]
    np.testing.assert_allclose(model.score(histories), expected, rtol=1e-6)


def test_habit_is_the_share_of_buyers_who_came_back() -> None:
    back = [(0, 9.0, 0), (0, 5.0, 1)]
    once = [(0, 9.0, 0), (0, 9.0, 0), (1, 9.0, 0)]
    found = habit(as_baskets(histories_of([back, once, back], 3)), smoothing=2.0)
    overall = (2 + 1) / (4 + 2)
    expected = [(2 + 2 * overall) / (3 + 2), (0 + 2 * overall) / (1 + 2), overall]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_gap_is_a_smoothed_geometric_mean() -> None:
    subjects = [[(0, 20.0, 0), (0, 17.0, 1), (0, 2.0, 2)], [(1, 9.0, 0)]]
    baskets = as_baskets(histories_of(subjects, 2))
    overall = (np.log(4) + np.log(16)) / 2
    found = gap_between(baskets, baskets.age, smoothing=1.0)
    np.testing.assert_allclose(found, np.expm1([overall, overall]), rtol=1e-6)
    in_baskets = gap_between(baskets, baskets.place, smoothing=1.0)
    np.testing.assert_allclose(in_baskets, [1, 1], rtol=1e-6)


def test_the_gap_where_nothing_was_bought_twice() -> None:
    baskets = as_baskets(histories_of([[(0, 1.0, 0)]], 2))
    np.testing.assert_allclose(gap_between(baskets, baskets.age, 5.0), [NO_GAP] * 2, rtol=1e-6)


def test_gaps_of_no_time_are_half_a_unit() -> None:
    baskets = as_baskets(histories_of([[(0, 1.0, 0), (0, 1.0, 1)]], 1))
    np.testing.assert_array_equal(gap_between(baskets, baskets.age, 1.0), [0.5])


def test_what_is_not_due_yet_counts_less_only_when_asked() -> None:
    histories = drawn(51)
    plain = fit_repurchase(histories).score(histories)
    due = fit_repurchase(histories, RepurchaseConfig(due_power=1.0)).score(histories)
    assert (due <= plain).all()
    assert (due < plain).any()
