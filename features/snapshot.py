"""The customer view at ``as_of``, from a connection that holds the tables."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from features.columns import AS_OF, CUSTOMER_ID
from features.definitions import FAMILIES, FEATURES
from features.identity import Merged, merge_groups, resolved_views
from features.links import lay_links
from features.render import render, render_cross
from features.schemas import TABLES
from features.storage import write_atomically

ROWS_AT_ONCE = 40_000_000
"""Stored rows, times moments, of one query: some 3.5 GB with every column asked for."""


def feature_names() -> tuple[str, ...]:
    """Names of the feature columns, in snapshot order."""
    return tuple(feature.name for feature in FEATURES)


def build_snapshot(
    con: DuckDBPyConnection,
    as_of: Sequence[int],
    *,
    honour_consents: bool = True,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Compute features from rows strictly before each ``as_of``, a few moments a query.

    For whole installations see :func:`features.engine.build.build_snapshots`, which gives the
    same rows bucket by bucket in bounded memory.

    Parameters
    ----------
    con
        Connection that holds the canonical tables (see :func:`features.tables.open_tables`).
    as_of
        Epoch seconds, UTC; each gives its own rows, repeats are dropped.
    honour_consents
        Null the columns whose purpose was not granted before ``as_of``, unknown included.
        False is for benchmarks on real data only, where the consents are simulated.
    columns
        Names of the features wanted; None for all.

    Returns
    -------
    pyarrow.Table
        One row per (customer, as_of), sorted by ``as_of`` then ``customer_id``: customers with a
        purchase or a sign-up before it. Columns ``customer_id`` (string), ``as_of`` (int64),
        ``personalisation_allowed``, ``analytics_allowed``, ``third_party_allowed`` (bool), the
        three ``*_consent`` states (string), then the features in registry order (double; null as
        each feature declares).

    Raises
    ------
    ValueError
        If ``as_of`` is empty, or a name in ``columns`` is no feature.
    """
    if not as_of:
        raise ValueError("as_of must name at least one moment (epoch seconds, UTC)")
    lay_links(con, as_of)
    rows = _stored_rows(con)
    portions = [
        (group.merged, moments)
        for group in merge_groups(con, as_of)
        for moments in _portions(group.as_of, rows)
    ]
    if len(portions) == 1:
        return _query(con, portions[0][0], honour_consents, columns)
    tables = []
    for merged, moments in portions:
        lay_links(con, moments)
        tables.append(_query(con, merged, honour_consents, columns))
    return pa.concat_tables(tables).sort_by([(AS_OF, "ascending"), (CUSTOMER_ID, "ascending")])


def _stored_rows(con: DuckDBPyConnection) -> int:
    counts = (con.execute(f"select count(*) from {name}").fetchone() for name in TABLES)
    return sum(count[0] for count in counts if count)


def _portions(moments: Sequence[int], rows: int) -> list[Sequence[int]]:
    """Cut moments so that a query over so many stored rows stays within `ROWS_AT_ONCE`."""
    step = max(1, ROWS_AT_ONCE // max(1, rows))
    return [moments[start : start + step] for start in range(0, len(moments), step)]


def _query(
    con: DuckDBPyConnection,
    merged: Sequence[Merged],
    honour_consents: bool,
    columns: Sequence[str] | None,
) -> pa.Table:
    with resolved_views(con, merged):
        cross = render_cross(FAMILIES, columns, honour_consents=honour_consents)
        for name, select in cross.items():
            con.execute(f"create or replace temp table {name} as {select}")
        return con.sql(render(FAMILIES, columns, honour_consents=honour_consents)).to_arrow_table()


def write_snapshot(table: pa.Table, snapshots_dir: Path) -> Path:
    """Write a snapshot as ``<first as_of>[-<last as_of>].parquet``, whole or not at all.

    Raises
    ------
    ValueError
        If the snapshot has no rows.
    """
    moments = table.column(AS_OF)
    if not len(moments):
        raise ValueError("the snapshot has no rows: no customer is known before as_of")
    path = snapshots_dir / f"{stem([moments[0].as_py(), moments[-1].as_py()])}.parquet"
    write_atomically(path, lambda temporary: pq.write_table(table, temporary))
    return path


def stem(as_of: Sequence[int]) -> str:
    """Name what is as of these moments: ``<first>``, or ``<first>-<last>``."""
    first, last = min(as_of), max(as_of)
    return str(first) if first == last else f"{first}-{last}"
