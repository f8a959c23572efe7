"""From canonical tables to the online store: all of it, once, and again where it is needed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.tables import open_tables
from serving.publish import REFRESH_S, publish
from serving.stores import Stores, open_stores
from serving.stores.ports import ConsentRow, LinkRow, PersonRow, StockRow
from tests.integration.support import Trained
from tests.integration.village import NOW

ALL = {"consents", "identifiers", "stock_levels"}


@pytest.fixture
def tables(village: Trained, tmp_path: Path) -> Path:
    """The village's tables in a home where nothing was published yet."""
    return Path(shutil.copytree(village.settings.tables, tmp_path / "home" / "tables"))


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Stores]:
    stores = open_stores(f"sqlite:///{tmp_path / 'store.db'}")
    yield stores
    stores.close()


def test_the_store_holds_what_the_tables_say(tables: Path, empty: Stores) -> None:
    sent = publish(tables, empty, NOW)
    assert set(sent) == ALL
    con = open_tables(tables)
    levels = con.execute(
        "select item_id, location_id, arg_max(quantity, as_of), arg_max(status, as_of) "
        "from stock_levels group by all order by all"
    ).fetchall()
    held = sorted((r.item_id, r.location_id, int(r.quantity), r.status) for r in stock(empty))
    assert held == levels
    assert {r.as_of for r in stock(empty)} == {NOW}
    consents = con.execute("select count(*), min(customer_id) from consents").fetchall()[0]
    assert sent["consents"] == consents[0]
    statements = con.execute(
        "select purpose, channel, arg_max(status, recorded_at) from consents "
        "where customer_id = ? group by all order by all",
        [consents[1]],
    ).fetchall()
    mine = empty.consents.for_customers([consents[1]])
    assert sorted((r.purpose, r.channel, r.status) for r in mine) == statements
    cookies = con.execute(
        "select value, min(customer_id), count(distinct customer_id) from identifiers"
        " where identifier_type in ('cookie', 'device') group by value"
    ).fetchall()
    assert {shared > 1 for _, _, shared in cookies} == {True, False}
    own = {cookie: customer for cookie, customer, shared in cookies if shared == 1}
    assert empty.links.customers_of([c for c, _, _ in cookies]) == own, "a shared one is nobody's"
    cards = con.execute(
        "select value from identifiers where identifier_type = 'loyalty_card' limit 5"
    ).fetchall()
    con.close()
    assert empty.links.customers_of([c for (c,) in cards]) == {}


def stock(stores: Stores) -> list[StockRow]:
    return stores.stock.changes_since(0)[0]


def test_a_second_time_nothing_is_sent(tables: Path, empty: Stores) -> None:
    publish(tables, empty, NOW)
    before = stock(empty)
    assert publish(tables, empty, NOW + 60) == {}
    assert stock(empty) == before


def test_a_feed_of_simulated_stock_goes_on(tables: Path, empty: Stores) -> None:
    publish(tables, empty, NOW)
    assert set(publish(tables, empty, NOW + REFRESH_S)) == {"stock_levels"}
    assert {r.as_of for r in stock(empty)} == {NOW + REFRESH_S}


def test_another_store_gets_all_of_it(tables: Path, empty: Stores, tmp_path: Path) -> None:
    """The marker beside the tables says what was sent, not to which store."""
    publish(tables, empty, NOW)
    other = open_stores(f"sqlite:///{tmp_path / 'other.db'}")
    assert set(publish(tables, other, NOW)) == ALL
    assert [r[:5] for r in stock(other)] == [r[:5] for r in stock(empty)]
    other.close()


def test_what_came_by_the_api_and_is_newer_stays(tables: Path, empty: Stores) -> None:
    item = {"item_id": "i000", "location_id": "online"}
    empty.stock.put([StockRow(**item, quantity=0.0, status="out_of_stock", as_of=NOW + 60)])
    said = ConsentRow("c002", "personalisation", "any", "withdrawn", NOW, None, "api")
    empty.consents.append([said])
    publish(tables, empty, NOW)
    (row,) = [r for r in stock(empty) if (r.item_id, r.location_id) == ("i000", "online")]
    assert (row.quantity, row.as_of) == (0.0, NOW + 60)
    held = empty.consents.for_customers(["c002"])
    assert [r.status for r in held if r.purpose == "personalisation"] == ["withdrawn"]


def test_a_link_that_stands_no_longer_resolves_to_nobody(tables: Path, empty: Stores) -> None:
    empty.links.put([LinkRow("once-linked", "c239", NOW)])
    empty.persons.replace([PersonRow("once-merged", "c239", "c239")])
    publish(tables, empty, NOW)
    assert empty.links.customers_of(["once-linked"]) == {}
    assert empty.persons.around(["once-merged"]) == []
