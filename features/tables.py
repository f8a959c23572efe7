"""The canonical tables, opened for reading."""

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from features.derived import (
    COMMENT_SCORE_COLUMNS,
    COMMENT_SCORES,
    create_derived_views,
)
from features.schemas import TABLES, Table
from features.storage import check_file, read_manifest


def open_tables(tables_dir: Path, *, verify: bool = True) -> DuckDBPyConnection:
    """Open the ingested tables: one view per canonical table, empty where there are no data.

    Parameters
    ----------
    tables_dir
        Where ``ingest`` wrote; see :attr:`features.settings.Settings.tables`.
    verify
        Compare each file with its hash first.

    Raises
    ------
    SourceError
        If nothing was ingested, or a file is missing or altered.
    """
    hashes = data_hashes(tables_dir)
    if verify:
        for name, sha256 in hashes.items():
            check_file(tables_dir / f"{name}.parquet", sha256)
    con = duckdb.connect()
    for table in TABLES.values():
        if table.name in hashes:
            con.from_parquet(str(tables_dir / f"{table.name}.parquet")).create_view(table.name)
        else:
            con.execute(empty_view(table))
    create_derived_views(con.execute)
    _open_comment_scores(con, tables_dir)
    return con


def comment_scores_path(tables_dir: Path) -> Path:
    """Return where the scores of comments lie, beside the tables they were read from."""
    return tables_dir / "derived" / f"{COMMENT_SCORES}.parquet"


def _open_comment_scores(con: DuckDBPyConnection, tables_dir: Path) -> None:
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


def empty_view(table: Table) -> str:
    """Render the SQL of a view with the table's columns and no row."""
    columns = ", ".join(f"cast(null as {c.type}) as {c.name}" for c in table.columns)
    return f"create view {table.name} as select {columns} where false"


def data_hashes(tables_dir: Path) -> dict[str, str]:
    """Return table -> sha256 of its file, for the tables that hold rows.

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
