"""Whatever happens at or after ``as_of`` leaves the snapshot as it was."""

from collections.abc import Callable, Mapping

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from features.schemas import TABLES
from features.snapshot import build_snapshot

DAY = 86_400
START = 1_600_000_000
AS_OF = START + 250 * DAY

Frames = Mapping[str, pd.DataFrame]

# The time that says when each row became known.
KNOWN_AT = {
    "transactions": "purchased_at",
    "identifiers": "observed_at",
    "events": "occurred_at",
    "stock_levels": "as_of",
    "consents": "recorded_at",
    "feedback": "answered_at",
    "service_contacts": "opened_at",
    "exposures": "exposed_at",
    "outcomes": "occurred_at",
    "third_party": "obtained_at",
}


@pytest.fixture(scope="module")
def con(opened: Callable[[Frames], DuckDBPyConnection], shop: Frames) -> DuckDBPyConnection:
    past = {
        name: frame[frame[KNOWN_AT[name]] < AS_OF] if name in KNOWN_AT else frame
        for name, frame in shop.items()
    }
    return opened(past)


@st.composite
def future_rows(draw: st.DrawFn) -> tuple[str, int, int]:
    """A table, which of its rows to repeat, and how long after ``as_of``."""
    return (
        draw(st.sampled_from(sorted(KNOWN_AT))),
        draw(st.integers(0, 10_000)),
        draw(st.one_of(st.just(0), st.integers(1, 300 * DAY))),
    )


def plant(con: DuckDBPyConnection, shop: Frames, name: str, pick: int, delay: int) -> None:
    """Repeat a row under a new key at ``AS_OF + delay``."""
    row = shop[name].iloc[[pick % len(shop[name])]].copy()
    row[KNOWN_AT[name]] = AS_OF + delay
    if name == "transactions":
        # Half of them are late lines of an order that exists already.
        row["line_no"] = 100 + pick + delay
        row["order_id"] = row["order_id"] if pick % 2 else f"future-{pick}-{delay}"
    for column in ("event_id", "feedback_id", "contact_id", "outcome_id"):
        if column == TABLES[name].key[0]:
            row[column] = f"future-{pick}-{delay}"
    if name == "exposures":
        row["decision_id"] = f"future-{pick}-{delay}"
    if name == "third_party":
        row = row.assign(attribute=f"future-{pick}-{delay}", expires_at=pd.NA)
        row = row.astype({"expires_at": "Int64"})
    if "closed_at" in row:
        row["closed_at"] = AS_OF + delay
    if name == "consents":
        row["status"] = "withdrawn"
    columns = ", ".join(row.columns)
    con.register("planted", row)
    con.execute(f"insert into main.{name} ({columns}) select {columns} from planted")
    con.unregister("planted")


@settings(max_examples=10, deadline=None)
@given(rows=st.lists(future_rows(), min_size=5, max_size=30))
def test_the_future_changes_nothing(
    con: DuckDBPyConnection, shop: Frames, rows: list[tuple[str, int, int]]
):
    before = [build_snapshot(con, [AS_OF], honour_consents=honour) for honour in (True, False)]
    con.execute("begin")
    try:
        for name, pick, delay in rows:
            plant(con, shop, name, pick, delay)
        after = [build_snapshot(con, [AS_OF], honour_consents=honour) for honour in (True, False)]
    finally:
        con.execute("rollback")
    assert before[0].equals(after[0])
    assert before[1].equals(after[1])


# Rows that are sure to matter when they come in time: (pick, seconds after as_of).
IN_TIME = {
    "identifiers": [(13, -1)],  # the cookie of c13, else seen on day 260
    "stock_levels": [(item, -80 * DAY) for item in range(25)],
    "events": [(pick, -1) for pick in range(20)],
    "outcomes": [(pick, -1) for pick in range(20)],
}


@pytest.mark.parametrize("name", sorted(KNOWN_AT))
def test_a_row_before_as_of_does_count(con: DuckDBPyConnection, shop: Frames, name: str):
    """The property above would hold for a snapshot that reads nothing."""
    honour = name == "consents"
    one = build_snapshot(con, [AS_OF], honour_consents=honour)
    con.execute("begin")
    try:
        for pick, delay in IN_TIME.get(name, [(0, -1)]):
            plant(con, shop, name, pick, delay)
        other = build_snapshot(con, [AS_OF], honour_consents=honour)
    finally:
        con.execute("rollback")
    assert not one.equals(other)


def test_a_late_line_of_an_old_order_stays_out(con: DuckDBPyConnection, shop: Frames):
    lines = shop["transactions"].reset_index(drop=True)
    old = lines[(lines["purchased_at"] < AS_OF) & (lines["amount"] > 0)]
    pick = next(index for index in old.index if index % 2)
    one = build_snapshot(con, [AS_OF], honour_consents=False)
    con.execute("begin")
    try:
        plant(con, shop, "transactions", pick, 0)
        both = build_snapshot(con, [AS_OF, AS_OF + 1], honour_consents=False).to_pandas()
    finally:
        con.execute("rollback")
    now = both[both["as_of"] == AS_OF].reset_index(drop=True)
    pd.testing.assert_frame_equal(now, one.to_pandas())
