"""A stamp that is what it was promises that a read gives what it gave; every writer is seen."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from serving.stores import Stores, open_stores
from serving.stores.copying import copy_store
from serving.stores.ports import (
    DecisionRecord,
    Entry,
    ErasureRow,
    EventRow,
    KeyRow,
    LinkRow,
    PersonNames,
    PersonRow,
    StockRow,
)
from serving.stores.stamps import StampsOfTurn
from tests.serving.stores.contracts import consent, contact, decision, outcome
from tests.serving.stores.test_entries import entry

Act = Callable[[Stores], object]
C1 = PersonNames(frozenset({"c1"}), frozenset({"v1"}))
EVENT = EventRow(None, "v1", "e1", "purchase", 5)
RECORD = DecisionRecord("d9", 5, "next_best_actions", "c1", "web", {})
READS: dict[str, Act] = {
    "consents": lambda s: s.consents.for_customers(["c1"]),
    "ledger": lambda s: (s.ledger.recent(["c1"], 0), s.ledger.mark(["c1"])),
    "events": lambda s: (s.events.of_customers(["c1"], 0), s.events.of_visitors(["v1"], 0)),
    "links": lambda s: s.links.customers_of(["v1"]),
    "persons": lambda s: s.persons.around(["c1"]),
    "erasures": lambda s: s.erasures.known(["hash"]),
    "keys": lambda s: s.keys.find("key"),
    "stock": lambda s: s.stock.changes_since(0),
}
WRITES: list[tuple[set[str], Act]] = [
    ({"consents"}, lambda s: s.consents.append([consent("granted", 5)])),
    ({"consents"}, lambda s: s.consents.append([consent("withdrawn", 6)])),
    ({"ledger"}, lambda s: s.decisions.append([decision("d1")], [contact("d1", 30)])),
    ({"ledger"}, lambda s: s.decisions.append_each([entry("d2", "c1")])),
    ({"ledger"}, lambda s: s.ledger.record_outcomes([outcome("o1")])),
    (
        {"ledger"},
        lambda s: s.ledger.record_outcomes([outcome("o2")._replace(outcome="not_delivered")]),
    ),
    ({"events"}, lambda s: s.events.record([EVENT])),
    ({"links", "events"}, lambda s: s.links.put([LinkRow("v1", "c1", 5)])),
    ({"links", "events"}, lambda s: s.links.put([LinkRow("v1", "c2", 6)])),
    ({"links", "events"}, lambda s: s.links.replace([LinkRow("v1", "c1", 7)])),
    ({"persons"}, lambda s: s.persons.replace([PersonRow("c1", "c2", "c2")])),
    ({"persons"}, lambda s: s.persons.replace([PersonRow("c1", "c3", "c3")])),
    ({"erasures"}, lambda s: s.erasures.begin(ErasureRow("x", "hash", 5, None, "{}"), [])),
    ({"keys"}, lambda s: s.keys.add(KeyRow("key", "shop", frozenset({"decide"}), 5))),
    ({"keys"}, lambda s: s.keys.revoke("key")),
    ({"stock"}, lambda s: s.stock.put([StockRow("i1", "l1", 1, "in_stock", 5)])),
    ({"stock"}, lambda s: s.stock.put([StockRow("i1", "l1", 0, "in_stock", 5)])),
    ({"events"}, lambda s: s.events.discard(6)),
    ({"consents", "ledger", "links", "persons"}, lambda s: s.personal.remove(C1)),
]
QUIET: list[Act] = [
    lambda s: s.decisions.append_each([Entry(RECORD)]),
    lambda s: s.stock.put([]),
    lambda s: s.consents.append([]),
    lambda s: s.events.record([EVENT]) and s.events.record([EVENT]),
]


def test_where_a_stamp_is_what_it_was_a_read_gives_what_it_gave(
    store: Stores, other: Stores
) -> None:
    """On every store: those without stamps promise nothing."""
    for changed, write in WRITES:
        stamps = other.stamps.now()
        answers = {port: read(other) for port, read in READS.items()}
        write(store)
        now = other.stamps.now()
        moved = {port for port, read in READS.items() if read(other) != answers[port]}
        assert moved >= changed, "the write is meant to change what these ports read"
        assert moved.isdisjoint(port for port in now if now[port] == stamps[port])


@pytest.mark.parametrize("kind", ["sqlite"])
def test_decisions_leave_every_stamp(store: Stores, other: Stores, kind: str) -> None:
    """Or no stamp would ever be the same under load."""
    assert other.stamps.now().keys() == READS.keys()
    store.events.record([EVENT])
    before = other.stamps.now()
    for write in QUIET:
        write(store)
    assert other.stamps.now() == before
    assert other.stamps.now() is other.stamps.now()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_who_writes_past_this_program_is_seen(store: Stores, url: str, kind: str) -> None:
    store.consents.append([consent("granted", 5)])
    before = store.stamps.now()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as held, held:
        held.execute("UPDATE consents SET status = 'withdrawn'")
    now = store.stamps.now()
    assert {port for port in now if now[port] != before[port]} == {"consents"}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_is_undone_leaves_no_stamp_behind(store: Stores, other: Stores, kind: str) -> None:
    before = other.stamps.now()
    with pytest.raises(ValueError, match="decision_id"):
        store.decisions.append([decision("d1")], [contact("d1", 30), contact("unknown", 30)])
    assert other.stamps.now() == before
    store.consents.append([consent("granted", 5)])
    assert other.stamps.now() != before


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_file_copied_into_a_file_counts_its_own_changes(
    store: Stores, url: str, tmp_path: object, kind: str
) -> None:
    for _, write in WRITES[:12]:
        write(store)
    target = f"sqlite:///{tmp_path}/there.db"
    copy_store(url, target, lambda *_: None)
    there = open_stores(target)
    before = there.stamps.now()
    assert there.consents.for_customers(["c1"]) == store.consents.for_customers(["c1"])
    there.consents.append([consent("denied", 9)])
    assert there.stamps.now()["consents"] != before["consents"]
    there.close()


class Counted:
    """Stamps that count how often they are taken."""

    def __init__(self) -> None:
        self.taken = 0

    def now(self) -> dict[str, object]:
        self.taken += 1
        return {"consents": self.taken}


def test_a_turn_of_the_loop_takes_its_stamps_once() -> None:
    counted = Counted()
    stamps = StampsOfTurn(counted)

    async def ask(times: int) -> list[object]:
        told = []
        for _ in range(times):
            told += [stamps.now()["consents"], stamps.now()["consents"]]
            await asyncio.sleep(0)
        return told

    async def two() -> list[list[object]]:
        return await asyncio.gather(ask(2), ask(2))

    assert asyncio.run(two()) == [[1, 1, 2, 2], [1, 1, 2, 2]]
    assert asyncio.run(ask(1)) == [3, 3], "another loop's are not these"
    assert stamps.now() == {"consents": 4}
    assert stamps.now() == {"consents": 5}, "outside a loop, each is new"


def test_what_is_written_between_two_turns_is_seen(tmp_path: Path) -> None:
    stores = open_stores(f"sqlite:///{tmp_path}/nextbest.db")

    async def ask() -> tuple[object, object]:
        before = stores.stamps.now()["consents"]
        await asyncio.to_thread(stores.consents.append, [consent("granted", 5)])
        return before, stores.stamps.now()["consents"]

    before, after = asyncio.run(ask())
    stores.close()
    assert before != after
