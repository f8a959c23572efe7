"""What customers bought since they entered, look by look."""

import duckdb
import numpy as np
import pytest

from training.experiments.purchases import spend_by_look


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create table transactions (customer_id varchar, purchased_at bigint, amount int)")
    con.executemany(
        "insert into transactions values (?, ?, ?)",
        [
            ["a", 99, 1_000],  # before a entered
            ["a", 100, 250],  # at the entry
            ["a", 199, 50],
            ["a", 200, 700],  # at the first look: counts for the second
            ["b", 150, 333],  # before b entered
            ["b", 299, 100],
            ["b", 300, 9_999],  # at the last look
            ["c", 150, 9_999],  # of nobody in the trial
            ["a", 250, None],
        ],
    )
    return con


def test_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    spent = spend_by_look(con, ["b", "a", "d"], np.array([160, 100, 0]), np.array([200, 300]))
    assert spent.tolist() == [[0.0, 1.0], [3.0, 10.0], [0.0, 0.0]]


def test_one_look_alone_is_the_same(con: duckdb.DuckDBPyConnection) -> None:
    spent = spend_by_look(con, ["a"], np.array([100]), np.array([300]))
    assert spent.tolist() == [[10.0]]
