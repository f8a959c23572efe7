"""Keeping erased persons out: their source files may still hold them, the tables must not again."""

from collections.abc import Callable, Collection

from duckdb import DuckDBPyConnection

from features.erasure.names import VISITOR_TYPES, Names, identifier_key
from features.erasure.owning import NOBODYS, named, owned_sql
from features.schemas import TABLES

KeepOut = Callable[[Collection[str]], set[str]]
"""Returns those of some names (see :attr:`features.erasure.names.Names.keys`) that are erased."""

_CUSTOMERS = " union ".join(
    f"select customer_id from run.{table.name}"
    for table in TABLES.values()
    if "customer_id" in table.names
)
_IDENTIFIERS = f"""
select identifier_type, value from run.identifiers
union select linked_type, linked_value from run.identifiers where linked_value is not null
union select '{VISITOR_TYPES[0]}', visitor_id from run.events
union select 'social', identifier from run.social_mentions where identifier is not null
"""


def leave_out(con: DuckDBPyConnection, keep_out: KeepOut) -> int:
    """Delete what a run brought of persons who were erased; return how many rows.

    Parameters
    ----------
    con
        Of the work of a run: its schema ``run`` holds what came in.
    keep_out
        Tells who was erased.
    """
    found = con.execute(f"select distinct customer_id from ({_CUSTOMERS})").fetchall()
    customers = {str(row[0]) for row in found if row[0] is not None}
    pairs = con.execute(_IDENTIFIERS).fetchall()
    by_key = {identifier_key(str(kind), str(value)): (kind, value) for kind, value in pairs}
    erased = keep_out([*customers, *by_key])
    if not erased:
        return 0
    identifiers = [(kind, value) for key, (kind, value) in by_key.items() if key in erased]
    # A cookie and a device of one value have one key: both names go.
    values = {value for kind, value in identifiers if kind in VISITOR_TYPES}
    every = frozenset({*identifiers, *((kind, v) for kind in VISITOR_TYPES for v in values)})
    return _delete(con, Names(frozenset(customers & erased), every))


def _delete(con: DuckDBPyConnection, names: Names) -> int:
    gone = 0
    with named(con, names):
        for table in TABLES:
            if table not in NOBODYS:
                deleted = con.execute(f"delete from run.{table} where {owned_sql(table)}")
                gone += int(deleted.fetchall()[0][0])
        words = sorted(names.customers | {value for _, value in names.identifiers})
        con.execute('delete from run.quarantine where "value" in (select unnest($words))',
                    {"words": words})  # fmt: skip
    return gone
