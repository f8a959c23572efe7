"""A purchase told now is in the histories, counts and features of the next block."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.recommender.candidates import find_candidates
from decisioning.recommender.live import Posted, overlay
from decisioning.recommender.pairs import pair_features
from decisioning.recommender.state import NEVER, RecommenderState
from tests.decisioning.support import make_state, quick, same

SEEDS = st.integers(0, 10_000)
N_ITEMS = 30


def posted(*purchases: tuple[int, int, int]) -> Posted:
    """Of (row, item, order)."""
    table = np.array(purchases, dtype=np.int64).reshape(-1, 3)
    return Posted(table[:, 0], table[:, 1], table[:, 2])


def drawn(seed: int, m: int, size: int) -> Posted:
    rng = np.random.default_rng([seed, 5])
    return Posted(
        rng.integers(0, m, size), rng.integers(0, N_ITEMS, size), rng.integers(0, 3, size)
    )


def pairs_of(state: RecommenderState, row: int) -> dict[int, dict[str, float]]:
    held = state.history
    part = range(held.pointer[row], held.pointer[row + 1])
    names = ("orders", "last_days", "first_days", "strength")
    return {int(held.item[k]): {n: float(getattr(held, n)[k]) for n in names} for k in part}


@quick
@given(SEEDS, st.lists(st.integers(-1, 4), min_size=1, max_size=6))
def test_without_purchases_a_block_is_the_customers_themselves(seed, customers):
    state = make_state(seed, 5, N_ITEMS, 0.2)
    block = overlay(state, np.array(customers), posted())
    known = np.array([c for c in customers if c >= 0], dtype=np.int64)
    rows = np.flatnonzero(np.array(customers) >= 0)
    assert same(block.histories.of(rows), state.histories.of(known))
    own, other = _every_pair(state, known), _every_pair(block, rows)
    for mine, theirs in zip(own, other, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    unknown = np.flatnonzero(np.array(customers) < 0)
    assert (np.diff(block.history.pointer)[unknown] == 0).all()
    assert not block.customers.visits[unknown].any()


def _every_pair(state: RecommenderState, customers):
    allowed = np.ones((1, state.n_items), dtype=np.bool_)
    found = find_candidates(state, customers, allowed)
    return found.row, found.item, pair_features(state, found)


@quick
@given(SEEDS, st.integers(1, 5), st.integers(0, 25))
def test_counts_are_those_of_both(seed, m, size):
    state = make_state(seed, 4, N_ITEMS, 0.3)
    customers = np.random.default_rng(seed).integers(-1, 4, m)
    new = drawn(seed, m, size)
    block = overlay(state, customers, new)
    told = set(zip(new.row.tolist(), new.item.tolist(), new.order.tolist(), strict=True))
    for row, customer in enumerate(customers.tolist()):
        before = pairs_of(state, customer) if customer >= 0 else {}
        after = pairs_of(block, row)
        bought = [item for r, item, _ in told if r == row]
        assert list(after) == sorted({*before, *bought})
        for item, pair in after.items():
            count = bought.count(item)
            old = before.get(item, {"orders": 0, "first_days": 0, "last_days": 0})
            assert pair["orders"] == old["orders"] + count
            assert pair["first_days"] == old["first_days"]
            assert pair["last_days"] == (0 if count else old["last_days"])
            assert count or pair == old
        orders = len({order for r, _, order in told if r == row})
        visits = state.customers.visits[customer] if customer >= 0 else np.float32(0)
        assert block.customers.visits[row] == visits + np.float32(orders)


@quick
@given(SEEDS, st.integers(1, 5), st.integers(0, 25))
def test_a_row_does_not_depend_on_its_neighbours(seed, m, size):
    state = make_state(seed, 4, N_ITEMS, 0.3)
    customers = np.random.default_rng(seed).integers(-1, 4, m)
    new = drawn(seed, m, size)
    block = overlay(state, customers, new)
    for row in range(m):
        mine = new.of(new.row == row)
        alone = overlay(
            state, customers[row : row + 1], Posted(mine.row * 0, mine.item, mine.order)
        )
        assert same(alone.histories, block.histories.of(np.array([row])))
        if alone.history.item.size == 0:
            continue  # the funnel asks for the features of nobody without a history
        one, many = _every_pair(alone, np.array([0])), _every_pair(block, np.array([row]))
        for mine_, theirs in zip(one, many, strict=True):
            np.testing.assert_array_equal(mine_, theirs)


def test_the_last_order_is_the_newest_basket():
    state = make_state(3, 2, N_ITEMS, 0.2)
    block = overlay(state, np.array([1, -1]), posted((0, 7, 1), (0, 5, 0), (1, 9, 0), (0, 7, 1)))
    held = state.histories.of(np.array([1]))
    mine = block.histories.of(np.array([0]))
    assert mine.item.tolist() == [*held.item.tolist(), 5, 7]
    assert mine.age[-2:].tolist() == [0, 0]
    last = int(held.basket.max())
    assert mine.basket[-2:].tolist() == [last + 1, last + 2]
    assert mine.weight.dtype == mine.age.dtype == np.float32
    newcomer = block.histories.of(np.array([1]))
    assert (newcomer.item.tolist(), newcomer.basket.tolist()) == ([9], [0])


def test_what_cannot_be_told_of_an_item_is_left_out():
    state = make_state(3, 2, N_ITEMS, 0.2)
    state.items.lines[4] = 0
    block = overlay(state, np.array([-1]), posted((0, 4, 0)))
    assert block.history.item.size == block.histories.item.size == 0


def test_types_and_categories_follow():
    state = make_state(1, 3, N_ITEMS, 0.2)
    items, held = state.items, state.affinity
    block = overlay(state, np.array([2, -1]), posted((0, 3, 0), (0, 4, 0), (1, 3, 0)))
    kind = int(items.type_code[3])
    old = dict(zip(held.type_key.tolist(), held.type_decayed.tolist(), strict=True))
    new = dict(zip(block.affinity.type_key.tolist(), block.affinity.type_decayed, strict=True))
    added = 1 + (items.type_code[4] == kind)
    assert new[kind] == pytest.approx(old.get(2 * held.n_types + kind, 0) + added)
    days = dict(zip(block.affinity.type_key.tolist(), block.affinity.type_days, strict=True))
    assert days[kind] == 0
    assert all(d < NEVER for d in days.values())
    rows = block.affinity.category_key // held.n_categories
    stranger = block.affinity.category_share[rows == 1]
    assert stranger.tolist() == [1.0]


def test_category_shares_stay_shares():
    """A state whose shares are of its own types' purchases, as the fit makes it."""
    state = make_state(1, 1, N_ITEMS, 0.5)
    held = state.affinity
    total = float(held.type_decayed.sum())
    held.category_share[:] = 1 / held.category_share.size
    block = overlay(state, np.array([0]), posted((0, 3, 0), (0, 4, 0)))
    shares = block.affinity.category_share
    assert shares.sum() == pytest.approx(1)
    category = int(state.items.category_code[3])
    before = float(held.category_share[held.category_key == category].sum())
    count = 1 + (state.items.category_code[4] == category)
    expected = (before * total + count) / (total + 2)
    assert shares[block.affinity.category_key == category].tolist() == [pytest.approx(expected)]


def test_repeat_share_and_mass_count_what_was_told():
    state = make_state(2, 2, N_ITEMS, 0.1)
    mine = pairs_of(state, 0)
    item = next(iter(mine))
    block = overlay(state, np.array([0, 1]), posted((0, item, 0), (0, item, 1)))
    twice = sum(p["orders"] >= 2 for p in pairs_of(block, 0).values())
    assert block.customers.repeat_share[0] == pytest.approx(twice / len(mine))
    assert block.customers.repeat_share[1] == state.customers.repeat_share[1]
    assert block.customers.mass[0] == state.customers.mass[0] + np.float32(2)
    assert block.customers.mass[1] == state.customers.mass[1]
