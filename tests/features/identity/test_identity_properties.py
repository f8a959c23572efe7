"""What must hold whatever is stated."""

import duckdb
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from features.door import prepare
from features.identity import KINDS
from features.links import lay_links

AS_OF = 50
Statement = tuple[str, str, str | None, str | None, str | None, int, str, str]
Found = tuple[list[tuple[str, ...]], list[tuple[str, ...]]]


@pytest.fixture(scope="module")
def con() -> DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set threads = 1")
    prepare(con)
    return con


@st.composite
def statements(draw: st.DrawFn, first: int, last: int) -> Statement:
    kinds = st.sampled_from(KINDS[1:])
    values = st.sampled_from("abcd")
    customer = draw(st.none() | st.sampled_from("ABCDE"))
    linked = (None, None) if customer else (draw(kinds), draw(values))
    return (
        draw(kinds), draw(values), customer, *linked, draw(st.integers(first, last)),
        draw(st.sampled_from(["same", "same", "same", "different"])),
        draw(st.sampled_from(["exact", "exact", "exact", "fuzzy"])),
    )  # fmt: skip


def found(con: DuckDBPyConnection, rows: list[Statement], as_of: int = AS_OF) -> Found:
    con.execute("delete from identifiers")
    if rows:
        con.executemany("insert into identifiers values (?, ?, ?, ?, ?, ?, ?, ?, null, 't')", rows)
    lay_links(con, [as_of])
    return (
        con.execute("from links order by all").fetchall(),
        con.execute("from persons order by all").fetchall(),
    )


past = st.lists(statements(0, AS_OF - 1), max_size=25)
future = st.lists(statements(AS_OF, 99), max_size=15)


@given(before=past, after=future)
@settings(max_examples=60, deadline=None)
def test_the_future_changes_nothing(
    con: DuckDBPyConnection, before: list[Statement], after: list[Statement]
) -> None:
    assert found(con, before + after) == found(con, before)


@given(rows=past, data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_rows_does_not_matter(
    con: DuckDBPyConnection, rows: list[Statement], data: st.DataObject
) -> None:
    assert found(con, data.draw(st.permutations(rows))) == found(con, rows)


@given(rows=past, link=statements(AS_OF, AS_OF))
@settings(max_examples=60, deadline=None)
def test_an_unmerge_restores_what_stood_before_the_link(
    con: DuckDBPyConnection, rows: list[Statement], link: Statement
) -> None:
    kind, value, customer, linked_type, linked_value, at, _, match = link
    ends = {(kind, value), (linked_type or "customer", linked_value or customer)}
    rows = [
        r for r in rows
        if {(r[0], r[1]), (r[3] or "customer", r[4] or r[2])} != ends
    ]  # fmt: skip
    same = (kind, value, customer, linked_type, linked_value, at, "same", match)
    undone = (kind, value, customer, linked_type, linked_value, at + 1, "different", "exact")
    before = found(con, rows, as_of=AS_OF + 9)
    assert found(con, [*rows, same, undone], as_of=AS_OF + 9) == before


@given(rows=past)
@settings(max_examples=60, deadline=None)
def test_an_identifier_has_one_customer_and_people_one_name(
    con: DuckDBPyConnection, rows: list[Statement]
) -> None:
    links, persons = found(con, rows)
    assert len({(kind, value) for _, kind, value, _ in links}) == len(links)
    moved = {customer: person for _, customer, person, _ in persons}
    assert len(moved) == len(persons)
    assert not set(moved.values()) & {c for c, p in moved.items() if p != c}
    assert not {c for *_, c in links} & {c for c, p in moved.items() if p != c}


@given(rows=past, k=st.integers(6, 30))
@settings(max_examples=60, deadline=None)
def test_an_identifier_shared_by_many_changes_nothing_for_the_others(
    con: DuckDBPyConnection, rows: list[Statement], k: int
) -> None:
    strangers = [
        ("email_sha256", f"own{n}", f"S{n}", None, None, 1, "same", "exact") for n in range(k)
    ]
    kiosk = [("device", "kiosk", f"S{n}", None, None, 2, "same", "exact") for n in range(k)]
    assert found(con, rows + strangers + kiosk) == found(con, rows + strangers)
