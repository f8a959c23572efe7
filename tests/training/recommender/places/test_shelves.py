"""Complements, trends and ages from purchases made up so that the answer is known."""

from dataclasses import replace

import duckdb
import numpy as np
import pytest
from scipy import sparse

from bundle.arrays import load_arrays, save_arrays
from decisioning.policy import DAY
from decisioning.recommender.places.segments import Segments
from decisioning.recommender.places.shelves import Shelves
from features.ids import IdMap
from training.recommender.interactions import Interactions
from training.recommender.places.arrivals import fit_ages, load_launches
from training.recommender.places.complements import ComplementsConfig, fit_complements
from training.recommender.places.fit import ShelvesConfig, fit_shelves
from training.recommender.places.trending import TrendingConfig, fit_trending

NOW = 1000 * DAY
N_ITEMS = 8
PASTA, SAUCE, CHEESE, MILK, BREAD, GRATER, SOAP, LATE = range(N_ITEMS)
SEGMENTS = Segments(
    np.array([""]),
    np.array([-1]),
    np.array([40.0], dtype=np.float32),
    sparse.csr_matrix(np.arange(8, dtype=np.float32)[None, :]),
    np.zeros((40, 2), dtype=np.int64),
)


def lines(rows, *, types=range(N_ITEMS), trains=None) -> Interactions:
    """Of (customer, order, item, days before NOW, location)."""
    rows = sorted(rows, key=lambda row: -row[3])
    customer, order, item, age, location = (list(part) for part in zip(*rows, strict=True))
    n = max(customer) + 1
    return Interactions(
        customer=np.array(customer),
        item=np.array(item),
        order=np.array(order),
        location=np.array(location),
        at=np.array([NOW - int(a * DAY) for a in age]),
        type_code=np.array(list(types)),
        category_code=np.zeros(N_ITEMS, dtype=np.int64),
        customers=IdMap(f"c{k}" for k in range(n)),
        items=IdMap(f"i{k}" for k in range(N_ITEMS)),
        locations=IdMap(["", "l1", "l2"]),
        trains=np.ones(n, dtype=np.bool_) if trains is None else np.array(trains),
    )


def basket(customer, order, items, age, location=1):
    return [(customer, order, item, age, location) for item in items]


def kitchen() -> list[tuple[int, ...]]:
    """Pasta goes with sauce; milk is in every basket; a grater follows cheese two days later."""
    rows = []
    for k in range(40):
        rows += basket(k, 3 * k, [PASTA, SAUCE, MILK] if k % 2 else [BREAD, MILK], 30)
        if k % 4 == 0:
            rows += basket(k, 3 * k + 1, [CHEESE, MILK], 20)
            rows += basket(k, 3 * k + 2, [GRATER, MILK], 18)
    return rows


def best(table, item):
    row = table[item].toarray()[0]
    return [int(k) for k in np.argsort(-row, kind="stable") if row[k] > 0]


def test_what_goes_together_leads_and_what_is_everywhere_does_not():
    table = fit_complements(lines(kitchen()), NOW, ComplementsConfig())
    assert best(table, PASTA)[0] == SAUCE
    assert best(table, SAUCE)[0] == PASTA
    assert table[PASTA, MILK] == 0


def test_what_comes_after_counts_forwards_only():
    table = fit_complements(lines(kitchen()), NOW, ComplementsConfig())
    assert best(table, CHEESE)[0] == GRATER
    assert table[GRATER, CHEESE] == 0
    never = fit_complements(lines(kitchen()), NOW, ComplementsConfig(after_days=1))
    assert never[CHEESE, GRATER] == 0


def test_one_of_a_type_stands_in_for_another_and_is_no_complement():
    same = [0, 0, *range(1, N_ITEMS - 1)]
    table = fit_complements(lines(kitchen(), types=same), NOW, ComplementsConfig())
    assert table[PASTA, SAUCE] == 0
    one_type = fit_complements(lines(kitchen(), types=[0] * N_ITEMS), NOW, ComplementsConfig())
    assert one_type[PASTA, SAUCE] > 0, "where no type is told, nothing is ruled out"


@pytest.mark.parametrize("block", [1, 3, 256])
def test_blocks_change_nothing_and_the_rows_are_cut(block):
    data = lines(kitchen())
    table = fit_complements(data, NOW, ComplementsConfig())
    other = fit_complements(data, NOW, ComplementsConfig(block=block))
    np.testing.assert_array_equal(table.toarray(), other.toarray())
    assert table.dtype == np.float32
    assert (table.data > 0).all()
    assert not table.diagonal().any()
    short = fit_complements(data, NOW, ComplementsConfig(kept=1))
    assert np.diff(short.indptr).max() == 1
    assert best(short, PASTA) == [SAUCE]


def test_later_orders_large_orders_and_refusers_teach_nothing():
    rows = kitchen()
    told = fit_complements(lines(rows), NOW, ComplementsConfig()).toarray()
    later = rows + basket(0, 500, [PASTA, SOAP], 0) + basket(1, 501, [PASTA, SOAP], -3)
    large = rows + basket(2, 502, range(N_ITEMS - 1), 25)
    refuser = rows + basket(40, 503, [PASTA, SOAP], 10)
    config = ComplementsConfig(largest_order=4)
    assert (fit_complements(lines(later), NOW, config).toarray() == told).all()
    # Only what is expected moves, by one customer's order taken out of the next ones.
    assert fit_complements(lines(large), NOW, config)[PASTA, SOAP] == 0
    trains = [True] * 40 + [False]
    assert (fit_complements(lines(refuser, trains=trains), NOW, config).toarray() == told).all()


def steady(days) -> list[tuple[int, ...]]:
    """Ten customers buy milk and bread every four days, five at each shop."""
    return [
        row
        for age in days
        for c in range(10)
        for row in basket(c, 100 * int(age) + c, [MILK, BREAD], age, 1 + c % 2)
    ]


def test_a_rise_is_a_trend_where_it_happens_and_a_steady_seller_is_none():
    rows = steady(range(2, 70, 4))
    rows += [row for c in range(0, 10, 2) for row in basket(c, 9000 + c, [SAUCE], 5, 1)]
    trend = fit_trending(lines(rows), np.array([0, 1, 2]), NOW, TrendingConfig())
    assert trend.shape == (3, N_ITEMS)
    assert trend.dtype == np.float32
    assert trend[1, SAUCE] >= trend[0, SAUCE] > 0 == trend[2, SAUCE]
    assert trend[:, [MILK, BREAD]].max() < trend[1, SAUCE] / 4
    assert trend[:, SOAP].max() == 0


def test_without_any_past_nothing_trends():
    trend = fit_trending(lines(steady([-1, -2])), np.array([0, 1]), NOW, TrendingConfig())
    assert not trend.any()


def test_a_larger_prior_is_more_cautious():
    rows = [*steady(range(2, 70, 4)), *basket(0, 9000, [SAUCE], 5)]
    free, careful = (
        fit_trending(lines(rows), np.array([0]), NOW, TrendingConfig(prior=p)) for p in (0.1, 10)
    )
    assert free[0, SAUCE] > careful[0, SAUCE] > 0


def test_ages_by_the_catalogue_and_else_by_the_first_sale():
    rows = basket(0, 0, [MILK, BREAD], 400) + basket(0, 1, [SAUCE], 311)
    rows += basket(0, 2, [PASTA], 40) + basket(0, 3, [SOAP], -5)
    launched = np.full(N_ITEMS, np.nan)
    launched[BREAD], launched[CHEESE], launched[LATE] = NOW - 7 * DAY, NOW - 3 * DAY, NOW + DAY
    ages = fit_ages(lines(rows), launched, NOW)
    assert ages[[BREAD, CHEESE, PASTA]].tolist() == [7, 3, 40]
    # In the data's first weeks, not sold yet, to come: not known.
    assert np.isnan(ages[[MILK, SAUCE, SOAP, LATE]]).all()
    assert np.isnan(fit_ages(lines(rows), np.full(N_ITEMS, np.nan), NOW - 500 * DAY)).all()


def test_launches_are_read_by_item():
    con = duckdb.connect()
    con.execute("create table products (item_id text, launched_at bigint)")
    con.execute("insert into products values ('i1', 50), ('i0', null), ('unsold', 9)")
    launched = load_launches(con, IdMap(["i0", "i1"]))
    assert np.isnan(launched[0])
    assert launched[1] == 50


def test_all_tables_together_survive_the_disk(tmp_path):
    data = lines(kitchen())
    launched = np.full(N_ITEMS, np.nan)
    shelves = fit_shelves(data, np.array([0, 1]), launched, SEGMENTS, NOW, ShelvesConfig())
    save_arrays(tmp_path / "shelves.npz", shelves)
    read = load_arrays(tmp_path / "shelves.npz", Shelves)
    assert (read.complements != shelves.complements).nnz == 0
    np.testing.assert_array_equal(read.trending, shelves.trending)
    np.testing.assert_array_equal(read.age_days, shelves.age_days)
    assert read.segments.names.tolist() == [""]
    np.testing.assert_array_equal(read.segments.counts(0), np.arange(8))
    hidden = replace(data, at=np.where(np.arange(data.at.size) % 2, data.at, NOW + 5))
    again = fit_shelves(hidden, np.array([0, 1]), launched, SEGMENTS, NOW, ShelvesConfig())
    assert again.complements.nnz < shelves.complements.nnz
