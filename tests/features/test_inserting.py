"""Statistics of a table into which nothing was inserted before a great deal."""

import duckdb
import pytest

from features.inserting import insert_rows

ROWS = 122_881


@pytest.mark.parametrize("kind", ["", "temp"])
def test_nothing_and_then_many_rows_in_one_transaction(kind: str):
    con = duckdb.connect()
    con.execute(f"create {kind} table kept (a BIGINT)")
    con.execute("create temp table nothing (a BIGINT)")
    con.execute(f"create temp table many as select range as a from range({ROWS})")
    con.begin()
    insert_rows(con, "kept", "select * from nothing where a > $low", {"low": -1})
    insert_rows(con, "kept", "select * from many where a > $low", {"low": -1})
    con.commit()
    assert con.execute("select count(*), count(distinct a), max(a) from kept").fetchall() == [
        (ROWS, ROWS, ROWS - 1)
    ]
