"""What a model says, of all items or of few, against the same done in full."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.item_item import ItemItem
from decisioning.recommender.models.sparse_rows import SparseRows
from decisioning.recommender.scratch import (
    borrow_marks,
    borrow_zeros,
    return_marks,
    return_zeros,
)
from decisioning.recommender.spoken import SpokenOfAll, SpokenOfFew

quick = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)
sizes = st.sampled_from([1, 5, 60, 900])
shares = st.sampled_from([0.0, 0.1, 0.6, 0.97, 1.0])


def drawn(rng, n_items):
    """Scores of either sign, many of them equal."""
    return (rng.integers(-3, 9, n_items) * rng.integers(0, 2, n_items)).astype(np.float32)


def both(score, rng):
    """The same scores, of all items and of those that are not 0."""
    item = rng.permutation(np.flatnonzero(score))
    return SpokenOfAll(score.copy()), SpokenOfFew(item, score[item], score.size)


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
    expected = in_full(score, new, k) + in_full(score, new & allowed, k)
    asked = rng.integers(0, n_items, 7)

    for said in both(score, rng):
        assert said.best_new(seen, allowed, k).tolist() == expected
        np.testing.assert_array_equal(said.at(asked), score[asked])


def test_the_best_allowed_are_found_beyond_many_that_are_not():
    score = np.arange(1, 501, dtype=np.float32)
    allowed = np.arange(500) < 100

    for said in both(score, np.random.default_rng(1)):
        found = said.best_new(np.empty(0, dtype=np.int64), allowed, 5)
        assert found.tolist() == [499, 498, 497, 496, 495, 99, 98, 97, 96, 95]


@given(seed=seeds, size=st.integers(0, 12))
@quick
def test_sums_of_few_columns_are_those_of_all_to_the_last_bit(seed, size):
    rng = np.random.default_rng(seed)
    dense = rng.normal(size=(9, 40)) * (rng.random((9, 40)) < 0.1)
    rows = SparseRows.of(sparse.csr_matrix(dense.astype(np.float32)), rng.integers(0, 9, size))
    weight, total = rng.random(size).astype(np.float32), np.empty(40, dtype=np.float32)
    rows.add_up(weight, total)

    for _ in range(2):  # what is borrowed comes back as it was
        said = rows.summed(weight)
        assert sorted(said.item.tolist()) == sorted(set(rows.column.tolist()))
        np.testing.assert_array_equal(said.at(np.arange(40)), total)


@pytest.mark.parametrize(("columns", "kind"), [(3, SpokenOfFew), (300, SpokenOfAll)])
def test_a_model_looks_at_few_items_where_it_has_few_words(columns, kind):
    rng = np.random.default_rng(2)
    n_items = 1200
    item, ones = np.array([4, 9, 700]), np.ones(3, dtype=np.float32)
    histories = Histories(np.array([0, 3]), item, ones, np.arange(3), ones, n_items)
    held = [rng.choice(n_items, columns, replace=False) for _ in range(n_items)]
    pointer = np.arange(n_items + 1) * columns
    said = rng.random(n_items * columns).astype(np.float32)
    shape = (n_items, n_items)
    model = ItemItem(sparse.csr_matrix((said, np.concatenate(held), pointer), shape), np.inf)

    told = model.spoken(histories, 0)

    assert isinstance(told, kind)
    np.testing.assert_array_equal(told.at(np.arange(n_items)), model.score(histories)[0])


def test_what_is_lent_is_lent_once_and_fits():
    one, other = borrow_zeros(30), borrow_zeros(30)
    assert one is not other
    return_zeros(one)
    assert borrow_zeros(20).size == 20
    assert borrow_zeros(30) is one
    marks, others = borrow_marks(30), borrow_marks(30)
    assert marks is not others
    return_marks(marks)
    assert borrow_marks(8).size == 8
    assert borrow_marks(30) is marks
