"""The canonical tables, opened for reading."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from features.buckets import ALL, bucket_name
from features.derived import (
    COMMENT_SCORE_COLUMNS,
    COMMENT_SCORES,
    create_derived_views,
)
from features.errors import SourceError
from features.schemas import TABLES
from features.standing import contract, standing_sql, visible_files
from features.storage import NEW, TableFile, check_files, read_manifest


def open_tables(
    tables_dir: Path,
    *,
    verify: bool = True,
    known_at: int | None = None,
    bucket: int | Sequence[int] | None = None,
) -> DuckDBPyConnection:
    """Open the ingested tables: one view per canonical table, empty where there are no data.

    Parameters
    ----------
    tables_dir
        Where ``ingest`` wrote; see :attr:`features.settings.Settings.tables`.
    verify
        Compare each file that is read with its hash first.
    known_at
        Epoch seconds, UTC: the tables as they stood then, of the runs whose moment is at or before
        it; None for now. Rows that came in later, late ones and corrections, are left out.
    bucket
        Number, or numbers, of the buckets to read; None for all. Tables that belong to no customer
        (products, stock levels, identifiers, mentions) are whole in every bucket.

    Raises
    ------
    SourceError
        If nothing was ingested, a file is missing or altered, or there is no such bucket.
    """
    manifest = read_manifest(tables_dir)
    buckets = _bucket_names(bucket, int(manifest["buckets"]))
    visible = {name: visible_files(manifest, name, known_at) for name in TABLES}
    if verify:
        check_files(tables_dir, _files_read(visible, buckets))
    con = duckdb.connect()
    # It is drawn on standard output, where a command may be writing JSON.
    con.execute("set enable_progress_bar = false")
    create_standing_views(con, tables_dir, manifest, visible, buckets)
    create_derived_views(con.execute)
    open_comment_scores(con, tables_dir)
    return con


def create_standing_views(
    con: DuckDBPyConnection,
    tables_dir: Path,
    manifest: Mapping[str, Any],
    visible: Mapping[str, Sequence[TableFile]],
    buckets: frozenset[str] | None = None,
    schema: str = "main",
) -> None:
    """Create the view ``<schema>.<table>`` of each canonical table over its committed files."""
    same = all(run["contract"] == contract() for run in manifest["runs"])
    for table in TABLES.values():
        select = standing_sql(
            con, table, tables_dir, visible[table.name], buckets=buckets, same_contract=same
        )
        con.execute(f"create or replace view {schema}.{table.name} as {select}")


def _bucket_names(bucket: int | Sequence[int] | None, count: int) -> frozenset[str] | None:
    if bucket is None:
        return None
    wanted = [bucket] if isinstance(bucket, int) else list(bucket)
    for each in wanted:
        if not 0 <= each < count:
            raise SourceError(f"There is no bucket {each}.", f"use a number from 0 to {count - 1}.")
    return frozenset({ALL, *map(bucket_name, wanted)})


def _files_read(
    visible: Mapping[str, Sequence[TableFile]], buckets: frozenset[str] | None
) -> list[TableFile]:
    return [
        file
        for files in visible.values()
        for file in files
        if file.kind != NEW or buckets is None or file.bucket in buckets
    ]


def comment_scores_path(tables_dir: Path) -> Path:
    """Return where the scores of comments lie, beside the tables they were read from."""
    return tables_dir / "derived" / f"{COMMENT_SCORES}.parquet"


def open_comment_scores(con: DuckDBPyConnection, tables_dir: Path) -> None:
    """Create the view ``comment_scores``, empty until a sentiment model has been learned."""
    path = comment_scores_path(tables_dir)
    if path.is_file():
        con.from_parquet(str(path)).create_view(COMMENT_SCORES)
    else:
        con.execute(empty_comment_scores("view"))


def empty_comment_scores(kind: str) -> str:
    """Render the SQL that creates ``comment_scores`` (a view or a table) without any row."""
    columns = ", ".join(
        f"cast(null as {type_}) as {name}" for name, type_ in COMMENT_SCORE_COLUMNS.items()
    )
    return f"create or replace {kind} {COMMENT_SCORES} as select {columns} where false"


def data_hashes(tables_dir: Path) -> dict[str, str]:
    """Return table -> digest of its files, for the tables that hold rows.

    Raises
    ------
    SourceError
        If nothing was ingested.
    """
    tables = read_manifest(tables_dir)["tables"]
    return {name: str(entry["sha256"]) for name, entry in tables.items()}


def data_end(tables_dir: Path) -> int:
    """Return the time of the last real transaction, epoch seconds UTC.

    Raises
    ------
    SourceError
        If nothing was ingested.
    """
    return int(read_manifest(tables_dir)["data_end"])
