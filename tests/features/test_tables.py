"""The tables as they stood at a moment, and by bucket."""

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import standing
from features.buckets import BUCKET_KEYS, bucket_count, bucket_of, bucket_sql
from features.errors import SourceError
from features.schemas import TABLES
from features.storage import write_manifest
from features.tables import data_hashes, open_tables
from tests.features.support import NOW, run, shop, sold

_CON = duckdb.connect()


def rows(folder: Path, query: str, **options: object) -> list[tuple[object, ...]]:
    con = open_tables(folder / "t", **options)  # type: ignore[arg-type]
    try:
        return con.execute(query).fetchall()
    finally:
        con.close()


COUNT = "select count(*), sum(amount) from transactions"


def test_a_late_row_is_absent_from_the_tables_as_known_before_it_came(tmp_path: Path):
    """Order 1 is the oldest by its date and came last."""
    run(tmp_path, shop(sold([5, 6])), now=NOW)
    run(tmp_path, shop(sold([5, 6]), sold([1])), now=NOW + 100)
    oldest = "select min(purchased_at) from transactions"
    assert rows(tmp_path, oldest, known_at=NOW) == [(1005,)]
    assert rows(tmp_path, oldest, known_at=NOW + 99) == [(1005,)]
    assert rows(tmp_path, oldest, known_at=NOW + 100) == [(1001,)]
    assert rows(tmp_path, oldest) == [(1001,)]


def test_a_correction_is_seen_from_its_own_moment_on(tmp_path: Path):
    for late, amount in enumerate((5, 6, 7)):
        run(tmp_path, shop(sold(range(4), amount=amount)), now=NOW + late)
    for late, amount in enumerate((5, 6, 7)):
        assert rows(tmp_path, COUNT, known_at=NOW + late) == [(4, 4 * amount)]
        assert rows(tmp_path, COUNT, known_at=NOW + late, verify=False) == [(4, 4 * amount)]


def test_a_long_query_draws_nothing_on_standard_output(tmp_path: Path):
    """DuckDB's progress bar, drawn from two seconds on, would break the JSON written there."""
    run(tmp_path, shop(sold(range(4))))
    assert rows(tmp_path, "select current_setting('enable_progress_bar')") == [(False,)]


def test_nothing_known_yet_is_empty(tmp_path: Path):
    run(tmp_path, shop(sold(range(4))))
    for name in (*TABLES, "purchases", "returns", "comment_scores"):
        assert rows(tmp_path, f"select count(*) from {name}", known_at=NOW - 1) == [(0,)]


def test_buckets_share_out_the_rows(tmp_path: Path):
    run(tmp_path, shop(sold(range(60)).assign(customer_id=[f"c{k}" for k in range(60)])))
    count = bucket_count(tmp_path / "t")
    assert count == 16
    each = [rows(tmp_path, "select customer_id from transactions", bucket=b) for b in range(count)]
    assert sorted(name for bucket in each for (name,) in bucket) == sorted(
        f"c{k}" for k in range(60)
    )
    for number, bucket in enumerate(each):
        assert all(bucket_of(str(name), count) == number for (name,) in bucket)
    assert sum(1 for bucket in each if bucket) > 10
    both = rows(tmp_path, "select customer_id from transactions", bucket=[0, 1])
    assert sorted(both) == sorted(each[0] + each[1])
    assert rows(tmp_path, "select count(*) from products", bucket=3) == [(1,)]


def test_there_is_no_such_bucket(tmp_path: Path):
    run(tmp_path, shop(sold([1])))
    with pytest.raises(SourceError, match="no bucket 16") as info:
        open_tables(tmp_path / "t", bucket=16)
    assert "from 0 to 15" in info.value.remedy


def test_a_row_that_moves_to_another_bucket_leaves_its_old_one(tmp_path: Path):
    run(tmp_path, shop(sold([1])))
    run(tmp_path, shop(sold([1]).assign(customer_id="someone else")), now=NOW + 1)
    old, new = bucket_of("c1", 16), bucket_of("someone else", 16)
    assert old != new
    assert rows(tmp_path, "select count(*) from transactions", bucket=old) == [(0,)]
    assert rows(tmp_path, "select count(*) from transactions", bucket=new) == [(1,)]
    assert rows(tmp_path, "select count(*) from transactions", bucket=old, known_at=NOW) == [(1,)]


def test_every_table_of_a_customer_lies_in_one_bucket(tmp_path: Path):
    """Also events of a linked visitor, outcomes that name the decision only, and guests."""
    at = {"customer_id": "c1"}
    more = {
        "customers": pd.DataFrame([at]),
        "identifiers": pd.DataFrame(
            [{"identifier_type": "cookie", "value": "k", **at, "observed_at": 1}]
        ),
        "events": pd.DataFrame(
            {
                "event_id": ["e1", "e2"],
                "visitor_id": ["k", "unknown"],
                "session_id": "s",
                "occurred_at": 2,
                "event_type": "search",
            }
        ),
        "exposures": pd.DataFrame(
            [{"decision_id": "d", **at, "channel": "web", "exposed_at": 3, "arm": "policy"}]
        ),
        "outcomes": pd.DataFrame(
            [{"outcome_id": "r", "decision_id": "d", "outcome": "clicked", "occurred_at": 4}]
        ),
    }
    lines = sold([1, 2]).assign(customer_id=["c1", None])
    run(tmp_path, shop(lines, **more))
    bucket = bucket_of("c1", 16)
    for name in ("customers", "transactions", "exposures", "outcomes", "events"):
        assert name in BUCKET_KEYS
        assert rows(tmp_path, f"select count(*) from {name}", bucket=bucket) == [(1,)], name
    guest = bucket_of("o2", 16)
    assert rows(
        tmp_path, "select order_id from transactions where customer_id is null", bucket=guest
    ) == [("o2",)]
    visitor = bucket_of("unknown", 16)
    assert ("e2",) in rows(tmp_path, "select event_id from events", bucket=visitor)


@given(st.text(max_size=30).filter(lambda s: "\x00" not in s), st.integers(1, 256))
def test_sql_and_python_agree_on_the_bucket(key: str, buckets: int):
    found = _CON.execute(f"select {bucket_sql('$key', buckets)}", {"key": key}).fetchall()
    assert found == [(bucket_of(key, buckets),)]
    assert 0 <= bucket_of(key, buckets) < buckets


def test_the_folder_s_own_name_decides_nothing(tmp_path: Path):
    """A path that looks like a partition must not overrule a column."""
    home = tmp_path / "source=evil" / "amount=7"
    run(home, shop(sold([1])))
    run(home, shop(sold([1], amount=6)), now=NOW + 1)
    assert rows(home, "select source, amount from transactions") == [("shop", 6)]


def test_files_of_an_older_contract_are_fitted(tmp_path: Path):
    """A column that came later takes its default, and the portions are read again."""
    run(tmp_path, shop(sold([1, 2])))
    manifest = json.loads((tmp_path / "t" / "manifest.json").read_text())
    for file in manifest["tables"]["transactions"]["files"]:
        path = tmp_path / "t" / file["path"]
        duckdb.connect().execute(
            f"copy (select * exclude (line_type, label) from '{path}') to '{path}'"
        )
        file["sha256"] = standing.hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["runs"][0]["contract"] = "older"
    write_manifest(tmp_path / "t", manifest)
    query = "select distinct line_type, label from transactions"
    assert rows(tmp_path, query) == [("sale", None)]
    report = run(tmp_path, shop(sold([1, 2])), now=NOW + 1)
    assert report.tables["transactions"].unchanged == 2
    assert rows(tmp_path, query) == [("sale", None)]


def test_the_digests_do_not_know_the_clock(tmp_path: Path):
    for name, moment in (("a", NOW), ("b", NOW + 500)):
        run(tmp_path / name, shop(sold(range(30))), now=moment)
        run(tmp_path / name, shop(sold(range(40), amount=9)), now=moment + 1)
    assert data_hashes(tmp_path / "a" / "t") == data_hashes(tmp_path / "b" / "t")
