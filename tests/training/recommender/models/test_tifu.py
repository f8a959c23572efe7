"""TIFU-KNN."""

import numpy as np
import pytest

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.tifu import Tifu
from tests.training.recommender.models.suite import ScorerSuite, drawn, histories_of
from training.recommender.models.tifu import TifuConfig, fit_tifu


class TestTifu(ScorerSuite):
    def fit(self, histories: Histories) -> Tifu:
        return fit_tifu(histories, TifuConfig(neighbours=6))


BY_HAND = TifuConfig(group_size=2, within_decay=0.5, group_decay=0.1, neighbours=1, own=0.75)
SUBJECTS = [
    [(0, 30.0, 0), (0, 20.0, 1), (1, 20.0, 1), (0, 10.0, 2), (2, 10.0, 2)],
    [(0, 5.0, 0), (2, 5.0, 0)],
    [(4, 5.0, 0)],
]


def test_the_vector_of_three_baskets_in_groups_of_two() -> None:
    """The last two baskets, halved by 1 and 2, are a group; the oldest is one of its own."""
    vector = fit_tifu(histories_of(SUBJECTS, 5), BY_HAND).known.toarray()[0]
    latest = np.array([1 + 0.5, 0.5, 1, 0, 0]) / 2
    oldest = 0.1 * np.array([1, 0, 0, 0, 0])
    np.testing.assert_allclose(vector, (latest + oldest) / 2, rtol=1e-6)


def test_the_score_blends_the_own_vector_with_the_nearest() -> None:
    histories = histories_of(SUBJECTS, 5)
    model = fit_tifu(histories, BY_HAND)
    own = model.known.toarray()
    # Squared distances from the first: 0.91 to the second, 1.26 to the third.
    expected = 0.75 * own[0] + 0.25 * own[1]
    np.testing.assert_allclose(model.score(histories)[0], expected, rtol=1e-6)


def test_of_neighbours_equally_near_the_first_is_taken() -> None:
    histories = histories_of([[(0, 1.0, 0)], [(1, 1.0, 0)], [(2, 1.0, 0)]], 3)
    model = fit_tifu(histories, TifuConfig(neighbours=1, own=0.5))
    scores = model.score(histories)
    np.testing.assert_allclose(scores, [[0.5, 0.5, 0], [0.5, 0.5, 0], [0.5, 0, 0.5]])


def test_a_reason_is_the_item_itself_with_its_own_part() -> None:
    histories = histories_of(SUBJECTS, 5)
    model = fit_tifu(histories, BY_HAND)
    first = histories.of(np.array([0, 0, 0]))
    because = model.explain(first, np.array([0, 1, 3]))
    np.testing.assert_array_equal(because.item, [0, 1, -1])
    own, other = model.known.toarray()[:2]
    expected = 0.75 * own[0] / (0.75 * own[0] + 0.25 * other[0])
    np.testing.assert_allclose(because.share, [expected, 1, 0], rtol=1e-6)


def test_the_neighbours_are_those_of_brute_force() -> None:
    histories = drawn(30)
    model = fit_tifu(histories, TifuConfig(neighbours=4, own=0.0))
    mine, known = model.vectors(histories).toarray(), model.known.toarray()
    for subject, scores in enumerate(model.score(histories)):
        distance = ((known - mine[subject]) ** 2).sum(axis=1)
        others = np.flatnonzero(distance > 1e-5)
        near = others[np.argsort(distance[others], kind="stable")[:4]]
        expected = known[near].mean(axis=0) if mine[subject].any() else np.zeros(50)
        np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_of_too_many_subjects_a_sample_is_kept() -> None:
    histories = drawn(31)
    config = TifuConfig(most_known=7, seed=3)
    known = fit_tifu(histories, config).known.toarray()
    everybody = fit_tifu(histories).known.toarray()
    assert known.shape == (7, 50)
    assert all((everybody == vector).all(axis=1).any() for vector in known)
    other = fit_tifu(histories, TifuConfig(most_known=7, seed=4)).known.toarray()
    assert (known != other).any()


@pytest.mark.parametrize("own", [0.0, 1.0])
def test_all_of_the_own_vector_or_nothing(own: float) -> None:
    histories = drawn(32)
    model = fit_tifu(histories, TifuConfig(own=own))
    bought = histories.matrix().toarray() > 0
    assert (model.score(histories)[~bought] > 0).any() == (own == 0.0)
