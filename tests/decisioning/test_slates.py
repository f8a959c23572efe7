"""Slates: the best n, or n at random."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decisioning.slates import NOBODY, best_slates, holds, random_slates
from tests.decisioning.support import quick

WORTH = st.sampled_from([-np.inf, -1.0, 0.0, 1.0, 2.0, 3.0])


@quick
@given(st.lists(WORTH, min_size=1, max_size=7), st.integers(1, 5), st.integers(0, 5), st.data())
def test_the_best_of_what_is_worth_something(worth, n, room, data):
    kinds = data.draw(st.lists(st.integers(0, 2), min_size=len(worth), max_size=len(worth)))
    most = data.draw(st.integers(0, 2))
    expected: list[int] = []
    for k in sorted(range(len(worth)), key=lambda k: (-worth[k], k)):
        is_full = most and sum(kinds[j] == kinds[k] for j in expected) >= most
        if worth[k] > 0 and len(expected) < min(n, room) and not is_full:
            expected.append(k)
    found = best_slates(np.array([worth]), np.array([room]), n, np.array(kinds), most)
    assert found.shape == (1, n)
    assert found[0].tolist() == expected + [NOBODY] * (n - len(expected))


def test_rows_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    worth, room = rng.normal(size=(50, 6)), rng.integers(0, 4, 50)
    kinds = np.array([0, 0, 1, 1, 2, 2])
    together = best_slates(worth, room, 4, kinds, 1)
    for k in range(50):
        alone = best_slates(worth[k : k + 1], room[k : k + 1], 4, kinds, 1)
        assert alone[0].tolist() == together[k].tolist()


def test_every_random_slate_is_as_likely():
    scores = np.random.default_rng(0).random((12_000, 4))
    allowed = np.tile([True, True, False, True], (12_000, 1))
    nothing, room = np.full(12_000, 3), np.full(12_000, 2)
    seen = Counter(map(tuple, random_slates(scores, allowed, nothing, room, 3).tolist()))
    # Two of three in order, and the place of doing nothing left empty.
    expected = {(0, 1): 1, (1, 0): 1, (0, NOBODY): 2, (1, NOBODY): 2}
    assert set(seen) == {(*pair, NOBODY) for pair in expected}
    for pair, share in expected.items():
        assert abs(seen[(*pair, NOBODY)] - 2000 * share) < 200


def test_doing_nothing_is_drawn_alone():
    scores, allowed = (
        np.array([[0.2, 0.9]] * 3),
        np.array([[True, True], [False, True], [False] * 2]),
    )
    nothing = np.array([1, 1, NOBODY])
    found = random_slates(scores, allowed, nothing, np.array([1, 5, 5]), 2)
    assert found.tolist() == [[1, NOBODY], [1, NOBODY], [NOBODY, NOBODY]]


def test_what_a_slate_holds():
    slates = np.array([[2, 0], [1, NOBODY], [NOBODY, NOBODY]])
    assert holds(slates, 3).tolist() == [
        [True, False, True], [False, True, False], [False] * 3
    ]  # fmt: skip
