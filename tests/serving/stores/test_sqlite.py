"""SQLite keeps every contract, and what is SQLite's own: files, locks, damage."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql

from features.errors import HomeError, SettingError
from serving.stores import Stores, engine, open_stores
from serving.stores.ports import RulesRow, StockRow, StoreUnavailableError
from serving.stores.tables import SCHEMA_VERSION
from tests.serving.stores import contracts

VERSION_1 = Path(__file__).with_name("version_1.sql")


class TestConsents(contracts.ConsentContract):
    pass


class TestStock(contracts.StockContract):
    pass


class TestDecisions(contracts.DecisionContract):
    pass


class TestReservations(contracts.ReservationContract):
    pass


class TestRules(contracts.RuleContract):
    pass


class TestLedger(contracts.LedgerContract):
    pass


class TestEvents(contracts.EventContract):
    pass


class TestKeys(contracts.KeyContract):
    pass


class TestLinks(contracts.LinkContract):
    pass


class TestPersons(contracts.PersonContract):
    pass


def test_a_follower_misses_nothing_while_writers_race(url: str) -> None:
    """Two writers and a follower, each with connections of its own."""

    def write(name: str) -> None:
        opened = open_stores(url)
        for number in range(25):
            opened.stock.put([StockRow(f"{name}{number}", "l1", 1, "in_stock", 1)])
        opened.close()

    followed: list[StockRow] = []
    follower, seen = open_stores(url), 0
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, name) for name in "ab"]
        while not all(writer.done() for writer in writers):
            rows, seen = follower.stock.changes_since(seen)
            followed += rows
        for writer in writers:
            writer.result()
    followed += follower.stock.changes_since(seen)[0]
    follower.close()
    assert len(followed) == len({row.item_id for row in followed}) == 50
    assert [row.sequence for row in followed] == sorted(row.sequence for row in followed)


def test_stock_of_a_chain_loads_in_seconds(store: Stores) -> None:
    rows = [
        StockRow(f"i{item}", f"l{location}", 1, "in_stock", 1)
        for item in range(600)
        for location in range(100)
    ]
    start = time.perf_counter()
    assert store.stock.put(rows) == (60_000, 0)
    assert time.perf_counter() - start < 8, "60,000 rows took longer than 300,000 may"


def test_it_is_durable_and_waits_for_locks(url: str, store: Stores) -> None:
    store.stock.put([StockRow("i1", "l1", 1, "in_stock", 1)])
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    with store.stock._engine.connect() as used:  # type: ignore[attr-defined]
        asked = ("synchronous", "foreign_keys", "busy_timeout")
        values = [used.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert values == [2, 1, 5_000]


def test_a_locked_store_says_so_and_writes_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_PRAGMAS", ("busy_timeout=50",))
    store = open_stores(url)
    row = StockRow("i1", "l1", 1, "in_stock", 1)
    blocker = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="locked"):
        store.stock.put([row])
    assert store.stock.changes_since(0) == ([], 0)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert store.stock.put([row]) == (1, 0)
    store.close()


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    open_stores(f"sqlite:///{tmp_path}/a/b/nextbest.db").close()
    assert (tmp_path / "a/b/nextbest.db").exists()


@pytest.mark.parametrize("place", ["file/nextbest.db", "folder"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(HomeError, match="cannot be written") as caught:
        open_stores(f"sqlite:///{tmp_path}/{place}")
    assert str(tmp_path / place) in caught.value.message
    assert "NEXTBEST_HOME" in caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nextbest.db"
    path.write_bytes(b"not a database at all\n" * 500)
    with pytest.raises(HomeError, match="damaged") as caught:
        open_stores(f"sqlite:///{path}")
    assert f"mv {path} {path}.damaged" in caught.value.remedy


def test_a_damaged_page_is_found(tmp_path: Path, empty: Path) -> None:
    path = tmp_path / "nextbest.db"
    content = bytearray(empty.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(HomeError, match="damaged") as caught:
        open_stores(f"sqlite:///{path}")
    assert "\n" not in str(caught.value)


def test_a_database_of_many_writers_locks_each_customer_in_one_order() -> None:
    class Connection:
        dialect = postgresql.dialect()

        def __init__(self) -> None:
            self.ran: list[tuple[str, object]] = []

        def execute(self, statement: Executable) -> None:
            compiled = statement.compile(dialect=self.dialect)  # type: ignore[attr-defined]
            self.ran.append((str(compiled), *compiled.params.values()))

    one, other = Connection(), Connection()
    engine.hold_customers(one, ["c1", "c2", "c3"])  # type: ignore[arg-type]
    engine.hold_customers(other, ["c3", "c1", "c2", "c1"])  # type: ignore[arg-type]
    assert one.ran == other.ran
    assert len(one.ran) == 3
    assert {sql.split("(")[0] for sql, _ in one.ran} == {"SELECT pg_advisory_xact_lock"}
    assert {key for _, key in one.ran} == engine.lock_keys(["c1", "c2", "c3"])


def test_keys_of_locks_are_signed_64_bit_and_differ() -> None:
    keys = engine.lock_keys([f"c{k}" for k in range(1000)])
    assert len(keys) == 1000
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert engine.lock_keys(["c1", "c1"]) == engine.lock_keys(["c1"])


def test_a_store_of_another_version_is_refused(url: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.execute("UPDATE schema_version SET version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(HomeError, match="store version 99"):
        open_stores(url)


def test_a_store_of_version_1_is_upgraded_in_place(tmp_path: Path) -> None:
    path = tmp_path / "nextbest.db"
    old = sqlite3.connect(path)
    old.executescript(VERSION_1.read_text(encoding="utf-8"))
    old.close()
    opened = open_stores(f"sqlite:///{path}")
    record = opened.decisions.get("d1")
    assert record is not None
    assert record.body == {"p": 0.30000000000000004}
    assert [row.at for row in opened.ledger.recent(["c1"], 0)] == [100]
    assert opened.ledger.mark(["c1"]).last == 1
    assert opened.rules.keep(RulesRow("p1", "a", "p", "[]", "[]", 5))
    opened.close()
    new = sqlite3.connect(path)
    assert new.execute("SELECT version FROM schema_version").fetchall() == [(SCHEMA_VERSION,)]
    new.close()
    open_stores(f"sqlite:///{path}").close()


@pytest.mark.parametrize("bad", ["", "nonsense", "sqlite://", "postgresql://user:secret@host/db"])
def test_a_url_it_cannot_open_is_refused_without_its_password(bad: str) -> None:
    with pytest.raises(SettingError, match="NEXTBEST_STORE_URL") as caught:
        open_stores(bad)
    assert "secret" not in str(caught.value)
