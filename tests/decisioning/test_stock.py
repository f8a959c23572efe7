"""In stock here, fresh enough, or not offered."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.items import decide_items
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED
from decisioning.stock import (
    DISCONTINUED,
    IN_STOCK,
    OUT_OF_STOCK,
    UNKNOWN,
    StockVerdicts,
    StockView,
    kept_verdicts,
    stock_gate,
)
from tests.decisioning.support import NOW, RANKERS, STALE_S, make_shop, quick

SEEDS = st.integers(0, 10_000)
GOALS = st.sampled_from(["any", "discover", "replenish"])
NAN = float("nan")


@pytest.mark.parametrize(
    ("quantity", "status", "age", "discontinued", "reason"),
    [
        (3, IN_STOCK, 0, False, "passed"),
        (3, IN_STOCK, STALE_S, False, "passed"),
        (3, IN_STOCK, -60, False, "passed"),
        (2, IN_STOCK, 0, False, "out_of_stock"),
        (0, IN_STOCK, 0, False, "out_of_stock"),
        (9, OUT_OF_STOCK, 0, False, "out_of_stock"),
        (NAN, OUT_OF_STOCK, 0, False, "out_of_stock"),
        (NAN, IN_STOCK, 0, False, "stock_unknown"),
        (9, IN_STOCK, STALE_S + 1, False, "stock_stale"),
        (0, OUT_OF_STOCK, STALE_S + 1, False, "stock_stale"),
        (9, UNKNOWN, 0, False, "stock_unknown"),
        (NAN, UNKNOWN, STALE_S + 1, False, "stock_unknown"),
        (9, DISCONTINUED, 0, False, "discontinued"),
        (9, IN_STOCK, 0, True, "discontinued"),
        (NAN, UNKNOWN, STALE_S + 1, True, "discontinued"),
    ],
)
def test_each_reason(quantity, status, age, discontinued, reason):
    stock = StockView(
        "here",
        np.array([quantity], dtype=np.float32),
        np.array([status], dtype=np.int8),
        np.array([NOW - age]),
    )
    policy = Policy(stock_reserve=2.0, stock_max_age_s=STALE_S)
    found = stock_gate(stock, np.array([discontinued]), policy, NOW)
    assert found.dtype == np.int16
    assert found.tolist() == [CODE[reason]]


def drawn_stock(rng, n_items):
    return StockView(
        "here",
        rng.choice([0.0, 3.0, NAN], n_items).astype(np.float32),
        rng.choice([IN_STOCK, OUT_OF_STOCK, DISCONTINUED, UNKNOWN], n_items).astype(np.int8),
        NOW - rng.integers(-5, STALE_S + 5, n_items),
    )


@quick
@given(SEEDS, st.integers(0, 12), st.lists(st.integers(-10, STALE_S // 2), max_size=4))
def test_verdicts_kept_are_those_of_the_gate(seed, n_items, steps):
    rng = np.random.default_rng(seed)
    stock, gone = drawn_stock(rng, n_items), rng.random(n_items) < 0.2
    policy, kept, moment = Policy(stock_max_age_s=STALE_S), None, NOW
    for step in [0, *steps]:
        moment += step
        kept = kept_verdicts(kept, stock, gone, policy, moment)
        np.testing.assert_array_equal(kept.verdict, stock_gate(stock, gone, policy, moment))
        with pytest.raises(ValueError, match="read-only"):
            kept.verdict[:] = PASSED


def test_verdicts_are_kept_until_a_figure_is_too_old_and_not_before_the_gate():
    stock = StockView("here", *(np.array(v) for v in ([3.0, 3.0], [IN_STOCK] * 2, [NOW, NOW - 9])))
    gone, policy = np.zeros(2, dtype=np.bool_), Policy(stock_max_age_s=STALE_S)

    kept = StockVerdicts.of(stock, gone, policy, NOW)

    moments = [NOW - 1, NOW, NOW + STALE_S - 9, NOW + STALE_S - 8, NOW + STALE_S]
    later = [kept_verdicts(kept, stock, gone, policy, moment) for moment in moments]
    assert [one is kept for one in later] == [False, True, True, False, False]
    assert later[3].verdict.tolist() == [PASSED, CODE["stock_stale"]]
    assert later[3].until == NOW + STALE_S
    assert kept_verdicts(later[3], stock, gone, policy, NOW + STALE_S) is later[3]


def test_verdicts_are_kept_for_no_other_stock_catalogue_or_policy():
    stock, gone, policy = drawn_stock(np.random.default_rng(1), 4), np.zeros(4, np.bool_), Policy()
    kept = StockVerdicts.of(stock, gone, policy, NOW)
    assert kept_verdicts(kept, stock, gone, policy, NOW) is kept
    assert kept_verdicts(kept, replace(stock), gone, policy, NOW) is not kept
    assert kept_verdicts(kept, stock, gone.copy(), policy, NOW) is not kept
    assert kept_verdicts(kept, stock, gone, replace(policy), NOW) is not kept


def test_verdicts_that_say_the_same_are_the_same_array():
    stock, gone, policy = StockView.unknown(3), np.zeros(3, dtype=np.bool_), Policy()
    stock.status[:], stock.quantity[:], stock.as_of[:] = IN_STOCK, [5, 6, 7], NOW
    before = StockVerdicts.of(stock, gone, policy, NOW)
    stock.quantity[0] = 4
    assert StockVerdicts.of(stock, gone, policy, NOW).like(before).verdict is before.verdict
    stock.quantity[0] = 0
    other = StockVerdicts.of(stock, gone, policy, NOW)
    assert other.like(before) is other


def test_a_place_of_which_nothing_is_known_sells_nothing():
    found = stock_gate(StockView.unknown(4), np.zeros(4, dtype=np.bool_), Policy(), 0)
    assert found.tolist() == [CODE["stock_unknown"]] * 4


@quick
@given(SEEDS, st.integers(1, 30), GOALS, st.integers(1, 12))
def test_what_cannot_be_sold_is_not_offered(seed, n_items, goal, n):
    shop = make_shop(seed, n_items=n_items, goal=goal, n=n)
    for decision in decide_items(shop.block, shop.state, RANKERS):
        assert all(shop.sellable(ranked.item) for ranked in decision.slate)


@quick
@given(SEEDS, st.integers(1, 30), GOALS, st.integers(1, 12), st.floats(0, 1))
def test_more_stock_never_hurts(seed, n_items, goal, n, share):
    shop = make_shop(seed, n_items=n_items, goal=goal, n=n)
    rng = np.random.default_rng(seed)
    more = np.where(rng.random(n_items) < share, np.float32(9), np.float32(0))
    richer = replace(shop.stock, quantity=shop.stock.quantity + more)
    before = shop.block.verdicts[0]
    after = stock_gate(richer, shop.discontinued, shop.policy, NOW)
    assert not ((before == PASSED) & (after != PASSED)).any()
    filled = replace(shop.block, verdicts=np.tile(after, (shop.block.customers.size, 1)))
    poor = decide_items(shop.block, shop.state, RANKERS)
    rich = decide_items(filled, shop.state, RANKERS)
    assert all(len(r.slate) >= len(p.slate) for p, r in zip(poor, rich, strict=True))
