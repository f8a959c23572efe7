"""What is SQLite's own: files, locks, damage, and stores that older programs wrote."""

import sqlite3
import time
from pathlib import Path

import pytest

from features.errors import HomeError, SettingError
from serving.stores import Stores, locks, open_stores, sqlite
from serving.stores.ports import RulesRow, StockRow, StoreUnavailableError
from serving.stores.tables import REVISION

VERSION_1 = Path(__file__).with_name("version_1.sql")


@pytest.fixture
def kind() -> str:
    return "sqlite"


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
    assert values == [2, 1, 2_000]


def test_a_locked_store_says_so_and_writes_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("busy_timeout=50",))
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


def test_keys_of_locks_are_signed_64_bit_and_differ() -> None:
    keys = locks.lock_keys([f"c{k}" for k in range(1000)])
    assert len(keys) == 1000
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert locks.lock_keys(["c1", "c1"]) == locks.lock_keys(["c1"])


@pytest.mark.parametrize(
    "newer",
    [
        "UPDATE alembic_version SET version_num = '99'",
        "DROP TABLE alembic_version; UPDATE schema_version SET version = 99",
    ],
)
def test_a_store_of_a_newer_version_is_refused(url: str, newer: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.executescript(newer)
    connection.close()
    with pytest.raises(HomeError, match="store version 99") as caught:
        open_stores(url)
    assert "NEXTBEST_STORE_URL" in caught.value.remedy


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
    assert new.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]
    new.close()
    open_stores(f"sqlite:///{path}").close()


@pytest.mark.parametrize("bad", ["", "nonsense", "sqlite://", "mysql://user:secret@host/db"])
def test_a_url_it_cannot_open_is_refused_without_its_password(bad: str) -> None:
    with pytest.raises(SettingError, match="NEXTBEST_STORE_URL") as caught:
        open_stores(bad)
    assert "secret" not in str(caught.value)
