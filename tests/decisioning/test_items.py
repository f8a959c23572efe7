"""The funnel for items: n sellable items or all there are, and nobody's data without consent."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.item_candidates import MAX_DROPPED, down_to, leading
from decisioning.item_cut import Lineup, cut
from decisioning.items import SHORTLIST, ItemBlock, ItemDecision, decide_items, serves_goal
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.candidates import WIDTHS
from decisioning.recommender.pairs import ORDERS, PAIR_FEATURES
from tests.decisioning.support import RANKERS, Shop, make_shop, make_state, quick, ranker, same

SEEDS = st.integers(0, 10_000)
SHOPS = st.builds(
    make_shop,
    SEEDS,
    n_items=st.integers(1, 40),
    n_customers=st.integers(1, 5),
    density=st.sampled_from([0.0, 0.1, 0.4, 1.0]),
    goal=st.sampled_from(["any", "discover", "replenish"]),
    n=st.integers(1, 12),
)


def decide(shop: Shop) -> list[ItemDecision]:
    return decide_items(shop.block, shop.state, RANKERS)


def rows_of(block: ItemBlock, rows: list[int]) -> ItemBlock:
    return ItemBlock(
        block.customers[rows], block.personal[rows], block.verdicts[rows], block.locations[rows],
        block.goal, block.n,
    )  # fmt: skip


def open_to_all(shop: Shop) -> Shop:
    """The same shop with everything in stock."""
    return replace(shop, block=replace(shop.block, verdicts=np.zeros_like(shop.block.verdicts)))


@quick
@given(SHOPS)
def test_asked_for_n_it_holds_n_or_all_there_are(shop):
    sellable = {item for item in range(shop.state.n_items) if shop.sellable(item)}
    for row, decision in enumerate(decide(shop)):
        bought = shop.bought(shop.block.customers[row])
        serving = set(sellable)
        if shop.block.personal[row] and bought:
            serving = {
                "any": sellable,
                "discover": sellable - bought,
                "replenish": sellable & bought,
            }[shop.block.goal]
        items = [ranked.item for ranked in decision.slate]
        assert len(items) == min(shop.block.n, len(serving))
        assert set(items) <= serving
        assert len(set(items)) == len(items)


@quick
@given(SHOPS, st.sampled_from(["filtered", "excluded"]), SEEDS)
def test_what_the_request_rules_out_is_not_offered(shop, reason, seed):
    ruled_out = np.random.default_rng(seed).random(shop.block.verdicts.shape) < 0.3
    verdicts = np.where(ruled_out, np.int16(CODE[reason]), shop.block.verdicts)
    block = replace(shop.block, verdicts=verdicts)
    for row, decision in enumerate(decide_items(block, shop.state, RANKERS)):
        assert not any(ruled_out[row, ranked.item] for ranked in decision.slate)


@quick
@given(SHOPS, st.randoms())
def test_a_block_is_its_requests_one_by_one(shop, random):
    block = replace(shop.block, personal=np.ones_like(shop.block.personal))
    together = decide_items(block, shop.state, RANKERS)
    rows = list(range(len(together)))
    alone = [decide_items(rows_of(block, [r]), shop.state, RANKERS)[0] for r in rows]
    assert same(together, alone)
    random.shuffle(rows)
    shuffled = decide_items(rows_of(block, rows), shop.state, RANKERS)
    assert same(shuffled, [together[r] for r in rows])


@quick
@given(SHOPS)
def test_without_consent_a_customer_is_a_stranger(shop):
    block = replace(shop.block, personal=np.zeros_like(shop.block.personal))
    strangers = replace(
        block,
        customers=np.full_like(block.customers, -1),
        personal=np.ones_like(block.personal),
    )
    refused = decide_items(block, shop.state, RANKERS)
    for row, (theirs, stranger) in enumerate(
        zip(refused, decide_items(strangers, shop.state, RANKERS), strict=True)
    ):
        assert theirs.slate == stranger.slate
        assert theirs.dropped == stranger.dropped
        assert not theirs.personalised
        assert theirs.fallback == ("no_consent" if block.customers[row] >= 0 else "cold_start")
        assert stranger.fallback == "cold_start"
        assert all((r.reason, r.orders, r.last_days) == ("popular", 0, None) for r in theirs.slate)
        scores = [r.score for r in theirs.slate]
        assert scores == sorted(scores, reverse=True)


@quick
@given(SHOPS)
def test_the_record_names_what_would_have_stood_there(shop):
    everything = decide(open_to_all(shop))
    for row, decision in enumerate(decide(shop)):
        verdicts = shop.block.verdicts[row]
        dropped = [item for item, _ in decision.dropped]
        assert all(verdicts[item] == verdict != PASSED for item, verdict in decision.dropped)
        assert len(set(dropped)) == len(dropped) <= MAX_DROPPED
        assert sum(decision.refused.values()) == int((verdicts != PASSED).sum())
        assert decision.refused == {
            code: int((verdicts == code).sum()) for code in set(verdicts.tolist()) - {PASSED}
        }
        wished = [r.item for r in everything[row].slate]
        if not any(r.reason == "popular" for r in everything[row].slate):
            assert {item for item in wished if verdicts[item] != PASSED} <= set(dropped)


@quick
@given(SHOPS)
def test_the_reason_and_its_terms_are_true(shop):
    history = shop.state.history
    for row, decision in enumerate(decide(shop)):
        customer = int(shop.block.customers[row])
        bought = shop.bought(customer) if decision.personalised else set()
        assert decision.personalised == (decision.fallback is None)
        for ranked in decision.slate:
            assert (ranked.reason == "repeat_purchase") == (ranked.orders > 0)
            assert (ranked.item in bought) >= (ranked.orders > 0)
            if ranked.orders:
                start = history.pointer[customer]
                at = start + history.item[start : history.pointer[customer + 1]].tolist().index(
                    ranked.item
                )
                assert ranked.orders == history.orders[at]
                assert ranked.last_days == pytest.approx(history.last_days[at])
            else:
                assert ranked.last_days is None


def test_the_best_come_first_and_ties_keep_the_order_of_the_catalogue():
    shop = open_to_all(make_shop(3, n_items=60, n_customers=4, n=60))
    tied = 0
    for decision in decide(shop):
        ranked = [(-r.score, r.item) for r in decision.slate]
        assert ranked == sorted(ranked)
        tied += len(ranked) - len({score for score, _ in ranked})
    assert tied > 10


@pytest.mark.parametrize("goal", ["any", "discover", "replenish"])
def test_everything_out_of_stock(goal: str):
    shop = make_shop(1, n_items=80, density=0.9, goal=goal)
    verdicts = np.full_like(shop.block.verdicts, CODE["out_of_stock"])
    block = replace(shop.block, verdicts=verdicts)
    for decision in decide_items(block, shop.state, RANKERS):
        assert decision.slate == ()
        assert 0 < len(decision.dropped) <= MAX_DROPPED
        assert decision.refused == {CODE["out_of_stock"]: 80}


@pytest.mark.parametrize("goal", ["any", "discover", "replenish"])
def test_a_catalogue_of_one_item(goal: str):
    shop = open_to_all(make_shop(1, n_items=1, n_customers=1, density=1.0, goal=goal))
    block = replace(shop.block, personal=np.ones_like(shop.block.personal))
    customer, stranger = decide_items(block, shop.state, RANKERS)
    assert [r.item for r in customer.slate] == ([] if goal == "discover" else [0])
    assert [r.item for r in stranger.slate] == [0]


def test_a_shop_that_has_sold_nothing_yet():
    shop = open_to_all(make_shop(1, density=0.0))
    block = replace(shop.block, personal=np.ones_like(shop.block.personal))
    for decision in decide_items(block, shop.state, RANKERS):
        assert decision.fallback == "cold_start"
        assert len(decision.slate) == shop.block.n


def test_a_request_of_nobody():
    shop = make_shop(1)
    assert decide_items(rows_of(shop.block, []), shop.state, RANKERS) == []


def test_popularity_is_that_of_the_place():
    shop = open_to_all(make_shop(2))
    stranger = rows_of(shop.block, [5, 5])
    block = replace(stranger, locations=np.array([0, 2]))
    here, there = decide_items(block, shop.state, RANKERS)
    assert [r.item for r in here.slate] != [r.item for r in there.slate]
    best = np.argsort(-shop.state.items.popularity_at[2], kind="stable")[: shop.block.n]
    assert [r.item for r in there.slate] == best.tolist()


def test_a_long_history_is_searched_to_its_end():
    """Of what was bought only the weakest is in stock, and everything else is more popular."""
    widths = WIDTHS["replenish"]
    n_items = 3 * widths.history
    state = make_state(1, 1, n_items, density=0.6)
    bought = state.history.item
    others = np.setdiff1d(np.arange(n_items), bought)
    state = replace(state, items=replace(state.items, by_popularity=np.r_[others, bought]))
    weakest = bought[np.argsort(state.history.strength)[:8]]
    verdicts = np.zeros((1, n_items), dtype=np.int16)
    verdicts[0, np.setdiff1d(bought, weakest)] = CODE["out_of_stock"]
    assert bought.size > widths.history + weakest.size
    assert others.size > widths.popular
    block = ItemBlock(np.array([0]), np.array([True]), verdicts, np.array([0]), "replenish", 5)
    decision = decide_items(block, state, RANKERS)[0]
    assert len(decision.slate) == 5
    assert {r.item for r in decision.slate} <= set(weakest.tolist())


def test_what_popularity_fills_says_so():
    """A catalogue beyond the limits of the search, in which only the unpopular is in stock."""
    state = make_state(4, 1, 400, density=0.05)
    state = replace(state, models={"ials": state.models["ials"]})
    for goal in ("any", "discover"):
        block = ItemBlock(
            np.array([0]), np.array([True]), np.zeros((1, 400), dtype=np.int16), np.array([1]),
            goal, 400,
        )  # fmt: skip
        slate = decide_items(block, state, RANKERS)[0].slate
        bought = int(state.history.pointer[1])
        assert len(slate) == (400 if goal == "any" else 400 - bought)
        assert {r.reason for r in slate} == {"popular"} | (
            {"repeat_purchase"} if goal == "any" else set()
        )


class Hasty:
    """A shortlister that looks in full at what stands foremost by one feature."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int]] = []

    def __call__(self, features):
        return ranker(features)

    def best(self, features, counted, k):
        self.asked.append((features.shape[0], int(counted.sum()), k))
        rough = features[:, ORDERS] + features[:, PAIR_FEATURES.index("popularity")]
        rivals = np.sort(rough[counted])
        kept = np.flatnonzero(rough >= (rivals[-k] if rivals.size > k else -np.inf))
        return kept, ranker(features[kept])


@pytest.mark.parametrize("goal", ["any", "discover", "replenish"])
def test_a_shortlister_is_asked_customer_by_customer_for_what_serves_and_is_allowed(goal):
    shop = make_shop(7, n_items=400, n_customers=4, density=0.3, goal=goal, n=5)
    block = replace(shop.block, personal=np.ones(shop.block.customers.size, dtype=np.bool_))
    hasty = Hasty()

    together = decide_items(block, shop.state, {goal: hasty})

    assert len(hasty.asked) == 4
    assert all(k == SHORTLIST[goal] and pairs >= counted for pairs, counted, k in hasty.asked)
    # Where more are asked for than a shortlist holds, that many more are looked at.
    long = Hasty()
    decide_items(replace(block, n=60), shop.state, {goal: long})
    assert {k for _, _, k in long.asked} == {180}
    for row, decision in enumerate(together):
        alone = decide_items(rows_of(block, [row]), shop.state, {goal: Hasty()})[0]
        assert same(alone, decision)
        served = {"discover": {0}, "replenish": {1}, "any": {0, 1}}[goal]
        own = [c for c in decision.lineup.ranked if c.verdict == PASSED]
        assert {int(c.orders > 0) for c in own} <= served
        assert len(decision.slate) == 5


def test_goals():
    features = np.zeros((3, len(PAIR_FEATURES)), dtype=np.float32)
    features[:, ORDERS] = [0, 1, 2]
    assert serves_goal(features, "any").tolist() == [True, True, True]
    assert serves_goal(features, "discover").tolist() == [True, False, False]
    assert serves_goal(features, "replenish").tolist() == [False, True, True]


@quick
@given(SHOPS)
def test_the_lineup_gives_the_slate_and_the_drops_again(shop):
    for row, decision in enumerate(decide(shop)):
        lineup = decision.lineup
        assert cut(lineup, shop.block.n) == decision.slate
        assert lineup.dropped() == decision.dropped
        shuffled = Lineup(lineup.ranked, tuple(reversed(lineup.popular)))
        scores = [c.score for c in lineup.popular if c.verdict == PASSED]
        if len(set(scores)) == len(scores):
            assert cut(shuffled, shop.block.n) == decision.slate
        for candidate in (*lineup.ranked, *lineup.popular):
            assert candidate.verdict == shop.block.verdicts[row, candidate.item]


@quick
@given(SHOPS)
def test_a_candidate_that_a_gate_refuses_later_leaves_the_slate(shop):
    for decision in decide(shop):
        for ranked in decision.slate:
            refused = Lineup(
                *(
                    tuple(
                        replace(c, verdict=CODE["out_of_stock"]) if c.item == ranked.item else c
                        for c in part
                    )
                    for part in (decision.lineup.ranked, decision.lineup.popular)
                )
            )
            assert ranked.item not in {i.item for i in cut(refused, shop.block.n)}


@quick
@given(SHOPS)
def test_who_is_given_something_better_is_given_nothing_here(shop):
    block = replace(shop.block, stands_in=False)
    decided = decide_items(block, shop.state, RANKERS)
    for decision, usual in zip(decided, decide_items(shop.block, shop.state, RANKERS), strict=True):
        if usual.fallback is None:
            assert same(decision, usual)
        else:
            assert (decision.slate, decision.lineup) == ((), Lineup())
            assert decision.ground == usual.ground


def test_verdicts_that_nobody_changes_decide_as_others_do():
    shop = make_shop(3, n_items=40, n_customers=1)
    kept = shop.block.verdicts[0].copy()
    kept.flags.writeable = False
    for row in range(shop.block.customers.size):
        one = rows_of(shop.block, [row])
        free = replace(one, verdicts=kept.copy()[None])
        expected = decide_items(free, shop.state, RANKERS)
        for _ in range(2):
            block = replace(one, verdicts=kept[None])
            assert same(decide_items(block, shop.state, RANKERS), expected)


@quick
@given(SEEDS, st.integers(0, 60), st.integers(1, 12), st.sampled_from([0.0, 0.3, 0.95, 1.0]))
def test_as_much_of_an_order_as_its_first_allowed_take(seed, size, n, share):
    rng = np.random.default_rng(seed)
    order = rng.permutation(60)[:size]
    verdicts = np.where(rng.random(60) < share, CODE["out_of_stock"], PASSED).astype(np.int16)
    some = leading(order, verdicts, n)
    assert some.tolist() == order[: some.size].tolist()
    every = order[down_to(verdicts[order], n)] if size else order
    assert some[down_to(verdicts[some], n)].tolist() == every.tolist()
