"""What is known of each item for the features of buying again."""

import numpy as np

from tests.training.recommender.models.suite import histories_of
from training.recommender.models.repeat_items import fit_repeat_items

HISTORIES = histories_of(
    [
        [(0, 40.0, 0), (0, 30.0, 1), (1, 30.0, 1), (0, 20.0, 2), (2, 10.0, 3)],
        [(1, 9.0, 0), (1, 9.0, 0), (2, 5.0, 1), (1, 1.0, 2)],
        [],
        [(0, 3.0, 0)],
    ],
    4,
)


def test_buyers_are_shares_of_those_with_a_history() -> None:
    items = fit_repeat_items(HISTORIES)
    np.testing.assert_allclose(items.buyers, [2 / 3, 2 / 3, 2 / 3, 0], rtol=1e-6)


def test_recent_buyers_bought_in_one_of_the_last_three_baskets() -> None:
    forgotten = histories_of([[(0, 9.0, 0), (1, 8.0, 1), (1, 7.0, 2), (1, 6.0, 3)]], 2)
    items = fit_repeat_items(forgotten)
    np.testing.assert_array_equal(items.buyers, [1, 1])
    np.testing.assert_array_equal(items.recent_buyers, [0, 1])


def test_again_next_is_of_baskets_that_have_a_next() -> None:
    """Item 0: followed by itself twice of three; 1: never of two; 2: never of one."""
    items = fit_repeat_items(HISTORIES, smoothing=1.0)
    overall = 2 / 6
    expected = [(2 + overall) / 4, overall / 3, overall / 2, overall]
    np.testing.assert_allclose(items.again_next, expected, rtol=1e-6)


def test_gaps_in_time_and_in_baskets() -> None:
    items = fit_repeat_items(HISTORIES, smoothing=1e-9)
    np.testing.assert_allclose(items.usual_gap[:2], [10, 8], rtol=1e-5)
    np.testing.assert_allclose(items.basket_gap[:2], [1, 2], rtol=1e-5)


def test_one_basket_tells_no_gap_and_nothing_again() -> None:
    items = fit_repeat_items(histories_of([[(0, 3.0, 0)]], 2))
    np.testing.assert_array_equal(items.again_next, [0, 0])
    np.testing.assert_array_equal(items.recent_buyers, [1, 0])


def test_an_item_s_part_is_of_the_baskets_that_hold_it() -> None:
    """Item 0: alone three times of four; 1: once of two, then alone twice, listed twice once."""
    items = fit_repeat_items(HISTORIES, smoothing=1e-9)
    np.testing.assert_allclose(items.part[:3], [3.5 / 4, 2.5 / 3, 1], rtol=1e-6)
    overall = fit_repeat_items(HISTORIES, smoothing=1.0).part[3]
    assert overall == np.float32((3.5 + 2.5 + 2) / 9)


def test_nobody_bought_anything_and_every_part_is_whole() -> None:
    np.testing.assert_array_equal(fit_repeat_items(histories_of([[], []], 3)).part, [1, 1, 1])
