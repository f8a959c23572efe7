"""Slates beyond the scores: caps, likeness, what was ignored, and new items by lot."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.item_cut import Candidate, Lineup, Trial, cut
from decisioning.item_policy import ItemPolicy
from decisioning.items import ItemBlock, decide_items
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.diversity import Diversity
from decisioning.recommender.places.moments import newest_items
from tests.decisioning.support import RANKERS, make_shop, make_state, quick, same
from tests.decisioning.test_places import shelves

SEEDS = st.integers(0, 10_000)
SHARE = 0.25
NEW = tuple(Candidate(item, 0.0, PASSED, place="new_item_tried") for item in (7, 8, 9, 1))


def lineup(draw: float, share: float = SHARE, pool: tuple[Candidate, ...] = NEW) -> Lineup:
    ranked = tuple(Candidate(item, 1.0 - item / 10, PASSED) for item in range(4))
    return Lineup(ranked, trial=Trial(share, draw, pool))


@pytest.mark.parametrize(("draw", "last"), [(0.0, 7), (0.0834, 8), (0.249, 9), (0.25, 3), (0.9, 3)])
def test_the_lot_gives_the_last_place_and_says_how_likely_that_was(draw, last):
    slate = cut(lineup(draw), 4)
    assert [one.item for one in slate] == [0, 1, 2, last]
    assert [one.probability for one in slate[:3]] == [1.0] * 3
    # Item 1 stands in the slate already: three are left to draw from.
    assert slate[-1].probability == (1 - SHARE if last == 3 else pytest.approx(SHARE / 3))
    assert (slate[-1].reason == "new_item_tried") == (last != 3)


@pytest.mark.parametrize(
    "told",
    [
        (lineup(0.0), 5),
        (lineup(0.0, pool=NEW[3:]), 4),
        (lineup(0.0, pool=()), 4),
        (lineup(0.0, share=0.0), 4),
        (lineup(0.0), 1),
    ],
    ids=["short slate", "none but those shown", "nothing new", "no share", "one place"],
)
def test_nothing_is_tried_where_there_is_no_room_or_nothing_new(told):
    line, n = told
    assert cut(line, n) == cut(replace(line, trial=None), n)


def test_over_many_lots_the_shares_are_those_told():
    lasts = [cut(lineup(draw), 4)[-1] for draw in np.arange(4000) / 4000]
    for item in (3, 7, 8, 9):
        chance = next(one.probability for one in lasts if one.item == item)
        assert np.mean([one.item == item for one in lasts]) == pytest.approx(chance, abs=1e-3)


def block_of(state, n_rows, policy, **more) -> ItemBlock:
    facts = {
        "customers": np.arange(n_rows),
        "personal": np.ones(n_rows, dtype=np.bool_),
        "verdicts": np.zeros((n_rows, state.n_items), dtype=np.int16),
        "locations": np.zeros(n_rows, dtype=np.int64),
        "goal": "any",
        "n": 6,
        "policy": policy,
    }
    return ItemBlock(**(facts | more))


@quick
@given(SEEDS, st.sampled_from(["any", "discover", "replenish"]))
def test_who_takes_part_in_the_lot(seed, goal):
    rng = np.random.default_rng(seed)
    state = make_state(seed, 4, 20, 0.3)
    verdicts = np.where(rng.random((5, 20)) < 0.3, CODE["out_of_stock"], PASSED).astype(np.int16)
    block = block_of(
        state,
        5,
        ItemPolicy(new_item_share=1.0),
        customers=np.array([0, 1, 2, 3, -1]),
        personal=np.array([True, True, True, False, True]),
        verdicts=verdicts,
        goal=goal,
        fresh=np.array([11, 3, 5, 19]),
        draw=rng.random(5),
    )
    for row, decision in enumerate(decide_items(block, state, RANKERS)):
        if goal == "replenish":
            assert decision.lineup.trial is None
            continue
        assert decision.lineup.trial is not None
        bought = set()
        if row < 3:
            bought = set(state.histories.of(np.array([row])).item.tolist())
        passed = [k for k in (11, 3, 5, 19) if verdicts[row, k] == PASSED and k not in bought]
        assert [c.item for c in decision.lineup.trial.pool] == passed
        shown = [one for one in decision.slate if one.reason == "new_item_tried"]
        assert len(shown) <= 1
        assert all(verdicts[row, one.item] == PASSED for one in decision.slate)


def test_without_a_share_or_a_lot_nothing_is_tried():
    state = make_state(1, 3, 20, 0.3)
    fresh = np.array([1, 2])
    for policy, draw in ((ItemPolicy(), np.zeros(3)), (ItemPolicy(new_item_share=0.5), None)):
        block = block_of(state, 3, policy, fresh=fresh, draw=draw)
        assert all(d.lineup.trial is None for d in decide_items(block, state, RANKERS))


@quick
@given(SEEDS, st.integers(1, 3))
def test_a_cap_holds_and_the_slate_is_as_full_as_without(seed, cap):
    shop = make_shop(seed, n_items=30, density=0.4, n=6)
    plain = decide_items(shop.block, shop.state, RANKERS)
    policy = ItemPolicy(Diversity(category_cap=cap))
    capped = decide_items(replace(shop.block, policy=policy), shop.state, RANKERS)
    category = shop.state.items.category_code
    for one, other in zip(plain, capped, strict=True):
        assert len(one.slate) == len(other.slate) == len({i.item for i in other.slate})
        assert all(c.verdict == PASSED for c in other.lineup.popular if c in other.slate)
        if other.personalised:
            assert cut(other.lineup, 6) == other.slate
            ranked = [c for c in other.lineup.ranked if c.verdict == PASSED]
            counts = np.bincount([category[i.item] for i in other.slate], minlength=3)
            kinds = len({category[c.item] for c in ranked})
            if len(ranked) == 24 and kinds * cap >= 6:
                supply = np.bincount([category[c.item] for c in ranked], minlength=3)
                if np.minimum(supply, cap).sum() >= 6:
                    assert counts.max() <= cap


def test_calibration_draws_the_slate_towards_what_the_customer_buys():
    state = make_state(3, 1, 60, 0.2)
    held = state.affinity
    held.category_share[:] = np.where(held.category_key == held.category_key[0], 1.0, 0.0)
    liked = int(held.category_key[0])
    policy = ItemPolicy(Diversity(calibration=1.0))
    (decision,) = decide_items(block_of(state, 1, policy), state, RANKERS)
    pool = [c for c in decision.lineup.ranked if state.items.category_code[c.item] == liked]
    shown = [i for i in decision.slate if state.items.category_code[i.item] == liked]
    assert len(shown) == min(6, len(pool))


def test_what_was_ignored_gives_way():
    state = make_state(3, 1, 60, 0.2)
    policy = ItemPolicy(Diversity(ignored_penalty=1.0))
    (plain,) = decide_items(block_of(state, 1, policy), state, RANKERS)
    ignored = np.zeros((1, 60))
    ignored[0, plain.slate[0].item] = 1.0
    (other,) = decide_items(block_of(state, 1, policy, ignored=ignored), state, RANKERS)
    assert plain.slate[0].item not in {one.item for one in other.slate}
    assert plain.slate[1].item == other.slate[0].item


@quick
@given(SEEDS)
def test_a_row_does_not_depend_on_its_neighbours(seed):
    shop = make_shop(seed, n_items=30, density=0.4, n=6)
    rng = np.random.default_rng(seed)
    m = shop.block.customers.size
    policy = ItemPolicy(Diversity(0.3, 2, 0.5), new_item_share=0.5)
    block = replace(
        shop.block,
        policy=policy,
        ignored=rng.integers(0, 2, (m, 30)).astype(np.float64),
        fresh=np.array([4, 9, 2]),
        draw=rng.random(m),
    )
    together = decide_items(block, shop.state, RANKERS)
    for row in range(m):
        part = slice(row, row + 1)
        alone = replace(
            block,
            customers=block.customers[part],
            personal=block.personal[part],
            verdicts=block.verdicts[part],
            locations=block.locations[part],
            ignored=block.ignored[part],
            draw=block.draw[part],
        )
        (one,) = decide_items(alone, shop.state, RANKERS)
        assert same(one.slate, together[row].slate)


def test_new_items_come_newest_first():
    told = shelves(5)
    fresh = newest_items(told, 60.0).tolist()
    ages = told.age_days[fresh]
    assert (np.diff(ages) >= 0).all()
    assert set(fresh) == set(np.flatnonzero(told.age_days <= 60).tolist())
    assert newest_items(told, 0.0).size == 0
