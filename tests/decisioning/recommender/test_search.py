"""Searches among all items against the same done in full."""

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from decisioning.recommender.search import down_to_open, first_open

quick = settings(max_examples=80, deadline=None)
seeds = st.integers(0, 2**32 - 1)
sizes = st.sampled_from([1, 5, 60, 900])
shares = st.sampled_from([0.0, 0.1, 0.6, 0.97, 1.0])


def drawn(rng, n_items):
    """Scores of either sign, many of them equal."""
    return (rng.integers(-3, 9, n_items) * rng.integers(0, 2, n_items)).astype(np.float32)


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
