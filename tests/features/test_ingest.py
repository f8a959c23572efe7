import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.errors import DataQualityError, SourceError
from features.ingest import ingest
from features.schemas import TABLES
from features.sources.base import Source
from features.tables import data_end, data_hashes, open_tables

NOW = 1_700_000_000


class Shop:
    """A source of three tables; ``bad`` plants that many refused transactions."""

    name = "shop"

    def __init__(self, orders: int = 10, bad: int = 0, stamp: str = "1") -> None:
        self.orders, self.bad, self.stamp, self.loads = orders, bad, stamp, 0

    def fingerprint(self) -> str:
        return f"{self.orders}-{self.bad}-{self.stamp}"

    def load(self, con: DuckDBPyConnection) -> None:
        self.loads += 1
        con.execute("create table raw.products as select 'i' as item_id, 'active' as status")
        con.execute(
            "create table raw.transactions as select 'o' || range as order_id, 1 as line_no,"
            " 'c' || range % 3 as customer_id, 'i' as item_id, 1000 + range as purchased_at,"
            " 1 as quantity, case when range < $bad then -1 else 5 end as amount, 0 as discount,"
            " 'shop' as channel from range($orders)",
            {"bad": self.bad, "orders": self.orders},
        )


class Extra:
    """A later source that builds on the accepted rows of the first."""

    name = "simulated"

    def fingerprint(self) -> str:
        return "extra"

    def load(self, con: DuckDBPyConnection) -> None:
        con.execute(
            "create table raw.consents as select customer_id, 'analytics' as purpose,"
            " 'any' as channel, 'granted' as status, min(purchased_at) as recorded_at"
            " from main.transactions group by customer_id"
        )


class Empty:
    name = "empty"

    def fingerprint(self) -> str:
        return ""

    def load(self, con: DuckDBPyConnection) -> None:
        con.execute("create table raw.products as select 'i' as item_id, 'active' as status")


def run(folder: Path, *sources: Source, max_bad: float = 0.5, force: bool = False):
    return ingest(
        sources, folder / "t", folder / "q", as_known_at=NOW, max_bad=max_bad, force=force
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_fakes_are_sources():
    assert isinstance(Shop(), Source)


def test_tables_manifest_and_quarantine(tmp_path: Path):
    report = run(tmp_path, Shop(10, bad=2), Extra())
    sold = report.tables["transactions"]
    assert (sold.read, sold.accepted, sold.quarantined) == (10, 8, 2)
    assert sold.reasons == {"amount: negative but not a return": 2}
    assert not report.skipped
    manifest = json.loads((tmp_path / "t" / "manifest.json").read_text())
    assert set(manifest) == {"fingerprint", "tables", "data_start", "data_end"}
    assert manifest["tables"]["consents"]["rows_by_source"] == {"simulated": 3}
    assert (manifest["data_start"], manifest["data_end"]) == (1002, 1009)
    refused = pd.read_parquet(tmp_path / "q" / "transactions.parquet")
    assert refused["value"].tolist() == ["-1", "-1"]


def test_unchanged_sources_are_skipped(tmp_path: Path):
    shop = Shop()
    run(tmp_path, shop)
    before = contents(tmp_path)
    report = run(tmp_path, shop)
    assert report.skipped
    assert report.tables == {}
    assert shop.loads == 1
    assert contents(tmp_path) == before


class More(Extra):
    """A second source of the same table, with one key that is taken."""

    name = "more"

    def load(self, con: DuckDBPyConnection) -> None:
        super().load(con)
        con.execute("update raw.consents set recorded_at = 5 where customer_id <> 'c0'")


def test_two_sources_of_one_table_add_up(tmp_path: Path):
    consents = run(tmp_path, Shop(10), Extra(), More()).tables["consents"]
    assert (consents.read, consents.accepted, consents.quarantined) == (6, 5, 1)
    assert consents.reasons == {"customer_id: key of an earlier source": 1}
    con = open_tables(tmp_path / "t", verify=False)
    sources = con.sql("select source, count(*) from consents group by all order by all").fetchall()
    assert sources == [("more", 2), ("simulated", 3)]


def test_force_writes_the_same_bytes_again(tmp_path: Path):
    shop = Shop()
    run(tmp_path, shop)
    before = contents(tmp_path)
    assert not run(tmp_path, shop, force=True).skipped
    assert shop.loads == 2
    assert contents(tmp_path) == before


def test_a_changed_source_is_read_again(tmp_path: Path):
    run(tmp_path, Shop(10))
    assert not run(tmp_path, Shop(11)).skipped
    assert data_end(tmp_path / "t") == 1010


def test_a_table_that_is_no_longer_given_goes(tmp_path: Path):
    run(tmp_path, Shop(10, bad=1), Extra())
    run(tmp_path, Shop(10))
    assert not (tmp_path / "t" / "consents.parquet").exists()
    assert not (tmp_path / "q" / "transactions.parquet").exists()


def test_too_many_bad_rows_leave_the_files_alone(tmp_path: Path):
    run(tmp_path, Shop(10))
    before = contents(tmp_path)
    with pytest.raises(DataQualityError, match="transactions: 9 of 10"):
        run(tmp_path, Shop(10, bad=9))
    assert contents(tmp_path) == before


def test_a_failed_write_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run(tmp_path, Shop(10))
    before = contents(tmp_path)

    def full(con: DuckDBPyConnection, name: str, path: Path) -> None:
        path.write_bytes(b"half")
        if name == "transactions":
            raise OSError("disk full")

    monkeypatch.setattr("features.ingest._copy_table", full)
    with pytest.raises(OSError, match="disk full"):
        run(tmp_path, Shop(20, bad=1))
    assert contents(tmp_path) == before
    assert not list(tmp_path.rglob(".staging*"))


def test_a_corrupt_table_is_refused_and_mended(tmp_path: Path):
    run(tmp_path, Shop())
    (tmp_path / "t" / "products.parquet").write_bytes(b"rubbish")
    with pytest.raises(SourceError, match="corrupt") as info:
        open_tables(tmp_path / "t")
    assert info.value.remedy == "nextbest ingest complete_journey --force"
    assert not run(tmp_path, Shop()).skipped
    open_tables(tmp_path / "t")


def test_a_missing_table_and_a_broken_manifest(tmp_path: Path):
    run(tmp_path, Shop())
    (tmp_path / "t" / "products.parquet").unlink()
    with pytest.raises(SourceError, match=r"products\.parquet is missing"):
        open_tables(tmp_path / "t")
    (tmp_path / "t" / "manifest.json").write_text("{")
    with pytest.raises(SourceError, match=r"manifest\.json is damaged"):
        open_tables(tmp_path / "t")


def test_nothing_ingested_names_the_command(tmp_path: Path):
    with pytest.raises(SourceError, match="nextbest ingest complete_journey"):
        data_hashes(tmp_path)


def test_a_required_table_must_have_rows(tmp_path: Path):
    with pytest.raises(SourceError, match="transactions is required"):
        run(tmp_path, Empty())


def test_absent_tables_are_empty_views(tmp_path: Path):
    run(tmp_path, Shop())
    con = open_tables(tmp_path / "t")
    for table in TABLES.values():
        relation = con.sql(f"from {table.name}")
        assert tuple(relation.columns) == table.names
        assert [str(t) for t in relation.types] == [c.type for c in table.columns]
    assert set(data_hashes(tmp_path / "t")) == {"products", "transactions"}


def test_the_progress_bar_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    ingest([Shop()], tmp_path / "t", tmp_path / "q", as_known_at=NOW, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "ingest" in shown.err


def test_a_duckdb_of_another_process_is_not_touched(tmp_path: Path):
    con = duckdb.connect()
    con.execute("create table products (x int)")
    run(tmp_path, Shop())
    assert con.sql("from products").columns == ["x"]
