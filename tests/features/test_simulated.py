"""The simulation: deterministic, in the period of the data, and with the rules it promises."""

from collections.abc import Callable, Iterator, Mapping

import duckdb
import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.door import check_table, prepare
from features.schemas import TABLES
from features.sources.base import Source
from features.sources.simulated.consents import RATES
from features.sources.simulated.source import Simulated

DAY = 86_400
START = 1_600_000_000
MADE = (
    "identifiers", "events", "stock_levels", "consents", "feedback", "feedback_requests",
    "service_contacts", "social_mentions", "third_party",
)  # fmt: skip
TIMES = {
    "identifiers": ["observed_at"],
    "events": ["occurred_at"],
    "stock_levels": ["as_of"],
    "consents": ["recorded_at"],
    "feedback": ["answered_at"],
    "feedback_requests": ["asked_at"],
    "service_contacts": ["opened_at", "closed_at"],
    "social_mentions": ["posted_at"],
    "third_party": ["obtained_at"],
}


def add_purchases(con: DuckDBPyConnection) -> None:
    """600 customers, 60 items, 3 shops, 15,000 orders of two lines in a year."""
    rng = np.random.default_rng(3)
    orders = np.repeat(np.arange(15_000), 2)
    lines = pd.DataFrame(
        {
            "order_id": [f"o{k:05d}" for k in orders],
            "line_no": np.tile([1, 2], 15_000),
            "customer_id": [f"c{k:03d}" for k in rng.integers(0, 600, 15_000)[orders]],
            "item_id": [f"i{k:02d}" for k in rng.integers(0, 60, 30_000)],
            "purchased_at": START + rng.integers(0, 365 * DAY, 15_000)[orders],
            "location_id": [f"s{k}" for k in rng.integers(0, 3, 15_000)[orders]],
        }
    )
    con.register("lines", lines)
    con.execute(
        "insert into main.transactions by name select *, 1 as quantity, 100 as amount,"
        " 0 as discount, 'shop' as channel, 'test' as source from lines"
    )
    con.execute(
        "insert into main.products by name select distinct item_id, 'item ' || item_id as name,"
        " 'active' as status, 'test' as source from lines"
    )
    con.unregister("lines")


def simulate(seed: int) -> DuckDBPyConnection:
    con = duckdb.connect()
    prepare(con)
    add_purchases(con)
    Simulated(seed).load(con)
    return con


@pytest.fixture(scope="module")
def con() -> Iterator[DuckDBPyConnection]:
    con = simulate(2017)
    end = con.sql("select max(purchased_at) from main.transactions").fetchall()[0][0]
    for name in MADE:
        table = TABLES[name]
        report = check_table(con, table, source="simulated", as_known_at=end, max_bad=0)
        assert report.quarantined == 0
    yield con
    con.close()


def frames(con: DuckDBPyConnection, schema: str) -> Mapping[str, pd.DataFrame]:
    return {name: con.sql(f"from {schema}.{name} order by all").df() for name in MADE}


def test_it_is_a_source():
    assert isinstance(Simulated(), Source)
    assert Simulated(1).fingerprint() == Simulated(1).fingerprint()
    assert Simulated(1).fingerprint() != Simulated(2).fingerprint()


def test_the_same_seed_gives_the_same_rows(con: DuckDBPyConnection):
    again = frames(simulate(2017), "raw")
    for name, frame in frames(con, "raw").items():
        pd.testing.assert_frame_equal(frame, again[name])


def test_another_seed_gives_other_rows(con: DuckDBPyConnection):
    other = frames(simulate(1), "raw")
    assert not any(frame.equals(other[name]) for name, frame in frames(con, "raw").items())


@pytest.mark.parametrize("name", MADE)
def test_every_row_says_so_and_lies_in_the_period(con: DuckDBPyConnection, name: str):
    assert con.sql(f"select distinct source from {name}").fetchall() == [("simulated",)]
    low, high = con.sql("select min(purchased_at), max(purchased_at) from transactions").fetchall()[
        0
    ]
    earliest = low - DAY if name == "consents" else low
    for column in TIMES[name]:
        first, last = con.sql(f"select min({column}), max({column}) from {name}").fetchall()[0]
        assert earliest <= first <= last <= high


def test_browsing_precedes_buying(con: DuckDBPyConnection):
    """An item viewed by a linked visitor is bought far more often after the view than before."""
    after, before = con.sql(
        """select
            count(*) filter (where t.purchased_at between e.occurred_at and e.occurred_at + 432000),
            count(*) filter (where t.purchased_at between e.occurred_at - 432000 and e.occurred_at)
        from events e
        join identifiers i on i.value = e.visitor_id
        join transactions t on t.customer_id = i.customer_id and t.item_id = e.item_id
        where e.event_type = 'product_view'"""
    ).fetchall()[0]
    assert after > 5 * before > 0


def test_some_visitors_are_never_linked(con: DuckDBPyConnection):
    linked, all_ = con.sql(
        "select count(distinct i.value), count(distinct visitor_id)"
        " from events left join identifiers i on i.value = visitor_id"
    ).fetchall()[0]
    assert 0.2 * all_ < linked < 0.8 * all_


def test_carts_are_kept_and_abandoned(con: DuckDBPyConnection):
    """Some carts of linked visitors are followed by a purchase of the item, some are not."""
    share = con.sql(
        """select avg(case when exists (
                select 1 from transactions t where t.customer_id = i.customer_id
                and t.item_id = e.item_id and t.purchased_at > e.occurred_at
                and t.purchased_at < e.occurred_at + 604800) then 1.0 else 0.0 end)
        from events e join identifiers i on i.value = e.visitor_id
        where e.event_type = 'add_to_cart'"""
    ).fetchall()[0][0]
    assert 0.1 < share < 0.9


def test_shelves_never_contradict_receipts(con: DuckDBPyConnection):
    sold_while_out = con.sql(
        """with s as (select *, lead(as_of) over (
                partition by item_id, location_id order by as_of) as next_at from stock_levels)
        select count(*) from transactions t join s using (item_id, location_id)
        where s.status <> 'in_stock' and t.purchased_at >= s.as_of
            and (next_at is null or t.purchased_at < next_at)"""
    ).fetchall()
    assert sold_while_out == [(0,)]


def test_last_stock_levels(con: DuckDBPyConnection):
    con.sql(
        "select * from stock_levels qualify row_number() over ("
        " partition by item_id, location_id order by as_of desc) = 1"
    ).create_view("last_levels", replace=True)
    pairs, online = con.sql(
        "select count(*), count(*) filter (where location_id = 'online') from last_levels"
    ).fetchall()[0]
    assert (pairs, online) == (240, 60)
    assert con.sql("select distinct status from stock_levels where quantity = 0").fetchall()


def test_satisfaction_is_lower_after_stock_outs(con: DuckDBPyConnection):
    """Answers within 60 days of a stock-out met by a linked visitor, against the others."""
    after, others = con.sql(
        """with s as (select *, lead(as_of) over (
                partition by item_id, location_id order by as_of) as next_at from stock_levels
            where location_id = 'online'),
        met as (select i.customer_id, e.occurred_at from events e
            join identifiers i on i.value = e.visitor_id
            join s on s.item_id = e.item_id and s.status <> 'in_stock'
                and e.occurred_at >= s.as_of and (next_at is null or e.occurred_at < next_at)),
        marked as (select (score - 1) / 4e0 as level, exists (
                select 1 from met where met.customer_id = f.customer_id
                and met.occurred_at between f.answered_at - 5184000 and f.answered_at) as after
            from feedback f where metric in ('csat', 'stars'))
        select avg(level) filter (where after), avg(level) filter (where not after) from marked"""
    ).fetchall()[0]
    assert after < others - 0.05


def test_consents_differ_by_channel_and_some_are_unknown(con: DuckDBPyConnection):
    first = con.sql(
        "select purpose, channel, avg(case when status = 'granted' then 1.0 else 0.0 end)"
        " from consents where status <> 'withdrawn' group by all"
    ).fetchall()
    rates = {(purpose, channel): rate for purpose, channel, rate in first}
    for purpose, channel, share in RATES:
        assert rates[purpose, channel] == pytest.approx(share, abs=0.06)
    known = con.sql("select count(distinct customer_id) from consents").fetchall()[0][0]
    assert 0.92 * 600 < known < 0.99 * 600
    withdrawn = con.sql("select count(*) from consents where status = 'withdrawn'").fetchall()
    assert withdrawn[0][0] > 20


def test_most_consents_come_before_the_first_purchase(con: DuckDBPyConnection):
    early = con.sql(
        """select avg(case when recorded_at < first_at then 1.0 else 0.0 end)
        from (select customer_id, min(recorded_at) as recorded_at from consents group by 1)
        join (select customer_id, min(purchased_at) as first_at from transactions group by 1)
            using (customer_id)"""
    ).fetchall()[0][0]
    assert 0.8 < early < 1


@pytest.mark.parametrize("metric", ["nps", "csat", "ces", "stars"])
def test_every_metric_is_answered(con: DuckDBPyConnection, metric: str):
    rows = con.execute("select count(*) from feedback where metric = ?", [metric]).fetchall()
    assert rows[0][0] > 20


def test_a_tiny_shop_is_enough(
    opened: Callable[[Mapping[str, pd.DataFrame]], DuckDBPyConnection],
    shop: Mapping[str, pd.DataFrame],
):
    con = opened({name: shop[name] for name in ("products", "transactions")})
    Simulated().load(con)
    assert con.sql("from raw.consents").fetchall()
