"""Places: what they say of items, and the slate that comes of it, full and never of what is out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from decisioning.because import LEAST_SHARE, bought_before
from decisioning.item_cut import SIMILAR
from decisioning.items import Ground, ItemBlock, decide_items
from decisioning.place_items import decide_place
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.candidates import SEARCHED
from decisioning.recommender.live import Posted, overlay
from decisioning.recommender.models.evidence import MOST_TELLING, TELLING_HALF_LIFE, evidence
from decisioning.recommender.models.item_knn import ItemKnn
from decisioning.recommender.places.items import (
    BOUGHT_BY_SAME,
    BUY,
    CART,
    SAME_KIND,
    UNCART,
    VIEW,
    WISH,
    complements,
    left_in_basket,
    similar_items,
    viewed,
)
from decisioning.recommender.places.moments import (
    NEW,
    NEW_FOR_YOU,
    NEW_LIKE,
    TRENDING,
    TRENDING_NEAR,
    arrivals,
    due_in_days,
    trending,
)
from decisioning.recommender.places.said import Said, Tier
from decisioning.recommender.places.shelves import Shelves
from tests.decisioning.support import RANKERS, make_state, quick, same

SEEDS = st.integers(0, 10_000)
N = 12


def shelves(seed: int = 1, n: int = N) -> Shelves:
    rng = np.random.default_rng(seed)
    together = rng.random((n, n)) * (rng.random((n, n)) < 0.4)
    np.fill_diagonal(together, 0)
    trend = np.maximum(rng.normal(size=(3, n)), 0).astype(np.float32)
    age = np.where(rng.random(n) < 0.3, np.nan, rng.uniform(0, 120, n)).astype(np.float32)
    return Shelves(
        sparse.csr_matrix(together.astype(np.float32)),
        trend,
        age,
        alike=sparse.csr_matrix((n, n), dtype=np.float32),
        cell_names=np.array([""]),
        cell_parent=np.array([-1]),
        cell_customers=np.array([20.0], dtype=np.float32),
        cell_buyers=sparse.csr_matrix(rng.integers(0, 9, (1, n)).astype(np.float32)),
        cell_declared=np.zeros((4, 2), dtype=np.int64),
    )


def ranked(said: Said) -> list[int]:
    order = np.argsort(-said.score, kind="stable")
    return [int(k) for k in order if said.score[k] > 0]


@quick
@given(SEEDS, st.integers(1, 3))
def test_tiers_stand_one_after_another_each_in_its_own_order(seed, count):
    rng = np.random.default_rng(seed)
    scores = np.maximum(rng.normal(size=(count, N)) * 10 ** rng.uniform(-2, 2), 0)
    tiers = [Tier(f"t{k}", score.astype(np.float32)) for k, score in enumerate(scores)]
    said = Said.of(*tiers)
    expected: list[int] = []
    for tier in tiers:
        new = [k for k in range(N) if tier.score[k] > 0 and k not in expected]
        assert all(said.reason(k) == tier.reason for k in new)
        expected += sorted(new, key=lambda k, t=tier: (-t.score[k], k))
    assert ranked(said) == expected
    assert (said.anchor == -1).all()
    assert ((said.tier < 0) == (said.score == 0)).all()


@quick
@given(SEEDS, st.integers(1, 8), st.booleans(), st.sampled_from(["here", "no_consent", "unasked"]))
def test_a_slate_is_full_of_what_passed_in_the_order_said(seed, n, fills, case):
    rng = np.random.default_rng(seed)
    score = np.maximum(rng.normal(size=N), 0).astype(np.float32)
    popularity = rng.integers(0, 4, N).astype(np.float32)
    verdicts = np.where(rng.random(N) < 0.4, CODE["out_of_stock"], PASSED).astype(np.int16)
    ground = {
        "here": Ground(True, True, True),
        "no_consent": Ground(True, False, True),
        "unasked": Ground(True, False, False, needed=False),
    }[case]
    said = Said.of(Tier("told", score, np.arange(N)[::-1].copy()))
    decision = decide_place(said, verdicts, popularity, ground, n, fills=fills)
    sellable = [k for k in range(N) if verdicts[k] == PASSED]
    by_popularity = sorted(sellable, key=lambda k: (-popularity[k], k))
    own = sorted((k for k in sellable if score[k] > 0), key=lambda k: (-score[k], k))
    if case == "no_consent":
        expected, own = by_popularity[:n], []
    elif fills:
        expected = [*own[:n], *(k for k in by_popularity if k not in own[:n])][:n]
    else:
        expected = own[:n]
    assert [one.item for one in decision.slate] == expected
    reasons = ["told" if k in own[:n] else "popular" for k in expected]
    assert [one.reason for one in decision.slate] == reasons
    assert decision.personalised == (case == "here")
    assert decision.fallback == ("no_consent" if case == "no_consent" else None)
    assert sum(decision.refused.values()) == N - len(sellable)
    if case != "no_consent":
        assert decision.anchors == {k: N - 1 - k for k in expected if said.anchor[k] >= 0}


def test_why_a_slate_is_not_personal():
    assert Ground().fallback == "cold_start"
    assert Ground(True, False, True).fallback == "no_consent"
    assert Ground(True, True, False).fallback == "cold_start"
    assert Ground(False, True, True).fallback == "cold_start"
    assert Ground(True, True, True).personalised
    assert not Ground(True, True, True, needed=False).personalised


def test_what_is_alike_is_bought_by_the_same_then_of_the_same_kind():
    state = make_state(4, 3, N, 0.3)
    alike = np.zeros((N, N), dtype=np.float32)
    alike[2, 5], alike[2, 6], alike[3, 6], alike[2, 7] = 0.5, 0.2, 0.9, -1.0
    knn = {"item_knn": ItemKnn(sparse.csr_matrix(alike), np.inf)}
    state = replace(state, models=knn)
    said = similar_items(state, np.array([2]))
    kin = np.flatnonzero(state.items.type_code == state.items.type_code[2])
    expected = [k for k in kin if k not in (2, 5, 6)]
    expected.sort(key=lambda k: (-state.items.popularity[k, 0], k))
    assert ranked(said) == [5, 6, *expected]
    assert [said.reason(k) for k in (5, 6)] == [BOUGHT_BY_SAME] * 2
    assert all(said.reason(k) == SAME_KIND for k in expected)
    lines = np.where(np.arange(N) == 5, 0, state.items.lines).astype(np.float32)
    unsold = replace(state, items=replace(state.items, lines=lines))
    assert ranked(similar_items(unsold, np.array([2])))[0] == 6
    both = similar_items(state, np.array([2, 3]))
    assert ranked(both)[:2] == [6, 5]
    assert (both.anchor[6], both.anchor[5]) == (3, 2)
    assert {2, 3}.isdisjoint(ranked(both))


def test_without_a_model_or_an_item_little_is_alike():
    state = replace(make_state(4, 3, N, 0.3), models={})
    said = similar_items(state, np.array([2]))
    assert {said.reason(k) for k in ranked(said)} == {SAME_KIND}
    nothing = similar_items(make_state(4, 3, N, 0.3), np.array([], dtype=np.int64))
    assert ranked(nothing) == []


def test_what_goes_with_a_basket_adds_up():
    told = shelves()
    table = told.complements.toarray()
    said = complements(told, np.array([1, 4]))
    total = table[1] + table[4]
    total[[1, 4]] = 0
    assert ranked(said) == sorted(np.flatnonzero(total).tolist(), key=lambda k: (-total[k], k))
    for k in ranked(said):
        assert said.anchor[k] == (1 if table[1, k] >= table[4, k] else 4)
    assert ranked(complements(told, np.array([], dtype=np.int64))) == []


def test_seen_and_left_in_the_basket():
    kind = np.array([VIEW, WISH, CART, CART, BUY, VIEW, UNCART, CART])
    item = np.array([1, 2, 3, 4, 3, 5, 4, 6])
    assert ranked(viewed(kind, item, N)) == [6, 5, 4, 2, 1]
    assert ranked(left_in_basket(kind, item, N)) == [6]
    again = viewed(np.r_[kind, VIEW, BUY], np.r_[item, 3, 6], N)
    assert ranked(again) == [3, 5, 4, 2, 1], "looked at again after it was bought"
    empty = np.array([], dtype=np.int64)
    assert ranked(viewed(empty, empty, N)) == ranked(left_in_basket(empty, empty, N)) == []


def test_trends_here_stand_before_those_everywhere():
    told = shelves(3)
    said = trending(told, 2)
    here = [k for k in ranked(said) if said.reason(k) == TRENDING_NEAR]
    assert here == [k for k in ranked(said) if told.trending[2, k] > 0] == ranked(said)[: len(here)]
    rest = ranked(said)[len(here) :]
    assert {said.reason(k) for k in rest} == {TRENDING}
    everywhere = trending(told, 0)
    assert {everywhere.reason(k) for k in ranked(everywhere)} == {TRENDING}


def test_new_is_what_came_of_late_and_was_not_bought():
    state, told = make_state(5, 3, N, 0.2), shelves(5)
    age = told.age_days
    anybody = arrivals(told, state, -1)
    fresh = [k for k in range(N) if age[k] <= 60]
    assert ranked(anybody) == sorted(fresh, key=lambda k: age[k])
    assert {anybody.reason(k) for k in fresh} == {NEW}
    customer = 1
    held = set(state.histories.of(np.array([customer])).item.tolist())
    mine = arrivals(told, state, customer)
    assert set(ranked(mine)) == set(fresh) - held
    affinity = state.affinity
    of_mine = affinity.category_key // affinity.n_categories == customer
    liked = set((affinity.category_key[of_mine] % affinity.n_categories).tolist())
    for k in ranked(mine):
        known = int(state.items.category_code[k]) in liked
        assert mine.reason(k) == (NEW_FOR_YOU if known else NEW)


def test_due_again_after_the_gap_drawn_towards_the_items_own():
    state = make_state(6, 2, N, 0.4)
    held, items = state.history, np.arange(N)
    days = due_in_days(state, 1, items)
    mine = {int(held.item[k]): k for k in range(held.pointer[1], held.pointer[2])}
    for item in items.tolist():
        if item not in mine:
            assert np.isnan(days[item])
            continue
        k = mine[item]
        span, orders = held.first_days[k] - held.last_days[k], held.orders[k]
        gap = (span + 2 * state.items.gap_days[item]) / (orders - 1 + 2)
        assert days[item] == pytest.approx(gap - held.last_days[k], rel=1e-5, abs=1e-4)


def test_just_bought_is_due_a_gap_from_now():
    state = make_state(6, 2, N, 0.4)
    posted = Posted(np.array([0]), np.array([3]), np.array([0]))
    block = overlay(state, np.array([-1]), posted)
    assert due_in_days(block, 0, np.array([3]))[0] == pytest.approx(state.items.gap_days[3])


def test_the_purchase_behind_an_item_is_the_one_that_says_most():
    state = make_state(2, 4, N, 0.5)
    table = np.zeros((N, N), dtype=np.float32)
    histories = state.histories.of(np.array([0]))
    first, second = np.unique(histories.item)[:2].tolist()
    new = next(k for k in range(N) if k not in histories.item)
    table[first, new], table[second, new] = 0.1, 50.0
    state = replace(state, models={"item_knn": ItemKnn(sparse.csr_matrix(table), np.inf)})
    asked = np.zeros(2, dtype=np.int64), np.array([new, second])
    assert bought_before(state.models, histories, *asked).tolist() == [second, -1]
    assert bought_before({}, histories, *asked).tolist() == [-1, -1]


def test_the_purchase_behind_an_item_is_the_same_in_a_block_and_from_one_at_a_time():
    state = make_state(4, 5, N, 0.4)
    row, item = np.divmod(np.arange(5 * N), N)
    names = [name for name in SEARCHED if name in state.models]
    together = bought_before(state.models, state.histories, row, item)
    assert (together >= 0).any()
    for k in range(5):
        alone, asked = state.histories.of(np.array([k])), np.arange(N)
        first = bought_before(state.models, alone, np.zeros_like(asked), asked)
        assert first.tolist() == together[row == k].tolist()
        for name in names:  # what was kept for a subject is of one model
            told = state.models[name].explain(alone, np.array([k]))
            again = state.models[name].explain(state.histories.of(np.array([k])), np.array([k]))
            assert same(told, again)


def test_a_model_that_explains_one_item_a_subject_is_asked_for_each():
    state = make_state(4, 5, N, 0.4)
    row, item = np.divmod(np.arange(5 * N), N)
    found = bought_before({"ease": state.models["ials"]}, state.histories, row, item)
    told = state.models["ials"].explain(state.histories.of(row), item)
    clear = (told.item >= 0) & (told.share >= LEAST_SHARE) & (told.item != item)
    assert found.tolist() == np.where(clear, told.item, -1).tolist()
    assert clear.any()


def test_what_many_purchases_say_alike_is_not_put_down_to_one():
    state = make_state(2, 1, 40, 1.0)
    table = np.zeros((40, 40), dtype=np.float32)
    table[:39, 39] = 1.0
    orders = state.history
    assert orders.item.size * LEAST_SHARE > 1
    state = replace(state, models={"item_knn": ItemKnn(sparse.csr_matrix(table), np.inf)})
    found = bought_before(state.models, state.histories, np.array([0]), np.array([39]))
    assert found.tolist() == [-1]


def test_a_slate_names_no_purchase_where_none_stands_out():
    state = make_state(2, 1, 40, 0.8)
    new = int(np.setdiff1d(np.arange(40), state.history.item)[0])
    assert state.history.item.size * LEAST_SHARE > 1
    table = np.zeros((40, 40), dtype=np.float32)
    table[:, new] = 1.0
    state = replace(state, models={"item_knn": ItemKnn(sparse.csr_matrix(table), np.inf)})
    state = replace(state, histories=replace(state.histories, age=0 * state.histories.age))
    nobody = np.zeros(1, dtype=np.int64)
    verdicts = np.zeros((1, 40), dtype=np.int16)
    block = ItemBlock(nobody, np.array([True]), verdicts, nobody, "discover", 40)
    (decision,) = decide_items(block, state, RANKERS)
    assert [one.reason for one in decision.slate if one.item == new] == [SIMILAR]
    assert decision.anchors == {}


def test_a_slate_names_purchases_of_the_customer_alone():
    state = make_state(9, 6, 30, 0.15)
    block = ItemBlock(
        customers=np.arange(6),
        personal=np.array([True] * 5 + [False]),
        verdicts=np.zeros((6, 30), dtype=np.int16),
        locations=np.zeros(6, dtype=np.int64),
        goal="discover",
        n=10,
    )
    decisions = decide_items(block, state, RANKERS)
    assert any(decision.anchors for decision in decisions)
    assert decisions[5].anchors == {}
    for row, decision in enumerate(decisions):
        mine = set(state.histories.of(np.array([row])).item.tolist())
        reasons = {one.item: one.reason for one in decision.slate}
        assert set(decision.anchors.values()) <= mine
        assert all(reasons[item] == "similar_customers" for item in decision.anchors)


def test_a_new_item_like_a_purchase_stands_before_one_of_the_category_and_names_it():
    state = make_state(4, 3, N, 0.3)
    customer = 1
    held = state.histories.of(np.array([customer])).item.tolist()
    new = [k for k in range(N) if k not in held][:3]
    age = np.full(N, np.nan, dtype=np.float32)
    age[new] = [1.0, 2.0, 3.0]
    alike = np.zeros((N, N), dtype=np.float32)
    alike[held[0], new[1]], alike[held[1], new[2]], alike[held[0], held[1]] = 0.3, 0.9, 1.0
    stranger = next(k for k in range(N) if k not in held)
    alike[stranger, new[0]] = 1.0
    told = replace(shelves(), age_days=age, alike=sparse.csr_matrix(alike))
    said = arrivals(told, state, customer)
    assert set(ranked(said)[:2]) == {new[1], new[2]}
    assert [said.reason(k) for k in new[1:]] == [NEW_LIKE] * 2
    assert (said.anchor[new[1]], said.anchor[new[2]]) == (held[0], held[1])
    assert said.reason(new[0]) in (NEW_FOR_YOU, NEW)
    assert set(ranked(said)) == set(new)


def test_of_a_long_history_the_most_telling_items_speak():
    n_items = MOST_TELLING + 40
    state = make_state(3, 2, n_items, 1.0)
    table = np.zeros((n_items, n_items), dtype=np.float32)
    np.fill_diagonal(table, 1.0)
    model = ItemKnn(sparse.csr_matrix(table), np.inf)

    scores = model.score(state.histories)

    lately = evidence(state.histories, TELLING_HALF_LIFE)
    for row in range(2):
        heard = np.flatnonzero(scores[row])
        assert heard.tolist() == np.sort(np.argsort(-lately.of(row)[1])[:MOST_TELLING]).tolist()
        weight = evidence(state.histories, np.inf).of(row)[1]
        np.testing.assert_array_equal(scores[row, heard], weight[heard])
        alone = state.histories.of(np.array([row]))
        # The second model finds the choice that the first one made.
        for one in (model, replace(model)):
            np.testing.assert_array_equal(scores[row], one.score(alone)[0])
