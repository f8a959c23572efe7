"""What models that do not search say of the candidates."""

from dataclasses import replace

import numpy as np
import pytest

from decisioning.recommender.candidates import find_candidates
from decisioning.recommender.scorer import PairScorer
from tests.decisioning.support import make_state


@pytest.mark.parametrize("opinion", ["ease", "ials"])
def test_a_model_that_does_not_search_scores_what_was_found(opinion):
    held = make_state(5, 8, 120, 0.1)
    model = held.models[opinion]
    state = replace(held, models={"item_knn": held.models["item_knn"], "rp3beta": model})
    customers = np.array([3, 1, 6])

    found = find_candidates(state, customers, np.ones((1, 120), dtype=np.bool_))

    dense = model.score(state.histories.of(customers))[found.row, found.item]
    np.testing.assert_allclose(found.scores["rp3beta"], dense, rtol=1e-4, atol=1e-6)
    assert np.abs(dense).max() > 0
    assert isinstance(model, PairScorer) == (opinion == "ials")


def test_the_pairs_are_sorted_and_none_comes_twice():
    state = make_state(5, 8, 120, 0.1)

    found = find_candidates(state, np.array([2, 2, 7]), np.ones((1, 120), dtype=np.bool_))

    key = found.row * 120 + found.item
    assert np.all(np.diff(key) > 0)
    np.testing.assert_array_equal(found.item[found.row == 0], found.item[found.row == 1])
