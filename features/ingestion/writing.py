"""From the work in progress to files, and the manifest that commits them."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from tqdm import tqdm

from features.buckets import ALL, BUCKET_KEYS, bucket_name, bucket_sql
from features.columns import Table
from features.ingestion.work import RUN
from features.schemas import SIMULATED, TABLES
from features.standing import contract, quoted
from features.storage import (
    CHANGED,
    GONE,
    MANIFEST,
    NEW,
    VERSION,
    TableFile,
    combined_digest,
    sha256_of,
    table_files,
)
from features.verdicts import KIND


def empty_manifest(buckets: int) -> dict[str, Any]:
    """Return the manifest of a folder without tables."""
    return {"version": VERSION, "buckets": buckets, "runs": [], "tables": {}, "portions": {}}


def write_run(
    con: DuckDBPyConnection, tables_dir: Path, run: int, buckets: int, *, progress: bool
) -> dict[str, list[TableFile]]:
    """Write what a run adds to each table.

    Returns
    -------
    dict
        Table -> files written, for the tables to which something was added.
    """
    written: dict[str, list[TableFile]] = {}
    for table in tqdm(TABLES.values(), desc="write", unit="table", disable=not progress):
        held = con.execute(f"select distinct {KIND} from {RUN.schema}.{table.name}").fetchall()
        kinds = {str(row[0]) for row in held}
        files = [
            file
            for kind in (NEW, CHANGED, GONE)
            if kind in kinds
            for file in _write_kind(con, table, tables_dir, run, buckets, kind)
        ]
        if files:
            written[table.name] = files
    return written


def _write_kind(
    con: DuckDBPyConnection, table: Table, tables_dir: Path, run: int, buckets: int, kind: str
) -> list[TableFile]:
    columns = table.key if kind == GONE else table.names
    # One sort by bucket and key; then each bucket is a range of rows that lie together.
    con.execute(
        f"create or replace temp table sorted as select {_bucketed(table, columns, buckets, kind)}"
        f" from {RUN.schema}.{table.name} t {_joined(table, kind)} where t.{KIND} = '{kind}'"
        f" order by _bucket, {', '.join(f't.{name}' for name in table.key)}"
    )
    counts = con.execute(
        "select _bucket, count(*) from sorted group by _bucket order by _bucket"
    ).fetchall()
    files = []
    for bucket, rows in counts:
        name = ALL if bucket < 0 else bucket_name(bucket)
        relative = f"{table.name}/run={run:06d}/bucket={name}/{kind}.parquet"
        path = tables_dir / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        con.execute(
            f"copy (select {', '.join(columns)} from sorted where _bucket = {bucket})"
            f" to {quoted(str(path))} (format parquet, compression zstd)"
        )
        files.append(TableFile(relative, sha256_of(path), rows, run, name, kind))
    con.execute("drop table temp.sorted")
    return files


def _bucketed(table: Table, columns: tuple[str, ...], buckets: int, kind: str) -> str:
    chosen = ", ".join(f"t.{name}" for name in columns)
    if kind == GONE or table.name not in BUCKET_KEYS:
        return f"{chosen}, -1 as _bucket"
    return f"{chosen}, {bucket_sql(BUCKET_KEYS[table.name][0], buckets)} as _bucket"


def _joined(table: Table, kind: str) -> str:
    return "" if kind == GONE or table.name not in BUCKET_KEYS else BUCKET_KEYS[table.name][1]


def write_quarantine(con: DuckDBPyConnection, quarantine_dir: Path, run: int) -> None:
    """Write the rows that a run refused: ``<table>/run=000001.parquet``."""
    found = con.execute(f'select distinct "table" from {RUN.schema}.quarantine').fetchall()
    for (name,) in sorted(found):
        path = quarantine_dir / str(name) / f"run={run:06d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        con.execute(
            f'copy (select * from {RUN.schema}.quarantine where "table" = {quoted(str(name))}'
            f' order by portion, "row", "column", reason)'
            f" to {quoted(str(path))} (format parquet, compression zstd)"
        )


def next_manifest(
    con: DuckDBPyConnection,
    before: Mapping[str, Any],
    written: Mapping[str, list[TableFile]],
    portions: Mapping[str, str],
    *,
    run: int,
    as_known_at: int,
) -> dict[str, Any]:
    """Return the manifest after a run.

    Parameters
    ----------
    con
        Its ``main`` holds the rows that stand after the run.
    before
        The manifest before it, without damaged files.
    written
        Table -> files of the run.
    portions
        Fingerprints of the portions that the run loaded.
    run, as_known_at
        Its number, and its moment in epoch seconds.
    """
    tables = {
        name: _entry(con, name, before["tables"].get(name), written.get(name, []))
        for name in TABLES
        if name in before["tables"] or name in written
    }
    return {
        "version": VERSION,
        "buckets": before["buckets"],
        "runs": [
            *before["runs"],
            {"run": run, "ingested_at": as_known_at, "contract": contract()},
        ],
        "tables": {name: entry for name, entry in tables.items() if entry["files"]},
        "portions": {**before["portions"], **portions},
        **_real_period(con),
    }


def _entry(
    con: DuckDBPyConnection, name: str, before: Mapping[str, Any] | None, new: list[TableFile]
) -> Mapping[str, Any]:
    if before is not None and not new and "rows" in before:
        return before
    query = f"select source, count(*) from main.{name} group by source order by source"
    rows = {str(source): int(n) for source, n in con.execute(query).fetchall()}
    files = [*(table_files(before) if before else ()), *new]
    return {
        "rows": sum(rows.values()),
        "rows_by_source": rows,
        "sha256": combined_digest(files),
        "files": [asdict(file) for file in files],
    }


def without_files(manifest: Mapping[str, Any], lost: frozenset[TableFile]) -> dict[str, Any]:
    """Return a manifest that no longer lists damaged files, nor any portion as loaded."""
    if not lost:
        return dict(manifest)
    tables: dict[str, Any] = {}
    for name, entry in manifest["tables"].items():
        kept = [file for file in table_files(entry) if file not in lost]
        whole = len(kept) == len(entry["files"])
        tables[name] = entry if whole else {"files": [asdict(file) for file in kept]}
    return {**manifest, "tables": tables, "portions": {}}


def sweep(tables_dir: Path, quarantine_dir: Path, manifest: Mapping[str, Any]) -> None:
    """Remove the files that the manifest does not list: left by runs that did not end."""
    kept = {
        tables_dir / file.path
        for entry in manifest["tables"].values()
        for file in table_files(entry)
    }
    for path in tables_dir.glob(f".{MANIFEST}.*.tmp"):
        path.unlink()
    refused = {f"run={run['run']:06d}.parquet" for run in manifest["runs"]}
    for name in TABLES:
        # Before there were runs a table was one file.
        for folder in (tables_dir, quarantine_dir):
            (folder / f"{name}.parquet").unlink(missing_ok=True)
        for path in (tables_dir / name).glob("run=*/bucket=*/*.parquet"):
            if path not in kept:
                path.unlink()
        for path in (quarantine_dir / name).glob("run=*.parquet"):
            if path.name not in refused:
                path.unlink()
        _drop_empty(tables_dir / name)
        _drop_empty(quarantine_dir / name)


def _drop_empty(folder: Path) -> None:
    for each in sorted(folder.glob("**/"), reverse=True):
        if each.is_dir() and not any(each.iterdir()):
            each.rmdir()


def _real_period(con: DuckDBPyConnection) -> dict[str, int]:
    start, end = con.execute(
        "select coalesce(min(purchased_at) filter (where source <> $simulated), min(purchased_at)),"
        " coalesce(max(purchased_at) filter (where source <> $simulated), max(purchased_at))"
        " from main.transactions",
        {"simulated": SIMULATED},
    ).fetchall()[0]
    return {"data_start": int(start), "data_end": int(end)}
