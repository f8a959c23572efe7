"""From sources, through the door, to Parquet files."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection
from tqdm import tqdm

from features.door import TableReport, check_table, prepare
from features.errors import SourceError
from features.schemas import SIMULATED, TABLES
from features.sources.base import Source
from features.storage import (
    check_file,
    read_manifest,
    sha256_of,
    staging,
    write_manifest,
)


@dataclass(frozen=True)
class IngestReport:
    """What an ingestion did.

    Parameters
    ----------
    tables
        Table -> rows read, accepted and quarantined, with reasons. Empty when skipped.
    skipped
        True when the files on disk already held exactly this.
    """

    tables: dict[str, TableReport] = field(default_factory=dict)
    skipped: bool = False


def ingest(
    sources: Sequence[Source],
    tables_dir: Path,
    quarantine_dir: Path,
    *,
    as_known_at: int,
    max_bad: float = 0.01,
    progress: bool = False,
    force: bool = False,
) -> IngestReport:
    """Load the sources in order, check every row and write the canonical tables.

    Parameters
    ----------
    sources
        In loading order: a later one may build on the rows of the earlier ones.
    tables_dir, quarantine_dir
        Where accepted tables and refused rows go.
    as_known_at
        Epoch seconds, UTC: rows dated after it are refused.
    max_bad
        Largest accepted share of refused rows in a table, 0 to 1.
    progress
        Show a progress bar on standard error.
    force
        Write again even when nothing changed.

    Raises
    ------
    SourceError
        If an input is missing or unreadable, or a required table has no rows.
    DataQualityError
        If too many rows are refused. In both cases the files on disk are left as they were.
    """
    fingerprint = _fingerprint(sources, max_bad)
    if not force and _intact(tables_dir, fingerprint):
        return IngestReport(skipped=True)
    con = duckdb.connect()
    try:
        prepare(con)
        reports: dict[str, TableReport] = {}
        for source in tqdm(sources, desc="ingest", unit="source", disable=not progress):
            for name, report in _admit(con, source, as_known_at, max_bad).items():
                reports[name] = _sum(reports.get(name), report)
        _require_rows(con)
        _write_all(con, tables_dir, quarantine_dir, fingerprint, progress)
    finally:
        con.close()
    return IngestReport(reports)


def _fingerprint(sources: Sequence[Source], max_bad: float) -> str:
    digest = hashlib.sha256(repr((TABLES, max_bad)).encode())
    for source in sources:
        digest.update(f"{source.name}:{source.fingerprint()};".encode())
    return digest.hexdigest()


def _intact(tables_dir: Path, fingerprint: str) -> bool:
    try:
        manifest = read_manifest(tables_dir)
        for name, entry in manifest["tables"].items():
            check_file(tables_dir / f"{name}.parquet", entry["sha256"])
    except SourceError:
        return False
    return bool(manifest.get("fingerprint") == fingerprint)


def _admit(
    con: DuckDBPyConnection, source: Source, as_known_at: int, max_bad: float
) -> dict[str, TableReport]:
    source.load(con)
    loaded = {
        str(row[0])
        for row in con.execute(
            "select table_name from information_schema.tables where table_schema = 'raw'"
        ).fetchall()
    }
    reports = {}
    for table in TABLES.values():
        if table.name in loaded:
            reports[table.name] = check_table(
                con, table, source=source.name, as_known_at=as_known_at, max_bad=max_bad
            )
            con.execute(f"drop table raw.{table.name}")
    return reports


def _sum(one: TableReport | None, other: TableReport) -> TableReport:
    if one is None:
        return other
    reasons = dict(one.reasons)
    for why, rows in other.reasons.items():
        reasons[why] = reasons.get(why, 0) + rows
    return TableReport(
        one.read + other.read,
        one.accepted + other.accepted,
        one.quarantined + other.quarantined,
        reasons,
    )


def _require_rows(con: DuckDBPyConnection) -> None:
    for table in TABLES.values():
        if table.required and not con.sql(f"from main.{table.name}").limit(1).fetchall():
            raise SourceError(
                f"Table {table.name} is required and has no rows.",
                f"give the source a table {table.name}.",
            )


def _write_all(
    con: DuckDBPyConnection,
    tables_dir: Path,
    quarantine_dir: Path,
    fingerprint: str,
    progress: bool,
) -> None:
    """Write everything aside first: only renames are left once a file in place changes."""
    with staging(tables_dir) as new_tables, staging(quarantine_dir) as new_refused:
        entries: dict[str, Any] = {}
        for name in tqdm(TABLES, desc="write", unit="table", disable=not progress):
            rows = _rows_by_source(con, name)
            if rows:
                path = new_tables / f"{name}.parquet"
                _copy_table(con, name, path)
                entries[name] = {
                    "rows": sum(rows.values()),
                    "rows_by_source": rows,
                    "sha256": sha256_of(path),
                }
            _copy_quarantine(con, name, new_refused / f"{name}.parquet")
        for name in TABLES:
            _replace(tables_dir / f"{name}.parquet", new_tables)
            _replace(quarantine_dir / f"{name}.parquet", new_refused)
    # Last: until it stands, the old manifest's hashes betray a half-renamed folder.
    write_manifest(tables_dir, {"fingerprint": fingerprint, "tables": entries, **_real_period(con)})


def _replace(path: Path, new: Path) -> None:
    if (new / path.name).exists():
        (new / path.name).replace(path)
    else:
        path.unlink(missing_ok=True)


def _rows_by_source(con: DuckDBPyConnection, name: str) -> dict[str, int]:
    query = f"select source, count(*) from main.{name} group by source order by source"
    return {str(source): int(rows) for source, rows in con.execute(query).fetchall()}


def _copy_table(con: DuckDBPyConnection, name: str, path: Path) -> None:
    key = ", ".join(TABLES[name].key)
    con.sql(f"from main.{name} order by {key}").write_parquet(str(path), compression="zstd")


def _copy_quarantine(con: DuckDBPyConnection, name: str, path: Path) -> None:
    refused = con.sql('from main.quarantine where "table" = ?', params=[name])
    if refused.limit(1).fetchall():
        refused.write_parquet(str(path))


def _real_period(con: DuckDBPyConnection) -> dict[str, int]:
    start, end = con.execute(
        "select min(purchased_at), max(purchased_at) from main.transactions where source <> ?",
        [SIMULATED],
    ).fetchall()[0]
    return {"data_start": int(start), "data_end": int(end)}
