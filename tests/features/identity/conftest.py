"""A connection with the canonical tables, and ways to state who is who."""

from collections.abc import Callable, Iterator, Sequence

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from features.door import prepare


@pytest.fixture
def con() -> Iterator[DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute("set threads = 1")
    prepare(con)
    yield con
    con.close()


@pytest.fixture
def say(con: DuckDBPyConnection) -> Callable[..., None]:
    """State that 'email_sha256:e' is a customer's, or that two identifiers belong together."""

    def say(
        link: str, other: str, at: int, *, relation: str = "same", match: str = "exact"
    ) -> None:
        kind, value = link.split(":")
        customer = None if ":" in other else other
        linked: Sequence[str | None] = other.split(":") if ":" in other else (None, None)
        con.execute(
            "insert into identifiers values (?, ?, ?, ?, ?, ?, ?, ?, null, 'test')",
            [kind, value, customer, *linked, at, relation, match],
        )

    return say
