"""Taking rows out of the canonical tables: of a person, or by another condition.

Files that hold such rows are written anew, of every run, under another name; the manifest
commits all of them at once, and the old ones are removed. A kill before the manifest changes
nothing; one after it leaves files that the next erasure or ingestion removes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from features.erasure.names import Names
from features.erasure.owning import named, owned_sql
from features.ingestion.work import drop_work
from features.ingestion.writing import sweep
from features.schemas import TABLES
from features.standing import quoted, visible_files
from features.storage import (
    TableFile,
    combined_digest,
    read_manifest,
    sha256_of,
    table_files,
    write_manifest,
)
from features.tables import create_standing_views, open_tables

Condition = Callable[[str, Collection[str]], str]
_OTHER = "anew"


def erase_rows(tables_dir: Path, quarantine_dir: Path, names: Names) -> dict[str, int]:
    """Remove every row of a person, of all runs; the caller holds the folder's lock.

    Returns
    -------
    Rows removed, by table, those that a later run had replaced included; only what was removed.

    Raises
    ------
    SourceError
        If the tables cannot be read.
    """
    con = open_tables(tables_dir, verify=False)
    try:
        with named(con, names):
            return remove_rows(con, tables_dir, quarantine_dir, owned_sql)
    finally:
        con.close()


def remove_rows(
    con: DuckDBPyConnection,
    tables_dir: Path,
    quarantine_dir: Path,
    condition: Condition,
    *,
    dry_run: bool = False,
) -> dict[str, int]:
    """Remove rows of every table, of all runs; the caller holds the folder's lock.

    Parameters
    ----------
    con
        Holds what the conditions read; its views of the tables are replaced.
    condition
        Renders, of a table's name and a file's columns, the SQL that is true for a row to remove.
    dry_run
        Count only.

    Returns
    -------
    Rows removed, by table; only what was removed.
    """
    manifest = read_manifest(tables_dir)
    if dry_run:
        return _counted(con, tables_dir, manifest, condition)
    # Work of an ingestion that was killed holds raw rows; that ingestion then starts anew.
    drop_work(tables_dir)
    fresh = {
        name: [
            _without(con, tables_dir, file, partial(condition, name)) for file in table_files(entry)
        ]
        for name, entry in manifest["tables"].items()
    }
    gone = {
        name: _rows(table_files(manifest["tables"][name])) - _rows(files)
        for name, files in fresh.items()
    }
    gone = {name: rows for name, rows in gone.items() if rows}
    if gone:
        manifest = _after(con, tables_dir, manifest, fresh)
        write_manifest(tables_dir, manifest)
    sweep(tables_dir, quarantine_dir, manifest)
    return gone


def _counted(
    con: DuckDBPyConnection, tables_dir: Path, manifest: Mapping[str, Any], condition: Condition
) -> dict[str, int]:
    counts = {
        name: sum(
            _found(con, tables_dir, file, partial(condition, name))[0]
            for file in table_files(entry)
        )
        for name, entry in manifest["tables"].items()
    }
    return {name: rows for name, rows in counts.items() if rows}


def _rows(files: Sequence[TableFile | None]) -> int:
    return sum(file.rows for file in files if file)


def _found(
    con: DuckDBPyConnection,
    tables_dir: Path,
    file: TableFile,
    condition: Callable[[Collection[str]], str],
) -> tuple[int, str, str]:
    """Return how many rows of a file are to go, where it is read from, and which rows."""
    source = f"read_parquet({quoted(str(tables_dir / file.path))}, hive_partitioning = false)"
    columns = [str(row[0]) for row in con.execute(f"describe select * from {source}").fetchall()]
    gone = condition(columns)
    (found,) = con.execute(f"select count(*) from {source} where {gone}").fetchall()[0]
    return int(found), source, gone


def _without(
    con: DuckDBPyConnection,
    tables_dir: Path,
    file: TableFile,
    condition: Callable[[Collection[str]], str],
) -> TableFile | None:
    """Return the file without such rows: itself when it has none, None when all are."""
    found, source, gone = _found(con, tables_dir, file, condition)
    if not found:
        return file
    if found == file.rows:
        return None
    old = Path(file.path)
    # Between two names and back: the run is read from the folder, and the folder stays.
    stem = file.kind if old.stem != file.kind else f"{file.kind}{_OTHER}"
    relative = old.with_name(f"{stem}.parquet").as_posix()
    path = tables_dir / relative
    con.execute(
        f"copy (select * from {source} where not {gone})"
        f" to {quoted(str(path))} (format parquet, compression zstd)"
    )
    return replace(file, path=relative, sha256=sha256_of(path), rows=file.rows - found)


def _after(
    con: DuckDBPyConnection,
    tables_dir: Path,
    manifest: dict[str, Any],
    fresh: dict[str, list[TableFile | None]],
) -> dict[str, Any]:
    files = {name: [file for file in each if file] for name, each in fresh.items()}
    tables = {
        name: {**manifest["tables"][name], "files": [asdict(file) for file in each]}
        for name, each in files.items()
        if each
    }
    after = {**manifest, "tables": tables}
    visible = {name: visible_files(after, name, None) for name in TABLES}
    create_standing_views(con, tables_dir, after, visible, schema="main")
    for name, entry in tables.items():
        counted = f"select source, count(*) from main.{name} group by source order by source"
        by_source = {str(source): int(n) for source, n in con.execute(counted).fetchall()}
        entry |= {
            "rows": sum(by_source.values()),
            "rows_by_source": by_source,
            "sha256": combined_digest(files[name]),
        }
    return after
