"""Diversity: permutations, caps, calibration, what was ignored."""

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decisioning.recommender.diversity import Diversity, Pool, diversified, ignored_counts

shares = st.floats(0.0, 1.0)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    size, n_categories = draw(st.integers(0, 12)), draw(st.integers(1, 4))
    # A seed instead of lists of values: a tenth of the time, and sizes still shrink.
    drawn = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Pool(
        # Few levels: ties are what breaks determinism.
        score=drawn.integers(-3, 4, size).astype(np.float64),
        item=drawn.permutation(99)[:size],
        category=drawn.integers(0, n_categories, size),
        ignored=drawn.integers(0, 4, size).astype(np.float64),
        target=drawn.choice([0.0, 0.2, 1.0, 3.0], n_categories),
    )


rules = st.builds(Diversity, shares, st.integers(0, 4), shares, shares)


@given(pools(), rules, st.integers(0, 15))
def test_the_order_is_a_permutation(pool: Pool, rules: Diversity, n: int) -> None:
    order = diversified(pool, rules, n)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(pool.item.size))


@given(pools(), st.integers(0, 15))
def test_without_strength_the_scores_decide(pool: Pool, n: int) -> None:
    expected = np.lexsort((pool.item, -pool.score))
    np.testing.assert_array_equal(diversified(pool, Diversity(), n), expected)


@given(pools(), rules, st.integers(0, 15), st.randoms(use_true_random=False))
def test_the_order_of_the_pool_does_not_matter(
    pool: Pool, rules: Diversity, n: int, random: Random
) -> None:
    shuffled = np.array(random.sample(range(pool.item.size), pool.item.size), dtype=np.int64)
    other = Pool(
        pool.score[shuffled],
        pool.item[shuffled],
        pool.category[shuffled],
        pool.ignored[shuffled],
        pool.target,
    )
    np.testing.assert_array_equal(
        pool.item[diversified(pool, rules, n)], other.item[diversified(other, rules, n)]
    )


@given(pools(), rules, st.integers(0, 15))
def test_a_cap_holds_until_nothing_else_is_left(pool: Pool, rules: Diversity, n: int) -> None:
    cap = rules.category_cap or n
    slate = diversified(pool, rules, n)[:n]
    held = np.bincount(pool.category[slate], minlength=pool.target.size)
    there = np.bincount(pool.category, minlength=pool.target.size)
    within = int(np.minimum(there, cap).sum())
    assert np.minimum(held, cap).sum() == min(n, within)
    np.testing.assert_array_less(held, cap + 1 + max(0, slate.size - within))


@given(pools(), st.integers(1, 15))
def test_with_a_cap_alone_the_best_that_fit_are_shown(pool: Pool, n: int) -> None:
    slate = diversified(pool, Diversity(category_cap=1), n)[:n].tolist()
    shown: list[int] = []
    by_score = np.lexsort((pool.item, -pool.score)).tolist()
    for position in by_score:
        if pool.category[position] not in pool.category[shown]:
            shown.append(position)
    full = shown + [position for position in by_score if position not in shown]
    assert slate == full[:n]


@given(pools(), st.integers(1, 15), shares)
def test_the_penalty_never_raises_what_was_ignored(pool: Pool, n: int, penalty: float) -> None:
    if pool.item.size == 0:
        return
    ignored = np.zeros(pool.item.size)
    before = diversified(replace(pool, ignored=ignored), Diversity(), n).tolist()
    ignored[0] = 2.0
    after = diversified(
        replace(pool, ignored=ignored), Diversity(ignored_penalty=penalty), n
    ).tolist()
    assert after.index(0) >= before.index(0)
    assert [k for k in after if k] == [k for k in before if k]


def test_calibration_follows_the_target() -> None:
    pool = Pool(
        score=np.array([9.0, 8.0, 7.0, 6.0, 5.0, 4.0]),
        item=np.arange(6),
        category=np.array([0, 0, 0, 0, 1, 1]),
        ignored=np.zeros(6),
        target=np.array([1.0, 1.0]),
    )
    assert diversified(pool, Diversity(), 4)[:4].tolist() == [0, 1, 2, 3]
    calibrated = diversified(pool, Diversity(calibration=0.9), 4)[:4]
    assert np.bincount(pool.category[calibrated]).tolist() == [2, 2]
    one_sided = replace(pool, target=np.array([0.0, 5.0]))
    assert diversified(one_sided, Diversity(calibration=0.9), 2)[:2].tolist() == [4, 5]
    nothing_known = replace(pool, target=np.zeros(2))
    assert diversified(nothing_known, Diversity(calibration=0.9), 4).tolist() == [0, 1, 2, 3, 4, 5]


@given(pools(), st.integers(1, 10))
def test_the_choice_is_greedy_by_kl_divergence(pool: Pool, n: int) -> None:
    strength, n = 0.6, min(n, pool.item.size)
    total = pool.target.sum()
    if not total or not n:
        return
    p = pool.target / total
    low, spread = pool.score.min(), np.ptp(pool.score)
    relevance = (pool.score - low) / spread if spread else np.ones(pool.score.size)
    shown: list[int] = []
    for position in diversified(pool, Diversity(calibration=strength), n)[:n].tolist():
        value = {}
        for other in set(range(pool.item.size)) - set(shown):
            counts = np.bincount(pool.category[[*shown, other]], minlength=p.size)
            q = 0.99 * counts / counts.sum() + 0.01 * p
            kl = (p[p > 0] * np.log(p[p > 0] / q[p > 0])).sum()
            value[other] = (1 - strength) * relevance[other] - strength * kl
        assert value[position] >= max(value.values()) - 1e-9
        shown.append(position)


@given(pools(), st.integers(1, 10))
def test_variety_is_maximal_marginal_relevance(pool: Pool, n: int) -> None:
    strength, n = 0.3, min(n, pool.item.size)
    if not n:
        return
    low, spread = pool.score.min(), np.ptp(pool.score)
    relevance = (pool.score - low) / spread if spread else np.ones(pool.score.size)
    shown: list[int] = []
    for position in diversified(pool, Diversity(variety=strength), n)[:n].tolist():
        there = np.isin(pool.category, pool.category[shown])
        value = (1 - strength) * relevance - strength * there
        left = [k for k in range(pool.item.size) if k not in shown]
        assert value[position] >= value[left].max() - 1e-9
        shown.append(position)


def test_all_variety_shows_every_category_first() -> None:
    pool = Pool(
        score=np.array([9.0, 8.0, 7.0, 6.0]),
        item=np.arange(4),
        category=np.array([0, 0, 0, 1]),
        ignored=np.zeros(4),
        target=np.array([1.0, 0.0]),
    )
    assert diversified(pool, Diversity(calibration=0.5, variety=1.0), 2)[:2].tolist() == [0, 3]


def test_exposures_fade() -> None:
    item, age = np.array([2, 2, 0]), np.array([0.0, 7.0, 14.0])
    np.testing.assert_allclose(ignored_counts(item, age, 4, 7.0), [0.25, 0.0, 1.5, 0.0])
