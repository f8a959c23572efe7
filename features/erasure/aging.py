"""The end of a period: rows and files that are older than they may be."""

from collections.abc import Collection, Mapping
from pathlib import Path

from features.erasure.tables import remove_rows
from features.tables import open_tables

MOMENTS: Mapping[str, str] = {
    "transactions": "purchased_at",
    "events": "occurred_at",
    "stock_levels": "as_of",
    "feedback": "answered_at",
    "feedback_requests": "asked_at",
    "service_contacts": "opened_at",
    "social_mentions": "posted_at",
    "third_party": "obtained_at",
    "exposures": "exposed_at",
    "outcomes": "occurred_at",
}
"""Table -> what dates its rows; the others say what holds now, and have no age."""


def expire_rows(
    tables_dir: Path, quarantine_dir: Path, ends: Mapping[str, int], *, dry_run: bool
) -> dict[str, int]:
    """Remove the rows of each table from before its moment; the caller holds the folder's lock.

    Parameters
    ----------
    ends
        Table, one of :data:`MOMENTS`, -> epoch seconds UTC.

    Returns
    -------
    Rows removed, or to be removed, by table.
    """

    def old(table: str, columns: Collection[str]) -> str:
        moment = MOMENTS.get(table, "")
        if table not in ends or moment not in columns:
            return "false"
        return f"({moment} < {ends[table]:d})"

    con = open_tables(tables_dir, verify=False)
    try:
        return remove_rows(con, tables_dir, quarantine_dir, old, dry_run=dry_run)
    finally:
        con.close()


def expire_files(folder: Path, before: int, *, dry_run: bool) -> int:
    """Remove the Parquet files under a folder that were written before a moment.

    Returns
    -------
    How many files.
    """
    old = [
        path
        for path in sorted(folder.rglob("*.parquet"))
        if path.is_file() and path.stat().st_mtime < before
    ]
    if not dry_run:
        for path in old:
            path.unlink()
    return len(old)
