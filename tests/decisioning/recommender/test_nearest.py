"""The nearest of a row, against brute force; baskets read from histories."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from decisioning.recommender.models.baskets import as_baskets
from decisioning.recommender.models.nearest import averaging, nearest
from tests.training.recommender.models.suite import drawn, histories_of

CLOSENESS = hnp.arrays(
    np.float32,
    st.tuples(st.integers(0, 4), st.integers(0, 7)),
    elements=st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]),
)


@settings(deadline=None)
@given(CLOSENESS, st.integers(1, 9))
def test_the_nearest_are_those_of_a_stable_sort(closeness: np.ndarray, k: int) -> None:
    taken = nearest(closeness, k)
    assert taken.shape == closeness.shape
    for row, mask in zip(closeness, taken, strict=True):
        order = np.argsort(-row, kind="stable")[:k]
        assert np.flatnonzero(mask).tolist() == sorted(order[row[order] > -np.inf].tolist())


def test_averages_weigh_alike_or_as_told() -> None:
    taken = np.array([[True, False, True, True], [False] * 4])
    np.testing.assert_allclose(averaging(taken).toarray(), taken / 3, rtol=1e-6)
    weight = np.array([[3, 9, 1, 2], [5, 5, 5, 5]], dtype=np.float32)
    np.testing.assert_array_equal(averaging(taken, weight).toarray(), taken * weight)


def test_an_item_is_in_a_basket_once() -> None:
    baskets = as_baskets(
        histories_of([[(2, 9.0, 0), (2, 9.0, 0), (1, 9.0, 0), (2, 4.0, 1)], [], [(0, 1.0, 0)]], 3)
    )
    np.testing.assert_array_equal(baskets.row, [0, 0, 0, 2])
    np.testing.assert_array_equal(baskets.item, [1, 2, 2, 0])
    np.testing.assert_array_equal(baskets.place, [1, 1, 0, 0])
    np.testing.assert_array_equal(baskets.age, [9, 9, 4, 1])
    np.testing.assert_array_equal(baskets.size, [2, 0, 1])
    np.testing.assert_array_equal(baskets.first, [0, 1, 3])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 200))
def test_the_matrix_counts_baskets_with_an_item(seed: int) -> None:
    histories = drawn(seed)
    baskets = as_baskets(histories)
    counted = baskets.matrix(np.ones(baskets.row.size)).toarray()
    for subject in range(histories.n_subjects):
        mine = slice(histories.pointer[subject], histories.pointer[subject + 1])
        held = {
            (item, basket)
            for item, basket in zip(histories.item[mine], histories.basket[mine], strict=True)
        }
        expected = np.bincount([item for item, _ in held], minlength=50) if held else np.zeros(50)
        np.testing.assert_array_equal(counted[subject], expected)
