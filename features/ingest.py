"""From sources, through the door, to the files of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from tqdm import tqdm

from features.buckets import DEFAULT_BUCKETS, MOST_BUCKETS
from features.door import refuse_excess
from features.erasure.keeping_out import KeepOut, leave_out
from features.errors import NextbestError, SettingError, SourceError
from features.ingestion.loading import load_step, open_main
from features.ingestion.plan import Plan, make_plan
from features.ingestion.work import (
    DEFAULT_MEMORY,
    RUN,
    Reports,
    Work,
    drop_work,
    only_one,
    work_on,
)
from features.ingestion.writing import (
    empty_manifest,
    next_manifest,
    sweep,
    without_files,
    write_quarantine,
    write_run,
)
from features.reports import IngestReport, TableReport
from features.schemas import TABLES
from features.sources.base import Source
from features.storage import (
    DAMAGED,
    VERSION,
    TableFile,
    damages,
    manifest_version,
    read_manifest,
    table_files,
    write_manifest,
)


def ingest(
    sources: Sequence[Source],
    tables_dir: Path,
    quarantine_dir: Path,
    *,
    as_known_at: int,
    max_bad: float = 0.01,
    progress: bool = False,
    force: bool = False,
    buckets: int = DEFAULT_BUCKETS,
    memory_limit: str = DEFAULT_MEMORY,
    keep_out: KeepOut | None = None,
) -> IngestReport:
    """Load what is new in the sources, check every row and add a run to the canonical tables.

    A portion that stands with the same fingerprint is not read. A run that was killed goes on
    where it was, and ends as if it had not been.

    Parameters
    ----------
    sources
        In loading order: a later one may build on the rows of the earlier ones.
    tables_dir, quarantine_dir
        Where accepted tables and refused rows go.
    as_known_at
        Epoch seconds, UTC: the moment of the run. Rows dated after it are refused, and
        ``open_tables`` shows the run from this moment on.
    max_bad
        Largest accepted share of refused rows, 0 to 1, of what one source gives for one table.
    progress
        Show progress bars on standard error.
    force
        Read every portion, also those that stand; begin anew where the manifest is damaged.
    buckets
        How many buckets the tables get, 1 to 256; fixed by the first run.
    memory_limit
        Of the work database, as ``2GB``; the rest goes to disk.
    keep_out
        Tells which names are of erased persons: what a source still holds of them is left out.

    Raises
    ------
    SourceError
        If an input is missing or unreadable, or a required table has no rows.
    DataQualityError
        If too many rows are refused.
    HomeError
        If another ingestion is at work in the folder.
    SettingError
        If ``buckets`` is out of range. In each case the tables stay as they were.
    """
    if not 1 <= buckets <= MOST_BUCKETS:
        raise SettingError(f"buckets={buckets} is not in 1 to {MOST_BUCKETS}.", "use 16.")
    folders = _Folders(tables_dir, quarantine_dir)
    with only_one(tables_dir):
        quarantine_dir.mkdir(parents=True, exist_ok=True)
        on_disk = _on_disk(tables_dir, buckets, force=force)
        mended = damages(tables_dir, _files(on_disk))
        before = without_files(on_disk, frozenset(mended))
        plan = make_plan(sources, before, force=force)
        if not plan.steps:
            drop_work(tables_dir)
            return IngestReport(skipped=True, portions_skipped=plan.skipped)
        sweep(tables_dir, quarantine_dir, on_disk)
        try:
            with work_on(tables_dir, plan.digest(repr(before)), as_known_at, memory_limit) as work:
                report = _run(work, plan, before, folders, max_bad, keep_out, progress=progress)
        except NextbestError:
            # A person will mend the input, and the next run then has a moment of its own.
            drop_work(tables_dir)
            raise
        drop_work(tables_dir)
    return replace(report, mended=tuple(sorted(file.path for file in mended)))


@dataclass(frozen=True)
class _Folders:
    tables: Path
    quarantine: Path


def _on_disk(tables_dir: Path, buckets: int, *, force: bool) -> dict[str, Any]:
    """Return the manifest that stands; an empty one where there is none to go on from."""
    version = manifest_version(tables_dir)
    # An older layout held one ingestion only, and that one is read again now.
    older = version is not None and 0 < version < VERSION
    if version is None or older or (version == DAMAGED and force):
        return empty_manifest(buckets)
    return read_manifest(tables_dir)


def _files(manifest: Mapping[str, Any]) -> list[TableFile]:
    return [file for entry in manifest["tables"].values() for file in table_files(entry)]


def _run(
    work: Work,
    plan: Plan,
    before: Mapping[str, Any],
    folders: _Folders,
    max_bad: float,
    keep_out: KeepOut | None,
    *,
    progress: bool,
) -> IngestReport:
    con = work.con
    open_main(con, folders.tables, before)
    reports = _load(work, plan, max_bad, progress=progress)
    if keep_out:
        leave_out(con, keep_out)
    _require_rows(con)
    run = 1 + max((int(each["run"]) for each in before["runs"]), default=0)
    written = write_run(con, folders.tables, run, int(before["buckets"]), progress=progress)
    portions = {step.name: step.fingerprint for step in plan.steps}
    changed = bool(written) or any(
        before["portions"].get(name) != digest for name, digest in portions.items()
    )
    if changed:
        write_quarantine(con, folders.quarantine, run)
        after = next_manifest(con, before, written, portions, run=run, as_known_at=work.as_known_at)
        write_manifest(folders.tables, after)
    return IngestReport(
        tables=_by_table(reports),
        portions_read=len(plan.steps),
        portions_skipped=plan.skipped,
        run=run if changed else 0,
        resumed=len(work.done),
    )


def _load(work: Work, plan: Plan, max_bad: float, *, progress: bool) -> list[Reports]:
    reports: list[Reports] = []
    with tqdm(plan.steps, desc="ingest", unit="portion", disable=not progress) as bar:
        for number, step in enumerate(bar):
            bar.set_postfix_str(step.name)
            done = number < len(work.done)
            reports.append(work.done[number] if done else load_step(work, number, step))
            if step.last:
                _refuse_excess(work, plan, step.source, reports, max_bad)
    return reports


def _refuse_excess(
    work: Work, plan: Plan, source: str, reports: Sequence[Reports], max_bad: float
) -> None:
    """Count what a source gave for each table over all its portions: one of them may be small."""
    names = [step.name for step in plan.steps if step.source == source]
    mine = [r for step, r in zip(plan.steps, reports, strict=False) if step.source == source]

    for table, report in _by_table(mine).items():

        def example(why: str, table: str = table) -> tuple[str, str]:
            value, row, portion, remedy = work.con.execute(
                f'select "value", "row", portion, remedy from {RUN.schema}.quarantine'
                """ where "table" = ? and "column" || ': ' || reason = ?"""
                ' and list_contains(?, portion) order by portion, "row" limit 1',
                [table, why, names],
            ).fetchall()[0]
            return f"{portion}, row {row}: {value!r}", str(remedy)

        refuse_excess(table, report, max_bad, example)


def _by_table(reports: Sequence[Reports]) -> dict[str, TableReport]:
    total: dict[str, TableReport] = {}
    for each in reports:
        for name, report in each.items():
            total[name] = total.get(name, TableReport()) + report
    return {name: total[name] for name in TABLES if name in total}


def _require_rows(con: DuckDBPyConnection) -> None:
    for table in TABLES.values():
        if table.required and not con.sql(f"from main.{table.name}").limit(1).fetchall():
            raise SourceError(
                f"Table {table.name} is required and has no rows.",
                f"give the source a table {table.name}.",
            )
