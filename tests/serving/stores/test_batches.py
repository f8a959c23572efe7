"""Batches of decisions: the short way and the long one, and what a fault leaves of either."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from serving.stores import Stores, open_stores, sqlite
from serving.stores.appending import MOST_ROWS
from serving.stores.ports import DecisionRecord, Entry, LedgerMovedError, StoreUnavailableError
from tests.serving.stores.contracts import consent
from tests.serving.stores.test_entries import AT, entry

SHORT, LONG = [entry("d1"), entry("d2")], [entry("d1"), entry("d2", "c1", 0, "r1")]
BOTH = pytest.mark.parametrize("batch", [SHORT, LONG], ids=["short", "long"])


ON_FILE = pytest.mark.parametrize("kind", ["sqlite"])


def path_of(url: str) -> str:
    return url.removeprefix("sqlite:///")


@contextmanager
def writer(url: str) -> Iterator[None]:
    """Another process that is writing."""
    with closing(sqlite3.connect(path_of(url), isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        yield


def tables(url: str) -> list[int]:
    names = ("decisions", "contacts", "request_ids")
    with closing(sqlite3.connect(path_of(url))) as held:
        return [held.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names]


@pytest.mark.parametrize("count", [1, MOST_ROWS, MOST_ROWS + 1, 3 * MOST_ROWS - 1])
def test_a_batch_of_any_length_is_written(store: Stores, other: Stores, count: int) -> None:
    names = [f"d{k}" for k in range(count)]
    assert store.decisions.append_each([entry(name) for name in names]) == [None] * count
    assert other.decisions.exists(names) == set(names)


@BOTH
def test_one_id_twice_writes_nothing_and_the_next_batch_is_written(
    store: Stores, batch: list[Entry]
) -> None:
    with pytest.raises(ValueError, match="decision_id"):
        store.decisions.append_each([*batch, entry("d1")])
    assert store.decisions.exists(["d1", "d2"]) == set()
    assert store.ledger.recent(["c1"], 0) == []
    assert store.decisions.answered("r1") is None
    assert store.decisions.append_each(batch) == [None, None]


def test_a_contact_of_an_unknown_decision_is_a_mistake(store: Stores) -> None:
    record = DecisionRecord("d9", AT, "next_best_actions", "c1", "email", {})
    with pytest.raises(ValueError, match="decision_id"):
        store.decisions.append_each([entry("d1"), Entry(record, entry("d2", "c1").contacts)])
    assert store.decisions.exists(["d1", "d9"]) == set()


@ON_FILE
@BOTH
def test_a_file_that_another_process_holds_is_unavailable_until_it_lets_go(
    url: str, batch: list[Entry], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("busy_timeout=50", "foreign_keys=ON"))
    store = open_stores(url)
    with writer(url), pytest.raises(StoreUnavailableError, match="locked"):
        store.decisions.append_each(batch)
    assert tables(url) == [0, 0, 0]
    assert store.decisions.append_each(batch) == [None, None]
    store.close()


@ON_FILE
@BOTH
def test_a_full_disk_is_unavailable_and_writes_nothing(
    url: str, batch: list[Entry], kind: str
) -> None:
    store = open_stores(url)
    assert store.decisions.append_each([entry("d0")]) == [None]
    held = store.decisions._batches._held  # type: ignore[attr-defined]
    held.exec_driver_sql("PRAGMA max_page_count=1")  # as many as there are
    wide = DecisionRecord("wide", AT, "next_best_actions", "c1", "email", {"a": noise(200_000)})
    with pytest.raises(StoreUnavailableError, match="full"):
        store.decisions.append_each([*batch, Entry(wide)])
    assert tables(url) == [1, 0, 0]
    store.close()
    again = open_stores(url)
    assert again.decisions.append_each([*batch, Entry(wide)]) == [None, None, None]
    again.close()


@ON_FILE
def test_a_refusal_in_a_batch_leaves_its_neighbours(store: Stores, url: str, kind: str) -> None:
    store.decisions.append_each([entry("d0", "c1", 0)])
    told = store.decisions.append_each([entry("d1"), entry("d2", "c1", 0, "r1"), entry("d3")])
    assert [type(one) for one in told] == [type(None), LedgerMovedError, type(None)]
    assert tables(url) == [3, 1, 0]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_closed_store_opens_another_connection(store: Stores, kind: str) -> None:
    store.decisions.append_each([entry("d0")])
    store.decisions.close()  # type: ignore[attr-defined]
    assert store.decisions.append_each([entry("d1")]) == [None]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("mode", ["AUTOCOMMIT", "SERIALIZABLE"])
def test_a_batch_is_committed_on_a_connection_that_was_in_another_mode(
    store: Stores, other: Stores, mode: str, kind: str
) -> None:
    """There the driver would begin a transaction by itself, and never end it."""
    with store.stock._engine.connect() as used:  # type: ignore[attr-defined]
        used.execution_options(isolation_level=mode).exec_driver_sql("SELECT 1")
    store.personal.scrub()
    assert store.decisions.append_each([entry("d1")]) == [None]
    assert store.decisions.append_each([entry("d2", "c1", 0)]) == [None]
    assert other.decisions.exists(["d1", "d2"]) == {"d1", "d2"}
    assert other.consents.append([consent("granted", 5)]) == 1


def noise(count: int) -> str:
    """Text that no packing makes short."""
    return "".join(f"{(k * 2654435761) % 2**32:08x}" for k in range(count // 8))
