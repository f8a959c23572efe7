"""The customer view at ``as_of``."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from features.columns import AS_OF
from features.definitions import FAMILIES, FEATURES
from features.links import lay_links
from features.render import render, render_cross
from features.storage import write_atomically


def feature_names() -> tuple[str, ...]:
    """Names of the feature columns, in snapshot order."""
    return tuple(feature.name for feature in FEATURES)


def build_snapshot(
    con: DuckDBPyConnection, as_of: Sequence[int], *, honour_consents: bool = True
) -> pa.Table:
    """Compute every feature from rows strictly before each ``as_of``.

    Parameters
    ----------
    con
        Connection that holds the canonical tables (see :func:`features.tables.open_tables`).
    as_of
        Epoch seconds, UTC; each gives its own rows, repeats are dropped.
    honour_consents
        Null the columns whose purpose was not granted before ``as_of``, unknown included.
        False is for benchmarks on real data only, where the consents are simulated.

    Returns
    -------
    pyarrow.Table
        One row per (customer, as_of), sorted by ``as_of`` then ``customer_id``: customers with a
        purchase or a sign-up before it. Columns ``customer_id`` (string), ``as_of`` (int64),
        ``personalisation_allowed``, ``analytics_allowed``, ``third_party_allowed`` (bool),
        ``personalisation_consent``, ``analytics_consent``, ``third_party_consent`` (string, why
        a column may be null: :data:`features.render.CONSENT_STATES`), then the features in
        registry order (double; null as each feature declares).

    Raises
    ------
    ValueError
        If ``as_of`` is empty.
    """
    if not as_of:
        raise ValueError("as_of must name at least one moment (epoch seconds, UTC)")
    lay_links(con, as_of)
    for name, select in render_cross(FAMILIES).items():
        con.execute(f"create or replace temp table {name} as {select}")
    return con.sql(render(FAMILIES, honour_consents=honour_consents)).to_arrow_table()


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
    first, last = moments[0].as_py(), moments[-1].as_py()
    stem = str(first) if first == last else f"{first}-{last}"
    path = snapshots_dir / f"{stem}.parquet"
    write_atomically(path, lambda temporary: pq.write_table(table, temporary))
    return path
