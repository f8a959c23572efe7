"""A connection with the canonical tables, and ways to state who is who."""

from collections.abc import Iterator, Sequence

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from features.door import prepare

Row = tuple[object, ...]


@pytest.fixture
def con() -> Iterator[DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute("set threads = 1")
    prepare(con)
    yield con
    con.close()


class Statements:
    """Writes rows of ``identifiers``; a link is 'email_sha256:e1' with a customer or another."""

    def __init__(self, con: DuckDBPyConnection) -> None:
        self._con = con

    def say(
        self,
        link: str,
        other: str,
        at: int,
        *,
        relation: str = "same",
        match: str = "exact",
    ) -> None:
        kind, value = link.split(":")
        customer = None if ":" in other else other
        linked: Sequence[str | None] = other.split(":") if ":" in other else (None, None)
        self._con.execute(
            "insert into identifiers values (?, ?, ?, ?, ?, ?, ?, ?, null, 'test')",
            [kind, value, customer, *linked, at, relation, match],
        )


@pytest.fixture
def statements(con: DuckDBPyConnection) -> Statements:
    return Statements(con)
