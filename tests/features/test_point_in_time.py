"""Whatever happens at or after ``as_of`` leaves the snapshot as it was, to the last bit."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pandas as pd
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.definitions import FEATURES
from features.snapshot import build_snapshot
from tests.features.futures import FILLED_IN, KNOWN_AT, Happening, happen, happenings
from tests.features.recount import DAY, START
from tests.features.retailer import add_scores

AS_OF = START + 250 * DAY
# Lists of happenings to try; each builds every column again. Raise it for a longer search.
CASES = int(os.environ.get("POINT_IN_TIME_CASES", "15"))
# The mask is the same for all the columns of a purpose; two of each show it.
MASKED = [
    column.name
    for purpose in ("personalisation", "third_party_data")
    for column in [each for each in FEATURES if each.purpose == purpose][:2]
]

Frames = Mapping[str, pd.DataFrame]


@pytest.fixture(scope="module")
def every(shop: Frames, scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {**shop, "comment_scores": scores}


@pytest.fixture(scope="module")
def con(
    opened: Callable[[Frames], DuckDBPyConnection], every: dict[str, pd.DataFrame]
) -> DuckDBPyConnection:
    """What is known at ``AS_OF``: rows of before it, whatever is filled in later."""
    past = {
        name: frame[frame[KNOWN_AT[name]].isna() | (frame[KNOWN_AT[name]] < AS_OF)]
        if name in KNOWN_AT
        else frame
        for name, frame in every.items()
    }
    con = opened({name: frame for name, frame in past.items() if name != "comment_scores"})
    add_scores(con, past["comment_scores"])
    return con


@contextmanager
def undone(con: DuckDBPyConnection) -> Iterator[None]:
    con.execute("begin")
    try:
        yield
    finally:
        con.execute("rollback")


def both(con: DuckDBPyConnection) -> tuple[pa.Table, pa.Table]:
    """Every column without the mask, and some of each purpose with it."""
    return (
        build_snapshot(con, [AS_OF], honour_consents=False),
        build_snapshot(con, [AS_OF], columns=MASKED),
    )


@pytest.fixture(scope="module")
def known(con: DuckDBPyConnection) -> tuple[pa.Table, pa.Table]:
    return both(con)


EVERYWHERE = [Happening(table, None, 0, 7) for table in KNOWN_AT]
EVERYWHERE += [Happening(table, column, 0, 7) for table, column, _ in FILLED_IN]


@pytest.mark.slow
@settings(max_examples=CASES, deadline=None)
@example(rows=EVERYWHERE)
@given(rows=st.lists(happenings(), min_size=20, max_size=60))
def test_the_future_changes_nothing(
    con: DuckDBPyConnection,
    every: dict[str, pd.DataFrame],
    known: tuple[pa.Table, pa.Table],
    rows: list[Happening],
):
    with undone(con):
        for row in rows:
            happen(con, every, row, AS_OF)
        after = both(con)
    assert after[0].equals(known[0])
    assert after[1].equals(known[1])


@pytest.mark.parametrize("name", sorted(KNOWN_AT))
def test_a_row_before_as_of_does_count(
    con: DuckDBPyConnection, every: dict[str, pd.DataFrame], name: str
):
    """The property above would hold for a snapshot that reads nothing."""
    of_table = [column.name for column in FEATURES if column.source == name]
    honour = not of_table
    asked = {"honour_consents": honour, "columns": of_table or MASKED}
    one = build_snapshot(con, [AS_OF], **asked)
    with undone(con):
        for seed in range(12):
            # A level of stock speaks of the time after it.
            delay = -100 * DAY if name == "stock_levels" else -1
            happen(con, every, Happening(name, None, delay - seed, seed), AS_OF)
        assert not build_snapshot(con, [AS_OF], **asked).equals(one)


@pytest.mark.parametrize(("name", "column"), sorted((t, c) for t, c, _ in FILLED_IN))
def test_what_is_filled_in_before_as_of_does_count(con: DuckDBPyConnection, name: str, column: str):
    of_table = [each.name for each in FEATURES if each.source == name]
    one = build_snapshot(con, [AS_OF], honour_consents=False, columns=of_table)
    started = next(s for t, c, s in FILLED_IN if (t, c) == (name, column))
    with undone(con):
        con.execute(
            f"update main.{name} set {column} = {AS_OF - 1}"
            f" where {column} is null and {started} < {AS_OF - DAY}"
        )
        other = build_snapshot(con, [AS_OF], honour_consents=False, columns=of_table)
    assert not other.equals(one)


def test_a_late_line_of_an_old_order_stays_out(con: DuckDBPyConnection, shop: Frames):
    lines = shop["transactions"]
    late = lines[(lines["purchased_at"] < AS_OF) & (lines["amount"] > 0)].iloc[[1]].copy()
    late["line_no"], late["purchased_at"] = 999, AS_OF
    one = build_snapshot(con, [AS_OF], honour_consents=False)
    with undone(con):
        con.register("planted", late)
        con.execute("insert into main.transactions by name select * from planted")
        con.unregister("planted")
        table = build_snapshot(con, [AS_OF, AS_OF + 1], honour_consents=False)
    moments = table.column("as_of")
    now = table.filter(pa.compute.equal(moments, AS_OF))
    then = table.filter(pa.compute.equal(moments, AS_OF + 1))
    assert now.equals(one.cast(now.schema))
    order = {"customer_id": late["customer_id"].iloc[0]}
    spend = then.to_pandas().set_index("customer_id")["spend_total"][order["customer_id"]]
    was = one.to_pandas().set_index("customer_id")["spend_total"][order["customer_id"]]
    assert spend == was + late["amount"].iloc[0]


@st.composite
def moments(draw: st.DrawFn, shop: Frames) -> list[int]:
    """Days at midnight, and times at which something happens, one second off or not."""
    name, column = draw(st.sampled_from(sorted(KNOWN_AT.items())))
    times = shop[name][column].dropna().astype(int).tolist()
    edges = st.builds(lambda at, off: at + off, st.sampled_from(times), st.integers(-1, 1))
    days = st.integers(30, 420).map(lambda day: START + day * DAY)
    return draw(st.lists(st.one_of(edges, days), min_size=2, max_size=4, unique=True))


@pytest.mark.slow
@settings(max_examples=max(CASES // 4, 2), deadline=None)
@given(data=st.data())
def test_many_moments_together_equal_one_by_one(
    whole: DuckDBPyConnection, every: dict[str, pd.DataFrame], data: st.DataObject
):
    chosen = sorted(data.draw(moments(every)))
    together = build_snapshot(whole, chosen, honour_consents=False)
    parts = [build_snapshot(whole, [moment], honour_consents=False) for moment in chosen]
    assert together.equals(pa.concat_tables(parts))


@pytest.fixture(scope="module")
def whole(
    opened: Callable[[Frames], DuckDBPyConnection], shop: Frames, scores: pd.DataFrame
) -> DuckDBPyConnection:
    con = opened(shop)
    add_scores(con, scores)
    return con


def test_the_order_of_rows_changes_nothing(
    opened: Callable[[Frames], DuckDBPyConnection],
    whole: DuckDBPyConnection,
    shop: Frames,
    scores: pd.DataFrame,
):
    shuffled = opened({n: f.sample(frac=1, random_state=5) for n, f in shop.items()})
    add_scores(shuffled, scores.sample(frac=1, random_state=6))
    chosen = [START + 150 * DAY, START + 390 * DAY]
    one, other = (build_snapshot(c, chosen, honour_consents=False) for c in (whole, shuffled))
    assert one.equals(other)
