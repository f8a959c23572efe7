"""An item launched yesterday, that nobody bought, finds those who buy its like."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from duckdb import DuckDBPyConnection

from decisioning.item_block import ItemBlock
from decisioning.items import decide_items
from decisioning.new_items import LIKE, named_as_new
from decisioning.recommender.places.moments import NEW_LIKE, arrivals
from decisioning.recommender.state import RecommenderState
from tests.integration.support import SMALL
from tests.integration.village import DAY, END, Village
from training.recommender.fit import fit_state
from training.recommender.interactions import Interactions, load_interactions
from training.recommender.models.content import ItemText
from training.recommender.new_items import NEAREST, lent
from training.recommender.places.arrivals import fit_ages, fit_alike
from training.recommending import fit_rankers

BOX = "aisle2 > shelf5 > box5"
CUT = END - 30 * DAY


@pytest.fixture(scope="module")
def shop(plain: Callable[..., DuckDBPyConnection]) -> tuple[Interactions, np.ndarray]:
    """The village, and an item of one box launched yesterday."""
    con = plain(Village())
    con.execute("create temp table as_it_was as select * from products")
    con.execute(
        """
        create temp table products as select * from as_it_was union by name
        select 'fresh' as item_id, 'Thing fresh' as name, $box as category_path, 'Own' as brand,
               'active' as status, $end - 86400 as launched_at
        """,
        {"box": BOX, "end": END},
    )
    data = load_interactions(con, END, honour_consents=True)
    con.execute("drop table temp.products")
    con.execute("drop table temp.as_it_was")
    launched = np.full(len(data.items), np.nan)
    launched[data.items.index_of(["fresh"])] = END - DAY
    return data, launched


@pytest.fixture(scope="module")
def state(shop: tuple[Interactions, np.ndarray]) -> RecommenderState:
    return fit_state(shop[0], END, SMALL.family)


def in_box(data: Interactions, state: RecommenderState) -> np.ndarray:
    """How many items of the box each customer bought."""
    own = np.array([text.category_path == BOX for text in data.texts])
    row = np.repeat(np.arange(state.n_customers), np.diff(state.history.pointer))
    return np.bincount(row, own[state.history.item], state.n_customers)


def test_it_borrows_the_mean_of_what_is_like_it(
    shop: tuple[Interactions, np.ndarray], state: RecommenderState
) -> None:
    data = shop[0]
    fresh = int(data.items.index_of(["fresh"])[0])
    found = lent(state, data.texts)
    assert not state.items.popularity[fresh].any()
    changed = (found.items.popularity != state.items.popularity).any(axis=1)
    assert np.flatnonzero(changed).tolist() == [fresh]
    like = [k for k, text in enumerate(data.texts) if text.category_path == BOX and k != fresh]
    assert 0 < len(like) < NEAREST
    low, high = state.items.popularity.min(axis=0), state.items.popularity[like].max(axis=0)
    assert (found.items.popularity[fresh] >= low).all()
    assert (found.items.popularity[fresh] <= state.items.popularity.max(axis=0)).all()
    assert (high > 0).all()
    assert found.items.lines[fresh] == 0
    assert not found.items.popularity_at[:, fresh].any()
    known = state.histories.of(np.arange(state.n_customers))
    for name, model in found.models.items():
        before, after = state.models[name].score(known), model.score(known)
        assert not before[:, fresh].any()
        assert after[:, fresh].any(), name
        others = np.arange(state.n_items) != fresh
        np.testing.assert_allclose(after[:, others], before[:, others], rtol=1e-4, atol=1e-6)


def test_without_anything_like_it_nothing_is_borrowed(
    shop: tuple[Interactions, np.ndarray], state: RecommenderState
) -> None:
    data = shop[0]
    assert lent(state, ()) is state
    fresh = int(data.items.index_of(["fresh"])[0])
    silent = tuple(t if k != fresh else ItemText() for k, t in enumerate(data.texts))
    same = lent(state, silent)
    assert np.array_equal(same.items.popularity, state.items.popularity)
    sold = replace(state, items=replace(state.items, lines=state.items.lines + 1))
    assert lent(sold, data.texts) is sold


def test_it_reaches_the_slate_of_who_buys_its_like(
    shop: tuple[Interactions, np.ndarray], state: RecommenderState
) -> None:
    data = shop[0]
    fresh = int(data.items.index_of(["fresh"])[0])
    rankers = fit_rankers(data, {CUT: fit_state(data, CUT, SMALL.family)}, SMALL)
    known = np.flatnonzero(np.diff(state.history.pointer) > 20)
    m, n = known.size, 10

    def slates(of: RecommenderState) -> list[dict[int, str]]:
        block = ItemBlock(
            customers=known,
            personal=np.ones(m, dtype=np.bool_),
            verdicts=np.zeros((m, of.n_items), dtype=np.int16),
            locations=np.zeros(m, dtype=np.int64),
            goal="discover",
            n=n,
        )
        found = [named_as_new(d, of.items.lines, n) for d in decide_items(block, of, rankers)]
        return [{one.item: one.reason for one in decision.slate} for decision in found]

    assert not any(fresh in slate for slate in slates(state))
    reached = [slate.get(fresh) for slate in slates(lent(state, data.texts))]
    assert set(reached) == {None, LIKE}
    bought = in_box(data, state)[known]
    found = np.array([reason is not None for reason in reached])
    assert bought[found].mean() > 1.2 * bought[~found].mean()


def test_it_is_a_new_arrival_for_who_buys_its_like(
    shop: tuple[Interactions, np.ndarray], state: RecommenderState
) -> None:
    data, launched = shop
    fresh = int(data.items.index_of(["fresh"])[0])
    age = fit_ages(data, launched, END)
    alike = fit_alike(data, age)
    assert np.unique(alike.indices).tolist() == [fresh]
    assert not fit_alike(replace(data, texts=()), age).nnz

    class Shelves:
        age_days = age

    Shelves.alike = alike  # type: ignore[attr-defined]
    bought = in_box(data, state)
    customer = int(np.argmax(bought))
    said = arrivals(Shelves, state, customer)  # type: ignore[arg-type]
    assert said.reason(fresh) == NEW_LIKE
    assert data.texts[int(said.anchor[fresh])].category_path == BOX
    near = set(alike[:, fresh].nonzero()[0].tolist())
    stranger = next(
        int(k) for k in range(state.n_customers)
        if near.isdisjoint(state.histories.of(np.array([k])).item.tolist())
    )  # fmt: skip
    assert arrivals(Shelves, state, stranger).reason(fresh) != NEW_LIKE  # type: ignore[arg-type]
