"""The closing words of an ingestion."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from features.reports import IngestReport, TableReport

_COLUMNS = ("read", "new", "updated", "unchanged", "set aside", "quarantined")
_MOST = 12
"""Reasons shown; the quarantine has them all."""


def summary(report: IngestReport, quarantine: Path, *, seconds: float) -> Iterator[str]:
    """Render what an ingestion did, line by line.

    Parameters
    ----------
    report
        What it did.
    quarantine
        Where the refused rows are.
    seconds
        How long it took.
    """
    if report.mended:
        yield (
            f"{len(report.mended)} files were missing or altered: what this source gives was read"
            " again. Ingest the other sources again, too."
        )
    if report.resumed:
        yield f"Went on after {report.resumed} portions of a run that did not end."
    if report.skipped:
        yield f"ingest: nothing changed ({_portions(report.portions_skipped)} stand already)."
        return
    yield from _table(report)
    yield from _reasons(report, "set aside", "set_aside_reasons")
    yield from _reasons(report, "quarantined", "reasons")
    if any(table.quarantined for table in report.tables.values()) and report.run:
        yield f"The refused rows, with remedies: {quarantine}/<table>/run={report.run:06d}.parquet"
    run = f"run {report.run}" if report.run else "nothing new"
    yield (
        f"{_portions(report.portions_read)} read, {report.portions_skipped} stood already;"
        f" {run}; {seconds:.1f} s."
    )


def _portions(count: int) -> str:
    return f"{count} portion" + ("" if count == 1 else "s")


def _table(report: IngestReport) -> Iterator[str]:
    withdrawn = any(table.withdrawn for table in report.tables.values())
    columns = (*_COLUMNS, "withdrawn") if withdrawn else _COLUMNS
    yield f"{'table':18s}" + "".join(f"{name:>12s}" for name in columns)
    for name, table in report.tables.items():
        yield f"{name:18s}" + "".join(f"{_count(table, column):>12,}" for column in columns)


def _count(table: TableReport, column: str) -> int:
    return int(getattr(table, column.replace(" ", "_")))


def _reasons(report: IngestReport, what: str, field: str) -> Iterator[str]:
    """List the reasons of all tables, largest first."""
    found = [
        (rows, name, reason)
        for name, table in report.tables.items()
        for reason, rows in getattr(table, field).items()
    ]
    found.sort(key=lambda each: (-each[0], each[1:]))
    for rows, name, reason in found[:_MOST]:
        yield f"  {what} {rows:>9,}  {name}: {reason}"
    if len(found) > _MOST:
        yield f"  and {len(found) - _MOST} more reasons why rows were {what}."


def comments_line(report: Mapping[str, Any]) -> str:
    """Tell what was made of the comments, or why nothing was."""
    learned = report["learned"]
    if not learned["done"]:
        return f"comments           not scored: {learned['reason']}"
    return (
        f"comments           {report['scored']:>11,} scored by a model learned from"
        f" {learned['comments']:,} answers (ROC-AUC {learned['auc']:.3f} on those left out)"
    )
