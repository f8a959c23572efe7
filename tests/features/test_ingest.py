"""One ingestion after another: what is read, what stands, what is told."""

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.errors import DataQualityError, HomeError, SettingError, SourceError
from features.ingest import ingest
from features.ingestion.work import only_one
from features.schemas import TABLES
from features.sources.base import Portion, Source
from features.storage import write_manifest
from features.tables import data_end, data_hashes, open_tables
from tests.features.support import ITEM, NOW, Given, run, shop, sold


def contents(folder: Path) -> dict[str, bytes]:
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != ".ingest.lock"]
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(files)}


def stand(folder: Path, query: str) -> list[tuple[object, ...]]:
    con = open_tables(folder / "t")
    try:
        return con.execute(query).fetchall()
    finally:
        con.close()


def two_bad() -> pd.DataFrame:
    return sold(range(10)).assign(amount=[-1, -1, *[5] * 8])


def test_fakes_are_sources():
    assert isinstance(shop(sold([1])), Source)


def test_tables_manifest_and_quarantine(tmp_path: Path):
    report = run(tmp_path, shop(two_bad()))
    told = report.tables["transactions"]
    assert (told.read, told.new, told.accepted, told.quarantined) == (10, 8, 8, 2)
    assert told.reasons == {"amount: negative but not a return": 2}
    assert (report.run, report.portions_read, report.skipped) == (1, 1, False)
    manifest = json.loads((tmp_path / "t" / "manifest.json").read_text())
    assert manifest["tables"]["transactions"]["rows_by_source"] == {"shop": 8}
    assert (manifest["data_start"], manifest["data_end"]) == (1002, 1009)
    refused = pd.read_parquet(tmp_path / "q" / "transactions" / "run=000001.parquet")
    assert refused["value"].tolist() == ["-1", "-1"]
    assert refused["portion"].tolist() == ["shop/sales-0.csv"] * 2


def test_the_same_again_reads_nothing_and_changes_nothing(tmp_path: Path):
    source = shop(sold(range(5)), sold(range(5, 9)))
    run(tmp_path, source)
    before = contents(tmp_path)
    report = run(tmp_path, source, now=NOW + 9)
    assert report.skipped
    assert (report.tables, report.portions_skipped) == ({}, 2)
    assert source.loads == ["sales-0.csv", "sales-1.csv"]
    assert contents(tmp_path) == before


def test_force_reads_again_and_finds_nothing_new(tmp_path: Path):
    source = shop(sold(range(5)))
    run(tmp_path, source)
    before = contents(tmp_path)
    report = run(tmp_path, source, force=True)
    told = report.tables["transactions"]
    assert (told.read, told.new, told.updated, told.unchanged) == (5, 0, 0, 5)
    assert source.loads == ["sales-0.csv"] * 2
    assert report.run == 0
    assert contents(tmp_path) == before


def test_only_the_new_portion_is_read(tmp_path: Path):
    run(tmp_path, shop(sold(range(5))))
    kept = contents(tmp_path)
    source = shop(sold(range(5)), sold(range(5, 9)))
    report = run(tmp_path, source, now=NOW + 1)
    assert source.loads == ["sales-1.csv"]
    assert report.tables["transactions"].new == 4
    assert stand(tmp_path, "select count(*) from transactions") == [(9,)]
    assert data_end(tmp_path / "t") == 1008
    after = contents(tmp_path)
    assert all(after[name] == body for name, body in kept.items() if name != "t/manifest.json")


def test_a_longer_file_adds_its_new_rows(tmp_path: Path):
    run(tmp_path, shop(sold(range(5))))
    report = run(tmp_path, shop(sold(range(8)))).tables["transactions"]
    assert (report.read, report.new, report.unchanged) == (8, 3, 5)
    assert stand(tmp_path, "select count(*), sum(amount) from transactions") == [(8, 40)]


def test_a_corrected_row_replaces_the_old_one(tmp_path: Path):
    run(tmp_path, shop(sold(range(5))))
    corrected = sold(range(5)).assign(amount=[5, 7, 5, 5, 5])
    report = run(tmp_path, shop(corrected), now=NOW + 1).tables["transactions"]
    assert (report.updated, report.unchanged, report.new) == (1, 4, 0)
    assert stand(tmp_path, "select sum(amount), count(*) from transactions") == [(27, 5)]
    run(tmp_path, shop(sold(range(5), amount=5)), now=NOW + 2)
    assert stand(tmp_path, "select sum(amount), count(*) from transactions") == [(25, 5)]


def test_a_correction_within_one_run_leaves_one_row(tmp_path: Path):
    told = run(tmp_path, shop(sold([1, 2]), sold([2], amount=8))).tables["transactions"]
    assert (told.new, told.updated) == (2, 1)
    assert stand(tmp_path, "select order_id, amount from transactions order by 1") == [
        ("o1", 5),
        ("o2", 8),
    ]
    files = json.loads((tmp_path / "t" / "manifest.json").read_text())["tables"]["transactions"]
    assert {file["kind"] for file in files["files"]} == {"new"}


def test_a_key_of_another_source_is_refused_unless_it_says_the_same(tmp_path: Path):
    run(tmp_path, shop(sold([1, 2])))
    other = shop(sold([1, 2, 3]).assign(amount=[5, 9, 5]), name="other")
    told = run(tmp_path, other).tables["transactions"]
    assert (told.unchanged, told.new, told.quarantined) == (1, 1, 1)
    assert told.reasons == {"order_id: key of an earlier source": 1}
    assert stand(tmp_path, "select sum(amount) from transactions") == [(15,)]


def test_an_inferred_product_gives_way_to_any_source(tmp_path: Path):
    guessed = ITEM.assign(source="inferred", name=None)
    known = ITEM.assign(name="Tea")
    run(tmp_path, Given("a", {"all": {"products": guessed, "transactions": sold([1])}}))
    told = run(tmp_path, Given("b", {"all": {"products": known}})).tables["products"]
    assert told.updated == 1
    again = Given("c", {"all": {"products": guessed}})
    assert run(tmp_path, again).tables["products"].unchanged == 1
    assert stand(tmp_path, "select name, source from products") == [("Tea", "b")]


def test_a_derived_source_follows_the_rows_before_it(tmp_path: Path):
    """Loaded again when they changed, and what it no longer gives is withdrawn."""

    def wishes(names: list[str]) -> pd.DataFrame:
        rows = {"customer_id": names, "purpose": "analytics", "channel": "any"}
        return pd.DataFrame({**rows, "status": "granted", "recorded_at": 5})

    first = Given("drawn", {"all": {"consents": wishes(["c0", "c1"])}}, derived=True)
    run(tmp_path, shop(sold([1])), first)
    assert run(tmp_path, shop(sold([1])), first).skipped
    first.rows = {"all": {"consents": wishes(["c1", "c2"])}}
    told = run(tmp_path, shop(sold([1, 2])), first, now=NOW + 1).tables["consents"]
    assert (told.new, told.unchanged, told.withdrawn) == (1, 1, 1)
    query = "select customer_id from consents order by 1"
    assert stand(tmp_path, query) == [("c1",), ("c2",)]
    first.rows = {"all": {"consents": wishes(["c0"])}}
    run(tmp_path, shop(sold([1, 2])), first, now=NOW + 2)
    assert stand(tmp_path, query) == [("c0",)]
    con = open_tables(tmp_path / "t", known_at=NOW)
    assert con.execute(query).fetchall() == [("c0",), ("c1",)]
    con.close()


def test_rows_set_aside_are_counted_apart(tmp_path: Path):
    rows = sold(range(4)).assign(_set_aside=[None, "a test line", "a test line", None])
    told = run(tmp_path, shop(rows), max_bad=0).tables["transactions"]
    assert (told.read, told.new, told.set_aside, told.quarantined) == (4, 2, 2, 0)
    assert told.set_aside_reasons == {"a test line": 2}
    assert not list((tmp_path / "q").iterdir())


def test_too_many_bad_rows_leave_the_tables_alone(tmp_path: Path):
    run(tmp_path, shop(sold(range(10))))
    before = contents(tmp_path)
    with pytest.raises(
        DataQualityError, match=r"transactions: 2 of 10 .*sales-0\.csv, row 1: '-1'"
    ):
        run(tmp_path, shop(two_bad()), max_bad=0.01)
    assert contents(tmp_path) == before


def test_the_share_of_bad_rows_is_that_of_the_whole_source(tmp_path: Path):
    """A small file may be bad where the source is not."""
    bad = sold([100]).assign(amount=-1)
    told = run(tmp_path, shop(sold(range(99)), bad), max_bad=0.01).tables["transactions"]
    assert (told.new, told.quarantined) == (99, 1)


def test_a_failed_write_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run(tmp_path, shop(sold(range(10))))
    hashes = data_hashes(tmp_path / "t")

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("features.ingest.write_manifest", full)
        with pytest.raises(OSError, match="disk full"):
            run(tmp_path, shop(sold(range(20))))
    assert data_hashes(tmp_path / "t") == hashes
    assert stand(tmp_path, "select count(*) from transactions") == [(10,)]
    report = run(tmp_path, shop(sold(range(20))))
    assert report.resumed == 1
    assert stand(tmp_path, "select count(*) from transactions") == [(20,)]


def test_files_of_a_run_that_never_ended_are_swept(tmp_path: Path):
    run(tmp_path, shop(sold([1])))
    orphan = tmp_path / "t" / "transactions" / "run=000002" / "bucket=00" / "new.parquet"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"half")
    (tmp_path / "t" / ".manifest.json.7.tmp").write_bytes(b"half")
    run(tmp_path, shop(sold([1]), sold([9])))
    assert b"half" not in contents(tmp_path).values()
    assert stand(tmp_path, "select count(*) from transactions") == [(2,)]


def test_damaged_files_are_refused_and_mended(tmp_path: Path):
    source = shop(sold(range(4)))
    run(tmp_path, source)
    path = next((tmp_path / "t" / "products").rglob("*.parquet"))
    path.write_bytes(b"rubbish")
    with pytest.raises(SourceError, match="corrupt") as info:
        open_tables(tmp_path / "t")
    assert info.value.remedy == "nextbest ingest SOURCE --force"
    report = run(tmp_path, source, now=NOW + 1)
    assert report.mended == (str(path.relative_to(tmp_path / "t")),)
    assert report.tables["products"].new == 1
    assert report.tables["transactions"].unchanged == 4
    assert stand(tmp_path, "select count(*) from purchases join products using (item_id)") == [(4,)]


def test_a_missing_file_and_a_broken_manifest(tmp_path: Path):
    run(tmp_path, shop(sold([1])))
    next((tmp_path / "t" / "products").rglob("*.parquet")).unlink()
    with pytest.raises(SourceError, match=r"products.*new\.parquet is missing"):
        open_tables(tmp_path / "t")
    (tmp_path / "t" / "manifest.json").write_text("{")
    with pytest.raises(SourceError, match=r"manifest\.json is damaged"):
        open_tables(tmp_path / "t")
    with pytest.raises(SourceError, match=r"manifest\.json is damaged"):
        run(tmp_path, shop(sold([1])))
    run(tmp_path, shop(sold([1])), force=True)
    assert stand(tmp_path, "select count(*) from transactions") == [(1,)]


def test_tables_of_the_old_layout_are_read_anew(tmp_path: Path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "transactions.parquet").write_bytes(b"old")
    write_manifest(tmp_path / "t", {"fingerprint": "x", "tables": {}})
    with pytest.raises(SourceError, match="version 1; this program reads 2"):
        open_tables(tmp_path / "t")
    run(tmp_path, shop(sold([1])))
    assert not (tmp_path / "t" / "transactions.parquet").exists()
    assert stand(tmp_path, "select count(*) from transactions") == [(1,)]


def test_a_newer_layout_is_left_alone(tmp_path: Path):
    (tmp_path / "t").mkdir()
    write_manifest(tmp_path / "t", {"version": 3, "tables": {}})
    with pytest.raises(SourceError, match="version 3"):
        run(tmp_path, shop(sold([1])), force=True)


def test_nothing_ingested_names_the_command(tmp_path: Path):
    with pytest.raises(SourceError, match="nextbest ingest complete_journey"):
        data_hashes(tmp_path)


def test_a_required_table_must_have_rows(tmp_path: Path):
    with pytest.raises(SourceError, match="transactions is required"):
        run(tmp_path, Given("empty", {"all": {"products": ITEM}}))
    assert not list((tmp_path / "t").glob(".ingest.duckdb*"))


def test_a_table_that_does_not_exist_is_named(tmp_path: Path):
    with pytest.raises(SourceError, match="no canonical table 'receipts'"):
        run(tmp_path, Given("odd", {"all": {"receipts": ITEM}}))


def test_a_raw_view_will_do(tmp_path: Path):
    def load(con: DuckDBPyConnection) -> None:
        con.register("items", ITEM)
        con.execute("create table raw.products as select * from items")
        con.execute(
            "create view raw.transactions as select 'o' || range as order_id, 1 as line_no,"
            " 'i' as item_id, range as purchased_at, 1 as quantity, 5 as amount, 0 as discount,"
            " 'shop' as channel from range(7)"
        )

    class Views:
        name = "views"

        def portions(self) -> list[Portion]:
            return [Portion("all", lambda: "1", load)]

    assert run(tmp_path, Views()).tables["transactions"].new == 7
    guests = "select count(*) from transactions where customer_id is null"
    assert stand(tmp_path, guests) == [(7,)]


def test_absent_tables_are_empty_views(tmp_path: Path):
    run(tmp_path, shop(sold([1])))
    con = open_tables(tmp_path / "t")
    for table in TABLES.values():
        relation = con.sql(f"from {table.name}")
        assert tuple(relation.columns) == table.names
        assert [str(t) for t in relation.types] == [c.type for c in table.columns]
    assert set(data_hashes(tmp_path / "t")) == {"products", "transactions"}
    con.close()


def test_two_at_once(tmp_path: Path):
    with only_one(tmp_path / "t"), pytest.raises(HomeError, match="Another ingestion is at work"):
        run(tmp_path, shop(sold([1])))
    run(tmp_path, shop(sold([1])))


def test_reading_goes_on_while_an_ingestion_writes(tmp_path: Path):
    run(tmp_path, shop(sold(range(5))))
    con = open_tables(tmp_path / "t")
    run(tmp_path, shop(sold(range(9), amount=6)), now=NOW + 1)
    assert con.execute("select count(*), sum(amount) from transactions").fetchall() == [(5, 25)]
    con.close()


def test_the_number_of_buckets_has_bounds(tmp_path: Path):
    with pytest.raises(SettingError, match="buckets=0"):
        ingest([], tmp_path / "t", tmp_path / "q", as_known_at=NOW, buckets=0)


def test_the_progress_bar_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    ingest([shop(sold([1]))], tmp_path / "t", tmp_path / "q", as_known_at=NOW, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "ingest" in shown.err


def test_a_duckdb_of_another_process_is_not_touched(tmp_path: Path):
    con = duckdb.connect()
    con.execute("create table products (x int)")
    run(tmp_path, shop(sold([1])))
    assert con.sql("from products").columns == ["x"]
