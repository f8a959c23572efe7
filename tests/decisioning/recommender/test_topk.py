"""Masked top-k against a plain sort: nothing masked, nothing twice, full while items remain."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from decisioning.recommender import topk_factors
from decisioning.recommender.topk import Excluded, Top, best_of_row, first_of, top_of_scores
from decisioning.recommender.topk_factors import FactorIndex, top_of_factors

quick = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)
sizes = st.sampled_from([1, 2, 7, 40, 300, 1500])
places = st.sampled_from([0, 1, 3, 10, 50])


def by_hand(scores, k, allowed, excluded, above=-np.inf):
    """Sort every row in full: by score, then item."""
    m, n_items = scores.shape
    top = Top(np.full((m, k), -1), np.full((m, k), -np.inf, dtype=np.float32))
    masks = np.broadcast_to(allowed, scores.shape)
    for r in range(m):
        mine = set(excluded.item[excluded.pointer[r] : excluded.pointer[r + 1]].tolist())
        open_items = [
            i for i in range(n_items) if masks[r, i] and i not in mine and scores[r, i] > above
        ]
        best = sorted(open_items, key=lambda i: (-scores[r, i], i))[:k]
        top.item[r, : len(best)], top.score[r, : len(best)] = best, scores[r, best]
    return top


def assert_same(top, expected):
    np.testing.assert_array_equal(top.item, expected.item)
    np.testing.assert_array_equal(top.score, expected.score)


def exclusions(rng, m, n_items):
    """Some rows exclude nothing, some an item twice, and now and then one excludes everything."""
    lists = [rng.integers(0, n_items, rng.choice([0, 3, 30])) for _ in range(m)]
    if rng.random() < 0.3:
        lists[0] = rng.permutation(n_items)
    pointer = np.r_[0, np.cumsum([len(part) for part in lists])]
    return Excluded(pointer.astype(np.int64), np.concatenate(lists).astype(np.int64))


def mask(rng, shape):
    return rng.random(shape) < rng.choice([0.0, 0.02, 0.5, 0.95])


def tied(rng, shape):
    """Few distinct values, many of them 0."""
    return (rng.integers(-3, 4, shape) * rng.integers(0, 2, shape)).astype(np.float32)


@given(seed=seeds, n_items=sizes, k=places, per_row=st.booleans(), above=st.booleans())
@quick
def test_scores_against_a_full_sort(seed, n_items, k, per_row, above):
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, 5))
    draw = tied if rng.random() < 0.5 else lambda rng, shape: rng.normal(size=shape)
    scores = draw(rng, (m, n_items)).astype(np.float32)
    allowed = mask(rng, (m, n_items) if per_row else n_items)
    excluded = exclusions(rng, m, n_items)
    floor = 0.0 if above else -np.inf

    top = top_of_scores(scores, k, allowed, excluded, floor)

    assert_same(top, by_hand(scores, k, allowed, excluded, floor))


def test_scores_without_mask_or_exclusions():
    scores = np.array([[1, 3, 3, 2], [0, 0, 0, 0]], dtype=np.float32)

    top = top_of_scores(scores, 2)

    assert top.item.tolist() == [[1, 2], [0, 1]]
    assert top.score.tolist() == [[3, 3], [0, 0]]


def test_asked_for_more_than_there_is_the_rest_is_marked():
    top = top_of_scores(np.array([[5, 6]], dtype=np.float32), 4, np.array([True, False]))

    assert top.item.tolist() == [[0, -1, -1, -1]]
    assert top.score.tolist() == [[5, -np.inf, -np.inf, -np.inf]]


def test_a_long_row_of_equals_gives_the_lowest_items():
    row = np.zeros(5000, dtype=np.float32)
    row[4000] = 1

    assert best_of_row(row, 3).tolist() == [4000, 0, 1]
    assert best_of_row(row, 3, above=0).tolist() == [4000]


def test_the_best_of_more_pairs_than_are_sorted():
    rng = np.random.default_rng(4)
    item, score = rng.permutation(3000), rng.integers(0, 40, 3000).astype(np.float32)

    for k in (0, 7, 1500):
        best = first_of(item, score, k)

        assert best.tolist() == np.lexsort((item, -score))[:k].tolist()


def test_the_scores_are_not_changed():
    scores = np.arange(6, dtype=np.float32)[None]
    kept = scores.copy()

    top_of_scores(
        scores, 2, np.zeros(6, dtype=np.bool_), exclusions(np.random.default_rng(0), 1, 6)
    )

    np.testing.assert_array_equal(scores, kept)


def exact(queries, factors):
    """Inner products in float64, rounded to float32: what `top_of_factors` promises."""
    return (queries.astype(np.float64) @ factors.T.astype(np.float64)).astype(np.float32)


@given(seed=seeds, n_items=sizes, k=places, m=st.sampled_from([1, 5, 40]))
@quick
def test_factors_against_a_full_sort(seed, n_items, k, m):
    rng = np.random.default_rng(seed)
    # Small whole numbers: sums are exact in any order, and ties are met.
    factors = rng.integers(-2, 3, (n_items, 6)).astype(np.float32)
    factors *= rng.choice([0, 1, 4], (n_items, 1))
    queries = rng.integers(-2, 3, (m, 6)).astype(np.float32)
    queries[rng.random(m) < 0.2] = 0
    allowed = mask(rng, n_items)
    excluded = exclusions(rng, m, n_items)

    top = top_of_factors(FactorIndex.of(factors, allowed), queries, k, excluded)

    assert_same(top, by_hand(exact(queries, factors), k, allowed, excluded))


@given(seed=seeds, long=st.booleans())
@settings(max_examples=10, deadline=None)
def test_factors_over_many_chunks(seed, long):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(5000, 16)).astype(np.float32)
    if long:  # a few long ones: rows leave the search early
        factors *= (np.arange(1, 5001) ** -0.7)[:, None].astype(np.float32)
    queries = rng.normal(size=(7, 16)).astype(np.float32)
    allowed = rng.random(5000) < 0.9
    excluded = exclusions(rng, 7, 5000)

    top = top_of_factors(FactorIndex.of(factors, allowed), queries, 10, excluded)

    assert_same(top, by_hand(exact(queries, factors), 10, allowed, excluded))


def test_rows_leave_once_nothing_longer_can_follow(monkeypatch):
    factors = np.full((4096, 2), 0.01, dtype=np.float32)
    factors[1000:1020] = 5
    looked_at = []
    scores = topk_factors._Block._scores
    monkeypatch.setattr(
        topk_factors._Block,
        "_scores",
        lambda block, start: (looked_at.append(start), scores(block, start))[1],
    )

    top = top_of_factors(FactorIndex.of(factors), np.ones((3, 2), dtype=np.float32), 10)

    assert top.item[0].tolist() == list(range(1000, 1010))
    assert looked_at == [0]


def test_one_row_is_the_same_alone_in_a_block_and_under_a_mask_that_spares_its_items():
    rng = np.random.default_rng(3)
    factors = rng.normal(size=(3000, 33)).astype(np.float32)
    queries = rng.normal(size=(70, 33)).astype(np.float32)
    block = top_of_factors(FactorIndex.of(factors), queries, 10)
    allowed = np.zeros(3000, dtype=np.bool_)
    allowed[block.item.ravel()] = True

    for r in (0, 41, 69):
        alone = top_of_factors(FactorIndex.of(factors, allowed), queries[r : r + 1], 10)
        assert_same(alone, Top(block.item[r : r + 1], block.score[r : r + 1]))


def test_ties_without_end_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(topk_factors, "_PENDING", 100)
    settled = []
    settle = topk_factors._Block._settle
    monkeypatch.setattr(
        topk_factors._Block, "_settle", lambda block: (settled.append(1), settle(block))[1]
    )
    factors = np.ones((3000, 4), dtype=np.float32)

    top = top_of_factors(FactorIndex.of(factors), np.ones((2, 4), dtype=np.float32), 3)

    assert top.item.tolist() == [[0, 1, 2]] * 2
    assert len(settled) > 1


def test_near_ties_are_told_apart_below_the_errors_of_a_float32_product():
    """The second item is better by less than a float32 sum can see on the way."""
    factors = np.array([[1e4, 1e-3, -1e4], [1e4, 2e-3, -1e4]], dtype=np.float32)

    top = top_of_factors(FactorIndex.of(factors), np.ones((1, 3), dtype=np.float32), 1)

    assert top.item.tolist() == [[1]]
    assert top.score[0, 0] == pytest.approx(2e-3)


def test_nothing_may_be_offered():
    factors = np.ones((4, 2), dtype=np.float32)

    top = top_of_factors(
        FactorIndex.of(factors, np.zeros(4, dtype=np.bool_)), np.ones((1, 2), np.float32), 2
    )

    assert top.item.tolist() == [[-1, -1]]
