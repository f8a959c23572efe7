"""Searches among all items against the same done in full."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from decisioning.recommender.search import best_new, down_to_open, first_open

quick = settings(max_examples=80, deadline=None)
seeds = st.integers(0, 2**32 - 1)
sizes = st.sampled_from([1, 5, 60, 900])
shares = st.sampled_from([0.0, 0.1, 0.6, 0.97, 1.0])


def drawn(rng, n_items):
    """Scores of either sign, many of them equal."""
    return (rng.integers(-3, 9, n_items) * rng.integers(0, 2, n_items)).astype(np.float32)


def in_full(score, kept, k):
    """Sort everything: by score, then item."""
    items = [i for i in range(score.size) if kept[i] and score[i] > 0]
    return sorted(items, key=lambda i: (-score[i], i))[:k]


@given(seed=seeds, n_items=sizes, share=shares, k=st.sampled_from([1, 4, 40]))
@quick
def test_the_best_new_of_all_and_of_the_allowed(seed, n_items, share, k):
    rng = np.random.default_rng(seed)
    score, allowed = drawn(rng, n_items), rng.random(n_items) < share
    seen = rng.integers(0, n_items, 3)
    new = ~np.isin(np.arange(n_items), seen)
    kept = score.copy()

    found = best_new(score, seen, allowed, k)

    expected = in_full(score, new, k) + in_full(score, new & allowed, k)
    assert found.tolist() == expected
    np.testing.assert_array_equal(score, kept)


def test_the_best_allowed_are_found_beyond_many_that_are_not():
    score = np.arange(1, 501, dtype=np.float32)
    allowed = np.arange(500) < 100

    found = best_new(score, np.empty(0, dtype=np.int64), allowed, 5)

    assert found.tolist() == [499, 498, 497, 496, 495, 99, 98, 97, 96, 95]


@given(seed=seeds, n_items=sizes, share=shares, k=st.sampled_from([1, 4, 40]))
@quick
def test_the_first_of_an_order_and_the_first_allowed(seed, n_items, share, k):
    rng = np.random.default_rng(seed)
    order, allowed = rng.permutation(n_items), rng.random(n_items) < share

    found = first_open(order, allowed, k).tolist()

    open_ = [i for i in order.tolist() if allowed[i]][:k]
    assert set(found) == {*order[:k].tolist(), *open_}
    assert len(set(found)) == len(found)


@given(seed=seeds, n_items=sizes, share=shares, n=st.sampled_from([1, 4, 40]))
@quick
def test_down_to_the_last_allowed(seed, n_items, share, n):
    rng = np.random.default_rng(seed)
    score, allowed = drawn(rng, n_items), rng.random(n_items) < share

    found = down_to_open(score, allowed, n)

    order = sorted(range(n_items), key=lambda i: (-score[i], i))
    open_ = [i for i in order if allowed[i]]
    last = score[open_[n - 1]] if len(open_) >= n else -np.inf
    assert found.tolist() == [i for i in order if score[i] >= last]
