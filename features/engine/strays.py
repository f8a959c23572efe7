"""Rows that lie in another bucket than the customer who needs them.

A row is stored where its customer was known to be when it came in. A visitor linked later, a
customer merged into another, an outcome whose offer went to somebody else: each leaves rows
elsewhere. They are found in one scan of the tables and kept aside with the bucket that wants
them.
"""

from collections.abc import Iterator, Mapping

from duckdb import DuckDBPyConnection

from features.buckets import BUCKET_KEYS, bucket_name, bucket_sql
from features.engine.plan import Plan
from features.engine.session import STORED, TARGET, keep
from features.schemas import TABLES
from features.tables import create_standing_views

_TOGETHER = {
    "outcomes": {"decision_id": "exposures"},
    "exposures": {"decision_id": "outcomes"},
    "feedback": {"request_id": "feedback_requests"},
}
"""Table -> key -> the table whose rows with that key it is read together with, whosoever they
name: an outcome with its offer, an answer with its request."""


def find_strays(con: DuckDBPyConnection, plan: Plan) -> None:
    """Write ``strays/<table>.parquet`` for each table that has some.

    Parameters
    ----------
    con
        All customers' tables, with ``links`` and ``persons`` of every moment.
    """
    wanted = {name: _lay_wanted(con, plan, name) for name in BUCKET_KEYS}
    for bucket in range(plan.buckets) if any(wanted.values()) else ():
        _hold(con, plan, bucket)
        for name, keyed in wanted.items():
            for key in keyed:
                _collect(con, name, key, bucket)
    for name, keyed in wanted.items():
        if any(_count(con, f"stray_{name}") for _ in keyed):
            keep(con, f"from stray_{name}", plan.work / "strays" / f"{name}.parquet")


def _lay_wanted(con: DuckDBPyConnection, plan: Plan, name: str) -> tuple[str, ...]:
    """Create ``wanted_<table>_<key>(value, bucket)``; return the keys under which there are any."""
    keys = []
    for key, select in _wanted(name, plan.buckets).items():
        con.execute(f"create or replace temp table wanted_{name}_{key} as {select}")
        if _count(con, f"wanted_{name}_{key}"):
            keys.append(key)
    con.execute(
        f"create or replace temp table stray_{name} as"
        f" select *, 0 as {STORED}, 0 as {TARGET} from {name} where false"
    )
    return tuple(keys)


def _wanted(name: str, buckets: int) -> Mapping[str, str]:
    """Key column -> SELECT of (value, bucket): where rows with this value are wanted."""
    merged = f"select distinct customer_id as value, {_bucket('person_id', buckets)} from persons"
    if name == "events":
        return {
            "visitor_id": f"select distinct value, {_bucket('customer_id', buckets)} from links"
            " where identifier_type in ('cookie', 'device')"
        }
    found = {"customer_id": merged}
    for key, other in _TOGETHER.get(name, {}).items():
        found[key] = _others(name, other, key, buckets)
    return found


def _others(name: str, other: str, key: str, buckets: int) -> str:
    """Where rows of ``name`` are wanted as the row of ``other`` with their key names a customer."""
    rows = f"{other} o semi join {name} n on n.{key} = o.{key}"
    # Before a merge the id stands for itself, after it another one does: both want the row.
    return (
        f"select distinct value, {_bucket('customer_id', buckets)} from ("
        f"select o.{key} as value, o.customer_id from {rows} where o.customer_id is not null"
        f" union all select o.{key}, p.person_id from {rows}"
        " join persons p on p.customer_id = o.customer_id)"
    )


def _bucket(key: str, buckets: int) -> str:
    return f"{bucket_sql(key, buckets)} as bucket"


def _hold(con: DuckDBPyConnection, plan: Plan, bucket: int) -> None:
    con.execute("create schema if not exists held")
    only = frozenset({bucket_name(bucket)})
    create_standing_views(con, plan.tables_dir, plan.manifest, plan.files, only, "held")


def _collect(con: DuckDBPyConnection, name: str, key: str, bucket: int) -> None:
    strays = f"join wanted_{name}_{key} w on w.value = t.{key} and w.bucket <> {bucket}"
    # One column first: most buckets hold none, and rows are wide.
    if not con.execute(f"select 1 from held.{name} t {strays} limit 1").fetchall():
        return
    columns = ", ".join(f"t.{column}" for column in TABLES[name].names)
    con.execute(
        f"insert into stray_{name} select {columns}, {bucket}, w.bucket from held.{name} t {strays}"
    )


def _count(con: DuckDBPyConnection, table: str) -> int:
    rows: Iterator[tuple[int]] = iter(con.execute(f"select count(*) from {table}").fetchall())
    return next(rows)[0]
