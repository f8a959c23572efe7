"""What is past its period goes, and nothing else."""

import os
from pathlib import Path

import duckdb
import pytest

from features.erasure.aging import MOMENTS
from features.errors import HomeError, SettingError
from features.ingest import ingest
from features.ingestion.work import only_one
from features.schemas import TABLES
from features.settings import Settings
from features.tables import open_tables
from serving.privacy.home import Home
from serving.privacy.retaining import FILE, Periods, read_periods, retain
from serving.stores.memory import Memory, memory_stores
from serving.stores.ports import AuditRow, EventRow
from tests.integration.village import END, NOW, Village

DAY = 86_400


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(tmp_path_factory.mktemp("home"))
    village = Village(until=END)
    ingest((village,), settings.tables, settings.quarantine, as_known_at=NOW, buckets=2)
    return settings


def test_every_table_with_an_age_has_its_column() -> None:
    for table, column in MOMENTS.items():
        assert column in TABLES[table].names


def test_rows_end_by_their_own_dates(furnished: Settings) -> None:
    home = Home(memory_stores(Memory()), furnished)
    old = f"from transactions where purchased_at < {NOW - 100 * DAY}"
    con = open_tables(furnished.tables)
    counts = [con.execute(f"select count(*) {text}").fetchone()[0]
              for text in ("from transactions", old, "from exposures")]  # fmt: skip
    periods = Periods(tables={"transactions": 100})
    planned = retain(home, periods, NOW, dry_run=True)
    assert planned.removed["tables"] == {"transactions": counts[1]}
    with only_one(furnished.tables), pytest.raises(HomeError, match="at work"):
        retain(home, periods, NOW)
    assert retain(home, periods, NOW).removed["tables"] == planned.removed["tables"]
    con = open_tables(furnished.tables)  # every hash is checked
    left = con.execute("select count(*), min(purchased_at) from transactions").fetchone()
    assert left[0] == counts[0] - counts[1] > 0
    assert left[1] >= NOW - 100 * DAY
    assert con.execute("select count(*) from exposures").fetchone()[0] == counts[2]
    assert retain(home, periods, NOW).removed["tables"] == {}


def test_files_and_rows_of_the_store_end(tmp_path: Path) -> None:
    settings, stores = Settings(tmp_path), memory_stores(Memory())
    for name, age in (("old", 91), ("new", 89)):
        path = settings.quarantine / "events" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.sql("select 1 as x").write_parquet(str(path))
        os.utime(path, (NOW - age * DAY,) * 2)
    stores.events.record([EventRow("c1", None, "e1", "search", NOW - 401 * DAY)])
    stores.audit.add([AuditRow(NOW - 1096 * DAY, "a", "b", "", "{}")])
    home = Home(stores, settings)
    planned = retain(home, Periods(), NOW, dry_run=True)
    done = retain(home, Periods(), NOW)
    assert done.removed["store"] | planned.removed["store"] == done.removed["store"]
    assert done.removed["files"] == planned.removed["files"]
    assert (done.removed["store"]["events"], done.removed["store"]["audit"]) == (1, 1)
    assert done.removed["files"] == {"quarantine": 1}
    assert [path.stem for path in settings.quarantine.rglob("*.parquet")] == ["new"]
    assert not any(retain(home, Periods(), NOW).removed["store"].values())


def test_what_has_no_period_stays(tmp_path: Path) -> None:
    stores = memory_stores(Memory())
    stores.events.record([EventRow("c1", None, "e1", "search", 1)])
    periods = Periods(events=None, decisions=None, request_ids=None, audit=None)
    assert retain(Home(stores, None), periods, NOW).removed == {"store": {}}


@pytest.mark.parametrize(
    ("text", "named"),
    [("event: 3", "event"), ("events: 0", "events"), ("tables: {customers: 9}", "customers"),
     ("events: [", "cannot be read"), ("- 1", "dictionary")],
)  # fmt: skip
def test_a_file_that_says_what_there_is_not_is_refused(
    tmp_path: Path, text: str, named: str
) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingError, match=named):
        read_periods(tmp_path / FILE)


def test_the_file_is_read_and_may_be_missing_or_empty(tmp_path: Path) -> None:
    path = tmp_path / FILE
    assert read_periods(path) == Periods()
    path.write_text("")
    assert read_periods(path) == Periods()
    path.write_text("events: 30\naudit: null\ntables: {events: 800}\n")
    assert read_periods(path) == Periods(events=30, audit=None, tables={"events": 800})
