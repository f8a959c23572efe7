"""UP-CF@r."""

import numpy as np
import pytest

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.upcf import UpCf
from tests.training.recommender.models.suite import ScorerSuite, drawn, histories_of
from training.recommender.models.upcf import UpCfConfig, fit_upcf


class TestUpCf(ScorerSuite):
    def fit(self, histories: Histories) -> UpCf:
        return fit_upcf(histories, UpCfConfig(neighbours=6))


SUBJECTS = [
    [(0, 30.0, 0), (1, 20.0, 1), (2, 20.0, 1), (1, 10.0, 2), (1, 10.0, 2)],
    [(1, 5.0, 0), (3, 5.0, 0)],
    [(0, 9.0, 0), (4, 5.0, 1)],
]
BY_HAND = UpCfConfig(recency=2, asymmetry=0.25, locality=2.0, neighbours=2)


def test_popularity_is_the_share_of_the_last_baskets() -> None:
    model = fit_upcf(histories_of(SUBJECTS, 5), BY_HAND)
    expected = [[0, 1, 0.5, 0, 0], [0, 1, 0, 1, 0], [0.5, 0, 0, 0, 0.5]]
    np.testing.assert_array_equal(model.popularity.toarray(), expected)


def test_what_is_no_longer_bought_still_makes_neighbours() -> None:
    model = fit_upcf(histories_of(SUBJECTS, 5), BY_HAND)
    expected = [[1, 1, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1]]
    np.testing.assert_array_equal(model.by_item.T.toarray(), expected)


def test_the_score_sums_neighbours_by_asymmetric_cosine() -> None:
    histories = histories_of(SUBJECTS, 5)
    model = fit_upcf(histories, BY_HAND)
    shares = model.popularity.toarray()
    # The first has 3 items, the others 2; it shares one with each.
    closeness = (1 / (3**0.25 * 2**0.75)) ** 2
    expected = shares[0] + closeness * (shares[1] + shares[2])
    np.testing.assert_allclose(model.score(histories)[0], expected, rtol=1e-6)
    back = (1 / (2**0.25 * 3**0.75)) ** 2
    np.testing.assert_allclose(model.score(histories)[1], shares[1] + back * shares[0], rtol=1e-6)


def test_only_the_closest_neighbours_are_summed() -> None:
    histories = histories_of([*SUBJECTS, [(1, 9.0, 0), (2, 9.0, 0)]], 5)
    config = UpCfConfig(recency=2, asymmetry=0.5, locality=1.0, neighbours=1)
    model = fit_upcf(histories, config)
    shares = model.popularity.toarray()
    expected = shares[0] + 2 / np.sqrt(6) * shares[3]
    np.testing.assert_allclose(model.score(histories)[0], expected, rtol=1e-6)


def test_a_twin_is_not_counted_beside_the_subject() -> None:
    twins = histories_of([[(0, 1.0, 0), (1, 1.0, 0)], [(0, 1.0, 0), (1, 1.0, 0)]], 2)
    np.testing.assert_array_equal(fit_upcf(twins).score(twins), np.ones((2, 2)))


def test_a_reason_is_the_item_itself_with_its_own_part() -> None:
    histories = histories_of(SUBJECTS, 5)
    model = fit_upcf(histories, BY_HAND)
    first = histories.of(np.array([0, 0, 0]))
    because = model.explain(first, np.array([1, 2, 3]))
    np.testing.assert_array_equal(because.item, [1, 2, -1])
    closeness = (1 / (3**0.25 * 2**0.75)) ** 2
    np.testing.assert_allclose(because.share, [1 / (1 + closeness), 1, 0], rtol=1e-6)


@pytest.mark.parametrize("locality", [1.0, 5.0])
def test_nobody_unlike_the_subject_speaks(locality: float) -> None:
    model = fit_upcf(drawn(40), UpCfConfig(locality=locality))
    alone = histories_of([[(49, 1.0, 0)]], 50)
    np.testing.assert_array_equal(np.flatnonzero(model.score(alone)[0]), [49])
