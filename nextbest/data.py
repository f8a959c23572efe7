"""Command ``ingest``."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nextbest.ingest_summary import comments_line, summary
from nextbest.intake import bring_in_step, load
from nextbest.terminal import Share, now, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from features.reports import IngestReport


@click.command()
@click.argument("source", default="complete_journey")
@click.option(
    "--max-bad",
    default="1%",
    show_default=True,
    type=Share(),
    help="Largest share of a table's rows that may be quarantined, as 1% or 0.01.",
)
@click.option("--force", is_flag=True, help="Read again what stands already, too.")
@click.option("--init", is_flag=True, help="SOURCE is a folder: draft a sources.yaml from it.")
@click.option("--json", "as_json", is_flag=True, help="Write the summary as JSON.")
@one_line_errors
def ingest(source: str, max_bad: float, force: bool, init: bool, as_json: bool) -> None:
    """Load what is new in SOURCE into the canonical tables and the online store.

    SOURCE is a name (complete_journey, online_retail_2), the path of a sources.yaml, or its
    folder. Only files and tables that changed since the last time are read; after a kill it goes
    on where it was.

    \b
    Examples:
      nextbest ingest complete_journey
      nextbest ingest --init exports/
      nextbest ingest exports/sources.yaml --max-bad 0.5%
    """
    from features.settings import ensure_home
    from features.sources.catalog import find_source

    if init:
        _draft(source, as_json=as_json)
        return
    s = settings()
    ensure_home(s)
    began = time.monotonic()
    report = load(s, find_source(source), now(), max_bad=max_bad, force=force, progress=not as_json)
    published, comments = bring_in_step(s, now())
    if as_json:
        say_json({**_as_json(report), "published": published, "comments": comments})
        return
    for line in summary(report, s.quarantine, seconds=time.monotonic() - began):
        say(line)
    for name, rows in published.items():
        say(f"{name:18s} {rows:>11,} published to the online store")
    say(comments_line(comments))


def _draft(folder: str, *, as_json: bool) -> None:
    from features.sources.mapped.draft import draft

    path = draft(Path(folder))
    if as_json:
        say_json({"drafted": str(path)})
        return
    say(f"Drafted {path}: read its comments, mend what was guessed wrong, then")
    say(f"  nextbest ingest {path}")


def _as_json(report: "IngestReport") -> dict[str, object]:
    tables = {
        name: {**asdict(table), "accepted": table.accepted} for name, table in report.tables.items()
    }
    return {**asdict(report), "tables": tables}
