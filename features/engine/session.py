"""DuckDB connections for a plan: limited, over all customers or over some buckets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from features.buckets import ALL, bucket_name, bucket_sql
from features.derived import create_derived_views
from features.engine.plan import Plan
from features.identity import merge_groups, resolved_views
from features.schemas import TABLES
from features.standing import quoted
from features.storage import check_files, write_atomically
from features.tables import create_standing_views, open_comment_scores

# What Python, Arrow batches and allocations outside the buffer manager take of the limit.
_DUCKDB_SHARE = 0.75
STORED, TARGET = "stored_in", "wanted_in"


def open_all(plan: Plan, *, verify: bool) -> DuckDBPyConnection:
    """Open the tables of every customer; ``verify`` compares each file with its hash."""
    if verify:
        check_files(plan.tables_dir, (file for files in plan.files.values() for file in files))
    return _open(plan, None)


def open_buckets(plan: Plan, buckets: Sequence[int]) -> DuckDBPyConnection:
    """Open what the customers of some buckets need: their rows, strays included, and the passes."""
    con = _open(plan, frozenset({ALL, *map(bucket_name, buckets)}))
    for path in sorted((plan.work / "strays").glob("*.parquet")):
        _add_strays(con, path, buckets)
    create_derived_views(con.execute)
    return con


def _open(plan: Plan, buckets: frozenset[str] | None) -> DuckDBPyConnection:
    # By the plan's own manifest: an ingestion that ends meanwhile changes no value.
    con = duckdb.connect()
    con.execute(f"set memory_limit = '{int(plan.memory_limit * _DUCKDB_SHARE / 1e6)}MB'")
    con.execute(f"set temp_directory = {quoted(str(plan.work / 'spill'))}")
    create_standing_views(con, plan.tables_dir, plan.manifest, plan.files, buckets)
    create_derived_views(con.execute)
    open_comment_scores(con, plan.tables_dir)
    return con


def cross_path(plan: Plan, first: int, name: str) -> Path:
    """Return where a cross table lies: of the uniform moments that begin with ``first``."""
    return plan.work / "cross" / str(first) / f"{name}.parquet"


def show_cross(con: DuckDBPyConnection, plan: Plan, first: int) -> None:
    """Create the views of the cross tables of the uniform moments that begin with ``first``."""
    for name in plan.cross:
        con.execute(f"create or replace view {name} as from {scan(cross_path(plan, first, name))}")


@contextmanager
def at(
    con: DuckDBPyConnection, plan: Plan, moments: Sequence[int], buckets: Sequence[int] | None
) -> Iterator[None]:
    """Within the block, see customers as they were known at some moments.

    Parameters
    ----------
    moments
        At all of which the same customers were one person.
    buckets
        Whose customers' links are wanted; None for all.
    """
    con.execute("create or replace temp table cutoffs (as_of BIGINT)")
    con.execute("insert into cutoffs select unnest($moments)", {"moments": list(moments)})
    ours = "" if buckets is None else f" where {_among('customer_id', buckets, plan.buckets)}"
    for name, some in (("links", ours), ("persons", "")):
        con.execute(
            f"create or replace temp table {name} as select * from"
            f" {scan(plan.work / f'{name}.parquet')} semi join cutoffs using (as_of){some}"
        )
    (group,) = merge_groups(con, moments)
    with resolved_views(con, group.merged):
        yield


def keep(con: DuckDBPyConnection, select: str, path: Path) -> None:
    """Write a query's rows to a Parquet file, whole or not at all."""
    write_atomically(path, lambda temporary: _copy(con, select, temporary))


def scan(path: Path) -> str:
    """Render the table function that reads a Parquet file."""
    return f"read_parquet({quoted(str(path))}, hive_partitioning = false)"


def _copy(con: DuckDBPyConnection, select: str, path: Path) -> None:
    con.execute(f"copy ({select}) to {quoted(str(path))} (format parquet)")


def _add_strays(con: DuckDBPyConnection, path: Path, buckets: Sequence[int]) -> None:
    table = TABLES[path.stem]
    columns = ", ".join(table.names)
    some = f"({', '.join(map(str, buckets))})"
    con.execute(f"alter view {table.name} rename to {table.name}_held")
    con.execute(
        f"create view {table.name} as select {columns} from {table.name}_held union all"
        f" select distinct {columns} from {scan(path)}"
        f" where {TARGET} in {some} and {STORED} not in {some}"
    )


def _among(key: str, buckets: Sequence[int], count: int) -> str:
    return f"{bucket_sql(key, count)} in ({', '.join(map(str, buckets))})"
