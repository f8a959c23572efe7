"""Inserting what a query gives, where that may be nothing."""

from collections.abc import Mapping

from duckdb import DuckDBPyConnection


def insert_rows(
    con: DuckDBPyConnection, into: str, query: str, values: Mapping[str, object] | None = None
) -> None:
    """Insert the rows of a query, or do nothing at all when it has none.

    In DuckDB 2.0.0 an ``insert ... select`` of no rows, followed in the same transaction by one of
    more than 122,880, leaves the table with the statistics of an empty one, and aggregates over it
    give nothing (tests/features/test_inserting.py shows it).

    Parameters
    ----------
    into
        Table, with its columns where the query does not give them all.
    query
        SELECT; parameters as ``$name``.
    values
        Of the parameters.
    """
    given = dict(values or {})
    if con.execute(f"select 1 from ({query}) limit 1", given).fetchall():
        con.execute(f"insert into {into} {query}", given)
