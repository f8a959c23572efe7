"""Decayed directed transitions."""

import numpy as np
import pytest

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.transitions import Transitions, strongest
from tests.training.recommender.models.suite import ScorerSuite, drawn, histories_of
from training.recommender.models.transitions import TransitionsConfig, fit_transitions


class TestByBasket(ScorerSuite):
    sequential = True

    def fit(self, histories: Histories) -> Transitions:
        config = TransitionsConfig(window=1, steps="basket", half_life=1.0)
        return fit_transitions(histories, config)


class TestByClick(ScorerSuite):
    sequential = True

    def fit(self, histories: Histories) -> Transitions:
        return fit_transitions(
            histories, TransitionsConfig(window=2, step_decay=0.3, half_life=1.0)
        )


def clicked(sessions: list[list[int]], n_items: int) -> Histories:
    return histories_of(
        [[(item, float(len(s) - 1 - k), 0) for k, item in enumerate(s)] for s in sessions], n_items
    )


def test_by_click_is_the_count_over_all_pairs_of_a_session() -> None:
    histories, n = drawn(1), 50
    config = TransitionsConfig(window=3, step_decay=0.6, shrink=2.0)
    expected = np.zeros((n, n))
    for start, end in zip(histories.pointer[:-1], histories.pointer[1:], strict=True):
        for a in range(start, end):
            for b in range(a + 1, min(a + 4, end)):
                expected[histories.item[a], histories.item[b]] += (
                    0.6 ** (b - a - 1) * histories.weight[a] * histories.weight[b]
                )
    expected /= expected.sum(axis=1, keepdims=True) + 2.0
    found = fit_transitions(histories, config).chance.toarray()
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert (expected > 0).sum() > 50


def test_by_basket_is_the_mean_over_the_pairs_of_two_baskets() -> None:
    first, second = [(0, 9.0, 0), (1, 9.0, 0)], [(2, 5.0, 1), (3, 5.0, 1)]
    histories = histories_of([[*first, *second, (4, 1.0, 2)], [(0, 3.0, 0)], [(5, 2.0, 0)]], 6)
    config = TransitionsConfig(window=2, step_decay=0.5, steps="basket")
    chance = fit_transitions(histories, config).chance.toarray()
    # From 0: a quarter to each of 2 and 3, and half of a half to 4, two baskets on.
    np.testing.assert_allclose(chance[0], [0, 0, 1 / 3, 1 / 3, 1 / 3, 0], rtol=1e-6)
    np.testing.assert_allclose(chance[2], [0, 0, 0, 0, 1, 0], rtol=1e-6)
    assert not chance[4].any()


def test_nothing_leads_from_one_subject_to_the_next() -> None:
    for steps in ("click", "basket", "together"):
        model = fit_transitions(clicked([[0], [1], [2]], 3), TransitionsConfig(steps=steps))
        assert model.chance.nnz == 0


def test_together_is_all_pairs_of_a_basket_in_both_directions() -> None:
    histories = histories_of(
        [[(0, 9.0, 0), (1, 9.0, 0), (2, 1.0, 1)], [(1, 3.0, 0), (2, 3.0, 0)]], 3
    )
    chance = fit_transitions(histories, TransitionsConfig(steps="together")).chance.toarray()
    np.testing.assert_allclose(chance, np.array([[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]]))


def test_later_subjects_count_more() -> None:
    histories = clicked([[0, 1], [0, 2]], 3)
    even = fit_transitions(histories, TransitionsConfig()).chance.toarray()[0]
    late = fit_transitions(histories, TransitionsConfig(session_half_life=0.5)).chance.toarray()[0]
    np.testing.assert_allclose(even, [0, 0.5, 0.5])
    np.testing.assert_allclose(late, [0, 1 / 3, 2 / 3], rtol=1e-6)


def test_the_largest_chances_are_kept_ties_to_the_lower_item() -> None:
    histories = clicked([[0, 3], [0, 3], [0, 2], [0, 1]], 4)
    chance = fit_transitions(histories, TransitionsConfig(kept=2)).chance.toarray()[0]
    np.testing.assert_allclose(chance, [0, 0.25, 0, 0.5])


def test_popularity_can_be_held_against_an_item() -> None:
    histories = clicked([[0, 1], [2, 1], [3, 1], [0, 4]], 5)
    plain, corrected = (
        fit_transitions(histories, TransitionsConfig(popularity_power=p)).chance.toarray()[0]
        for p in (0.0, 0.5)
    )
    assert plain[1] == plain[4]
    np.testing.assert_allclose(corrected[1] * 3**0.5, corrected[4], rtol=1e-6)


def test_the_past_fades_by_half() -> None:
    model = fit_transitions(clicked([[0, 1], [2, 3]], 4), TransitionsConfig(half_life=2.0))
    scores = model.score(histories_of([[(0, 4.0, 0), (2, 2.0, 0, 3.0)]], 4))
    np.testing.assert_allclose(scores, [[0, 0.25, 0, 1.5]])


def test_the_reason_is_the_item_that_adds_most() -> None:
    model = fit_transitions(clicked([[0, 2], [1, 2]], 3), TransitionsConfig(half_life=1.0))
    told = histories_of([[(0, 2.0, 0), (1, 0.0, 0)], [(2, 0.0, 0)], []], 3)
    because = model.explain(told, np.array([2, 2, 2]))
    assert because.item.tolist() == [1, -1, -1]
    np.testing.assert_allclose(because.share, [0.8, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("m", [0, 2])
def test_nothing_speaks_for_nobody(m: int) -> None:
    none = np.empty(0, dtype=np.int64)
    because = strongest(none, none, np.empty(0), m)
    assert because.item.tolist() == [-1] * m
    assert because.share.tolist() == [0.0] * m
