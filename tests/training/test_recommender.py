"""The recommender's pieces against brute force, on villages small enough to see through."""

from collections.abc import Callable

import numpy as np
import pytest
from duckdb import DuckDBPyConnection

from decisioning.recommender.pairs import ORDERS, PAIR_FEATURES
from decisioning.recommender.pairs.newcomers import NEWCOMERS
from features.ids import IdMap
from tests.integration.support import SMALL
from tests.integration.village import DAY, END, START, Village
from training.recommender.fit import fit_state
from training.recommender.interactions import MIN_LINES, Interactions, load_interactions
from training.recommender.measure import measure_slates, relevance
from training.recommender.ranker import (
    RankerConfig,
    RankingRows,
    TreesConfig,
    bought_pairs,
    fit_ranker,
    labelled_rows,
)

NOON = 1_600_000_000
CUT = END - 60 * DAY


def toy(rows: list[tuple[int, int, int]], n_customers: int, n_items: int) -> Interactions:
    """Interactions from (customer, item, day); every line an order of its own, in one shop."""
    customer, item, day = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return Interactions(
        customer=customer,
        item=item,
        order=np.arange(len(rows)),
        location=np.ones(len(rows), dtype=np.int64),
        at=NOON + day * DAY,
        type_code=np.arange(n_items) % 2,
        category_code=np.zeros(n_items, dtype=np.int64),
        customers=IdMap([f"c{k}" for k in range(n_customers)]),
        items=IdMap([f"i{k}" for k in range(n_items)]),
        locations=IdMap(["", "s"]),
        trains=np.ones(n_customers, dtype=np.bool_),
    )


def test_relevance_by_hand() -> None:
    """Item 0 bought again, item 1 bought first after the cut, item 2 unknown before it."""
    before = [(0, 0, d) for d in range(5)] + [(1, 1, d) for d in range(5)] + [(2, 0, 1)]
    after = [(0, 0, 12), (0, 0, 13), (0, 1, 12), (0, 2, 12), (1, 1, 12), (2, 0, 30), (3, 0, 12)]
    data = toy(before + after, n_customers=4, n_items=3)
    cut, end = NOON + 10 * DAY, NOON + 20 * DAY
    state = fit_state(data, cut, SMALL.family)
    found = relevance(data, state, cut, end)
    # Keys customer * 3 + item. Customer 3 was unknown; customer 2 came back after the window.
    assert found.pairs["any"].tolist() == [0, 1, 4]
    assert found.pairs["discover"].tolist() == [1]
    assert found.pairs["replenish"].tolist() == [0, 4]
    assert found.customers("any").tolist() == [0, 1]
    assert found.customers("discover").tolist() == [0]

    def slates(customers: np.ndarray, goal: str) -> np.ndarray:
        del goal
        filled = np.full((customers.size, 10), -1)
        filled[:, :2] = [1, 0]
        return filled

    values = measure_slates(slates, found, "any")
    ideal_of_two = 1 + 1 / np.log2(3)
    np.testing.assert_allclose(values, [ideal_of_two / ideal_of_two, 1.0])
    replenish = measure_slates(slates, found, "replenish")
    np.testing.assert_allclose(replenish, [1 / np.log2(3), 1.0])
    assert measure_slates(slates, relevance(data, state, end + 99 * DAY, end), "any").size == 0


def test_the_state_of_a_toy_by_hand() -> None:
    rows = [(0, 0, 0), (0, 0, 6), (0, 0, 8), (1, 0, 7), (1, 1, 7), (0, 1, 1), (1, 1, 2), (1, 1, 3)]
    rows += [(0, 0, 9), (0, 1, 9), (0, 2, 9), (0, 0, 10), (1, 0, 11)]
    data = toy(rows, n_customers=2, n_items=3)
    state = fit_state(data, NOON + 10 * DAY, SMALL.family)
    # Item 2 was sold once: too little to say anything of it.
    assert state.items.lines.tolist() == [5, 5, 0]
    assert state.history.pointer.tolist() == [0, 2, 4]
    assert state.history.item.tolist() == [0, 1, 0, 1]
    assert state.history.orders.tolist() == [4, 2, 1, 3]
    assert state.history.last_days.tolist() == [1, 1, 3, 3]
    assert state.history.first_days.tolist() == [10, 9, 3, 8]
    decayed = sum(0.5 ** (age / 10) for age in (10, 4, 2, 1))
    assert state.history.decayed[0, 0] == pytest.approx(decayed)
    assert state.customers.repeat_share.tolist() == [1.0, 0.5]
    # One by one: what customer 0 bought on days 0, 1, 6, 8, 9 (two items in two orders).
    assert state.histories.pointer.tolist() == [0, 6, 10]
    assert state.histories.item.tolist() == [0, 1, 0, 0, 0, 1, 1, 1, 0, 1]
    assert state.histories.age.tolist() == [10, 9, 4, 2, 1, 1, 8, 7, 3, 3]
    assert state.histories.basket.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3]
    assert state.histories.weight.tolist() == [1] * 10
    assert MIN_LINES == 5


@pytest.fixture(scope="module")
def interactions(plain: Callable[..., DuckDBPyConnection]) -> Interactions:
    return load_interactions(plain(Village()), CUT, honour_consents=True)


def test_history_is_what_a_group_by_says(
    interactions: Interactions, plain: Callable[..., DuckDBPyConnection]
) -> None:
    state = fit_state(interactions, CUT, SMALL.family)
    rows = (
        plain(Village())
        .execute(
            """
            with sold as (
              select item_id from transactions where amount > 0 and purchased_at < $cut
              group by item_id having count(*) >= 5)
            select customer_id, item_id, count(distinct order_id),
                   ($cut - max(purchased_at)) / 86400.0
            from transactions semi join sold using (item_id)
            where amount > 0 and purchased_at < $cut group by all order by all
            """,
            {"cut": CUT},
        )
        .fetchall()
    )
    owner = np.repeat(np.arange(state.n_customers), np.diff(state.history.pointer))
    held = [
        (interactions.customers.ids[c], interactions.items.ids[i], int(n), float(d))
        for c, i, n, d in zip(
            owner,
            state.history.item,
            state.history.orders,
            state.history.last_days,
            strict=True,
        )
    ]
    assert len(held) == len(rows)
    for mine, theirs in zip(held, rows, strict=True):
        assert mine[:3] == theirs[:3]
        assert mine[3] == pytest.approx(theirs[3], rel=1e-5)


def test_labels_of_the_ranker_are_the_purchases_of_the_window(interactions: Interactions) -> None:
    state = fit_state(interactions, CUT, SMALL.family)
    config = RankerConfig(negatives=1.0, threads=1)
    rows = labelled_rows(interactions, [(CUT, state)], config)
    bought = bought_pairs(interactions, state, CUT, CUT + 30 * DAY)
    # Every label is one pair that was a candidate; none is counted twice.
    assert 0 < rows.label.sum() <= bought.size
    assert set(np.unique(rows.label)) == {0.0, 1.0}
    fewer = labelled_rows(interactions, [(CUT, state)], RankerConfig(negatives=0.2, threads=1))
    assert fewer.label.sum() == rows.label.sum()
    assert fewer.label.size < rows.label.size
    assert not np.isnan(rows.features).any()


def test_a_ranker_says_nothing_of_what_it_is_not_told() -> None:
    """Newcomers decide the label here: the ranker of one goal hears of them, the other does not."""
    rng = np.random.default_rng(3)
    features = rng.random((400, len(PAIR_FEATURES))).astype(np.float32)
    features[:, ORDERS] = 0.0  # so that every row serves both goals
    told = PAIR_FEATURES.index(NEWCOMERS.features[0])
    label = (features[:, told] > 0.5).astype(np.float32)
    before = features.copy()
    config = RankerConfig(min_leaf=5, threads=1, discover=TreesConfig(min_leaf=5))
    swapped = features.copy()
    swapped[:, told] = 1.0 - features[:, told]
    nobody = np.zeros(400, dtype=np.int64)
    rows = RankingRows(features, label, nobody, nobody)
    of_any, of_discover = (fit_ranker(rows, goal, config) for goal in ("any", "discover"))
    assert (of_any(swapped) == of_any(features)).all()
    assert np.unique(of_any(features)).size > 1
    best = np.argsort(-of_discover(features))[: int(label.sum())]
    assert label[best].mean() > 0.9
    assert (rows.features == before).all()


def test_places_with_enough_customers_have_a_row(interactions: Interactions) -> None:
    state = fit_state(interactions, CUT, SMALL.family)
    names = interactions.locations.ids[state.items.places]
    assert names.tolist() == ["", "s0", "s1", "s2", "s3"]
    homes = interactions.locations.ids[state.customers.home]
    for customer, home in zip(interactions.customers.ids, homes, strict=True):
        if customer.startswith("c"):
            assert home in {f"s{int(customer[1:]) % 4}", ""}
    assert START < CUT


def test_what_was_launched_of_late_has_an_index_and_no_statistics(
    plain: Callable[..., DuckDBPyConnection],
) -> None:
    con = plain(Village())
    known = load_interactions(con, CUT, honour_consents=True).items.ids
    sold = con.execute("select item_id from products order by item_id limit 1").fetchall()[0][0]
    con.execute("create temp table as_it_was as select * from products")
    try:
        con.execute(
            """
            create temp table products as
            select * replace (case when item_id = $sold then $cut - 86400 end as launched_at)
            from as_it_was union by name
            select unnest(['fresh', 'old', 'to come', 'withdrawn']) as item_id,
                   unnest([$cut - 90 * 86400, $cut - 91 * 86400, $cut, $cut - 86400])
                     as launched_at,
                   unnest(['active', 'active', 'active', 'discontinued']) as status
            """,
            {"cut": CUT, "sold": sold},
        )
        found = load_interactions(con, CUT, honour_consents=True)
    finally:
        con.execute("drop table if exists temp.products")
        con.execute("drop table temp.as_it_was")
    assert sold in known
    assert list(found.items.ids) == sorted([*known, "fresh"])
    state = fit_state(found, CUT, SMALL.family)
    fresh = int(found.items.index_of(["fresh"])[0])
    assert np.flatnonzero(state.items.lines == 0).tolist() == [fresh]
    assert not state.items.popularity_at[:, fresh].any()
