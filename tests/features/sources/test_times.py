"""Times in text and numbers, with and without zones, to epoch seconds."""

from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2010-07-01 10:00:00", "2010-07-01T09:00:00+00:00"),
        ("2010-07-01T10:00", "2010-07-01T09:00:00+00:00"),
        ("2010/07/01 10:00:00.5", "2010-07-01T09:00:00+00:00"),
        ("2010-12-01", "2010-12-01T00:00:00+00:00"),
        ("1969-12-31 23:59:58", "1969-12-31T22:59:58+00:00"),
    ],
)
def test_a_time_without_a_zone_is_of_the_shops_zone(one_column, cell, expected):
    assert one_column("purchased_at", [cell], "purchased_at") == [(at(expected), None)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2010-07-01T10:00:00Z", "2010-07-01T10:00:00+00:00"),
        ("2010-07-01 10:00:00 UTC", "2010-07-01T10:00:00+00:00"),
        ("2010-07-01T10:00:00+0100", "2010-07-01T09:00:00+00:00"),
        ("2010-07-01 10:00:00+01", "2010-07-01T09:00:00+00:00"),
        ("2010-07-01T10:00:00,25-05:30", "2010-07-01T15:30:00+00:00"),
    ],
)
def test_a_time_with_a_zone_is_of_that_zone(one_column, cell, expected):
    assert one_column("purchased_at", [cell], "purchased_at") == [(at(expected), None)]


def test_the_clock_going_back_and_forward(one_column):
    """Twice shown: the later one. Never shown: moved forward by the hour skipped."""
    rows = one_column(
        "purchased_at", ["2010-10-31 01:30:00", "2010-03-28 01:30:00"], "purchased_at"
    )
    assert rows[0][0] == at("2010-10-31T01:30:00+00:00")
    assert rows[1][0] == at("2010-03-28T02:30:00+01:00")


def test_rows_without_a_zone_beside_rows_with_one_are_at_fault(one_column):
    cells = ["2010-07-01T10:00:00Z", "2010-07-01 10:00:00", "hello", ""]
    rows = one_column("purchased_at", cells, "purchased_at")
    assert rows[0] == (at("2010-07-01T10:00:00+00:00"), [])
    value, (fault,) = rows[1]
    assert value is None
    assert fault["reason"] == "no time zone while other rows have one"
    assert fault["value"] == "2010-07-01 10:00:00"
    assert "time_zone of purchased_at" in fault["remedy"]
    assert [f["reason"] for f in rows[2][1]] == ["not a time"]
    assert rows[3] == (None, [])


def test_a_zone_told_for_the_column_says_what_bare_times_mean(one_column):
    cells = ["2010-07-01T10:00:00Z", "2010-07-01 10:00:00"]
    told = {"column": "purchased_at", "time_zone": "Asia/Tokyo"}
    rows = one_column("purchased_at", cells, told)
    assert [row[0] for row in rows] == [
        at("2010-07-01T10:00:00+00:00"), at("2010-07-01T10:00:00+09:00")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cell", ["2010-13-01", "10:00", "1262304000", "2010-07-01 10:00 EST", "now"]
)
def test_what_is_no_time_is_told(one_column, cell):
    ((value, faults),) = one_column("purchased_at", [cell], "purchased_at")
    assert value is None
    assert (faults[0]["reason"], faults[0]["value"]) == ("not a time", cell)


@pytest.mark.parametrize(
    ("told", "cell", "expected"),
    [
        ({"format": "%d/%m/%Y %H:%M"}, "01/07/2010 10:00", "2010-07-01T09:00:00+00:00"),
        ({"format": ["%Y%m%d", "%d.%m.%Y"]}, "01.07.2010", "2010-06-30T23:00:00+00:00"),
        ({"format": "%d/%m/%Y %H:%M %z"}, "01/07/2010 10:00 +0200", "2010-07-01T08:00:00+00:00"),
        ({"format": "%d/%m/%Y", "day": "end"}, "01/07/2010", "2010-07-01T22:59:59+00:00"),
        ({"day": "end"}, "2010-07-01", "2010-07-01T22:59:59+00:00"),
        ({"day": "end"}, "2010-07-01 10:00", "2010-07-01T09:00:00+00:00"),
        ({"unit": "epoch_s"}, "1262304000", "2010-01-01T00:00:00+00:00"),
        ({"unit": "epoch_ms"}, "1262304000999", "2010-01-01T00:00:00+00:00"),
        ({"unit": "epoch_us"}, "1262304000999999", "2010-01-01T00:00:00+00:00"),
        ({"time_zone": "America/New_York"}, "2010-01-01 00:00", "2010-01-01T05:00:00+00:00"),
    ],
)
def test_formats_units_and_zones(one_column, told, cell, expected):
    rows = one_column("purchased_at", [cell], {"column": "purchased_at", **told})
    assert rows == [(at(expected), None)]


@given(st.integers(631_152_000, 2_114_380_800))
@settings(max_examples=200, deadline=None)
def test_local_times_agree_with_the_zone_database(seconds):
    local = datetime.fromtimestamp(seconds, ZoneInfo("Europe/London"))
    # Of a time that the clock shows twice, the later one is meant.
    later = local.replace(fold=1)
    found = duckdb.execute(
        "select epoch_us(timezone('Europe/London', cast(? as TIMESTAMP))) // 1000000",
        [local.strftime("%Y-%m-%d %H:%M:%S")],
    ).fetchall()
    assert found[0][0] == int(later.timestamp())


def test_typed_times_of_parquet(corner):
    duckdb.execute(
        "copy (select 'a' as id, timestamp '2010-07-01 10:00' as naive,"
        " timestamptz '2010-07-01 10:00:00+00' as zoned, date '2010-07-01' as day, 5 as n)"
        f" to '{corner.folder / 't.parquet'}'"
    )
    corner.map(
        "  service_contacts:\n    files: t.parquet\n    columns: {contact_id: id, customer_id: id,"
        " opened_at: naive, closed_at: zoned}\n  products:\n    files: t.parquet\n"
        "    columns: {item_id: id, launched_at: {column: day, day: end}}\n"
        "  identifiers:\n    files: t.parquet\n    columns: {identifier_type: {constant: crm_id},"
        " value: id, customer_id: id, observed_at: n}\n"
    )
    assert corner.raw("service_contacts", "opened_at, closed_at") == [
        (at("2010-07-01T09:00:00+00:00"), at("2010-07-01T10:00:00+00:00"))
    ]
    assert corner.raw("products", "launched_at") == [(at("2010-07-01T22:59:59+00:00"),)]
    ((value, faults),) = corner.raw("identifiers", "observed_at, _faults")
    assert value is None
    assert "epoch_ms" in faults[0]["remedy"], "a bare number does not say what it counts"
