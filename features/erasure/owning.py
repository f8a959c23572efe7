"""Which rows of each canonical table are about a person, in SQL."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from duckdb import DuckDBPyConnection

from features.erasure.names import VISITOR_TYPES, Names
from features.schemas import TABLES

CUSTOMERS, IDENTIFIERS, DECISIONS = "gone_customers", "gone_identifiers", "gone_decisions"
_CUSTOMER = f"customer_id in (select id from {CUSTOMERS})"
_VISITORS = ", ".join(f"'{kind}'" for kind in VISITOR_TYPES)
_OWNED: Mapping[str, Mapping[str, str]] = {
    "identifiers": {
        "customer_id": _CUSTOMER,
        "value": f"(identifier_type, value) in (select (kind, value) from {IDENTIFIERS})",
        "linked_value": f"(linked_type, linked_value) in (select (kind, value) from {IDENTIFIERS})",
    },
    "events": {
        "visitor_id": f"visitor_id in (select value from {IDENTIFIERS} where kind in ({_VISITORS}))"
    },
    "social_mentions": {
        "identifier": f"identifier in (select value from {IDENTIFIERS} where kind = 'social')"
    },
    "outcomes": {
        "customer_id": _CUSTOMER,
        "decision_id": f"decision_id in (select decision_id from {DECISIONS})",
    },
}
_OTHERS = {"customer_id": _CUSTOMER}
NOBODYS = frozenset({"products", "stock_levels"})
"""Tables whose rows are about nobody."""


def owned_sql(table: str, columns: Collection[str] | None = None) -> str:
    """Render the condition that a row is the person's, false where it cannot be.

    Parameters
    ----------
    table
        Name of a canonical table.
    columns
        Those that a file has; None for all of the table.
    """
    if table in NOBODYS:
        return "false"
    held = TABLES[table].names if columns is None else columns
    found = [sql for name, sql in _OWNED.get(table, _OTHERS).items() if name in held]
    # A null is nobody's, and must not make a row without an owner vanish.
    return f"coalesce({' or '.join(f'coalesce({sql}, false)' for sql in found) or 'false'}, false)"


@contextmanager
def named(con: DuckDBPyConnection, names: Names) -> Iterator[None]:
    """Lay the tables that :func:`owned_sql` reads; within the block, conditions hold for a person.

    Decisions are found by the table ``exposures`` of the connection: an outcome may name its
    decision only.
    """
    con.execute(f"create or replace temp table {CUSTOMERS} (id VARCHAR)")
    con.execute(f"insert into {CUSTOMERS} select unnest($ids)", {"ids": sorted(names.customers)})
    con.execute(f"create or replace temp table {IDENTIFIERS} (kind VARCHAR, value VARCHAR)")
    kinds, values = zip(*sorted(names.identifiers), strict=True) if names.identifiers else ((), ())
    con.execute(
        f"insert into {IDENTIFIERS} select unnest($kinds), unnest($values)",
        {"kinds": list(kinds), "values": list(values)},
    )
    con.execute(
        f"create or replace temp table {DECISIONS} as"
        f" select decision_id from main.exposures where {_CUSTOMER}"
    )
    try:
        yield
    finally:
        for table in (CUSTOMERS, IDENTIFIERS, DECISIONS):
            con.execute(f"drop table temp.{table}")


def rows_of(con: DuckDBPyConnection, names: Names) -> dict[str, list[dict[str, object]]]:
    """Return every row of a person, by canonical table; every table about persons is named.

    Returns
    -------
    Values by column, in the order of the keys; times in epoch seconds UTC, money in cents.
    """
    with named(con, names):
        found = {}
        for table in TABLES.values():
            if table.name in NOBODYS:
                continue
            query = (
                f"select {', '.join(table.names)} from main.{table.name}"
                f" where {owned_sql(table.name)} order by {', '.join(table.key)}"
            )
            rows = con.execute(query).fetchall()
            found[table.name] = [dict(zip(table.names, row, strict=True)) for row in rows]
    return found
