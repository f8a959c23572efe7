"""A store moves from a file to a server whole, and goes on there."""

import pytest

from features.errors import SettingError
from serving.stores import Stores, open_stores
from serving.stores.copying import copy_store
from serving.stores.ports import EventRow, StockRow
from tests.databases import PostgreSQL
from tests.serving.stores.contracts import consent, contact, decision, outcome


@pytest.fixture
def kind() -> str:
    return "sqlite"


def furnish(store: Stores) -> None:
    store.decisions.append([decision("d1", p=0.1 + 0.2)], [contact("d1", 30)])
    store.ledger.record_outcomes([outcome("o1")])
    store.consents.append([consent("granted", 5), consent("denied", 6)])
    store.stock.put([StockRow("i1", "l1", 2.5, "in_stock", 7)])
    store.events.record([EventRow("c1", None, "e1", "purchase", 5, "i1", query="é")])


def test_what_was_there_is_there_and_what_comes_is_numbered_after_it(
    url: str, store: Stores, server: PostgreSQL
) -> None:
    furnish(store)
    target, copied = server.new_database(), {}
    copy_store(url, target, copied.__setitem__)
    assert {name: count for name, count in copied.items() if count} == {
        "consents": 2,
        "contacts": 2,
        "counters": 1,
        "decisions": 1,
        "events": 1,
        "outcomes": 1,
        "stock_levels": 1,
    }
    there = open_stores(target)
    assert there.decisions.get("d1") == store.decisions.get("d1")
    assert there.ledger.recent(["c1"], 0) == store.ledger.recent(["c1"], 0)
    assert there.ledger.mark(["c1"]) == store.ledger.mark(["c1"])
    assert there.consents.for_customers(["c1"]) == store.consents.for_customers(["c1"])
    assert there.events.of_customers(["c1"], 0) == store.events.of_customers(["c1"], 0)
    assert there.stock.changes_since(0) == store.stock.changes_since(0)
    before = there.ledger.mark(["c1"]).last
    there.decisions.append([decision("d2")], [contact("d2", 40)])
    there.stock.put([StockRow("i2", "l1", 1, "in_stock", 7)])
    assert there.ledger.mark(["c1"]).last > before
    assert [row.item_id for row in there.stock.changes_since(1)[0]] == ["i2"]
    there.close()


def test_a_store_that_holds_something_is_not_filled(
    url: str, store: Stores, server: PostgreSQL
) -> None:
    furnish(store)
    target = server.new_database()
    copy_store(url, target, lambda *_: None)
    with pytest.raises(SettingError, match="holds rows already"):
        copy_store(url, target, lambda *_: None)
    with pytest.raises(SettingError, match="onto itself"):
        copy_store(url, url, lambda *_: None)
