"""Command ``retain``: the end of every period, and of erasures that were cut short."""

import sys
from typing import TYPE_CHECKING, Any

import click

from nextbest.opened import opened_stores
from nextbest.terminal import now, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from serving.privacy.home import Home


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
@one_line_errors
def retain(dry_run: bool, as_json: bool) -> None:
    """Remove what is past its period, and finish erasures that were cut short.

    Periods stand in NEXTBEST_HOME/retention.yaml (see docs/privacy.md); without it decisions and
    events are kept 400 days. Of decisions, counts by day stay. Run it every night. Exit code 1
    while an erasure is not finished.

    \b
    Example:
      nextbest retain --dry-run
    """
    from serving.privacy.auditing import note_act
    from serving.privacy.home import Home
    from serving.privacy.retaining import FILE, read_periods
    from serving.privacy.retaining import retain as retain_all

    s = settings()
    periods = read_periods(s.home / FILE)
    with opened_stores(s) as stores:
        home = Home(stores, s)
        erasures = _erasures(home, dry_run=dry_run)
        done = retain_all(home, periods, now(), dry_run=dry_run)
        if not dry_run:
            removed = {part: dict(counts) for part, counts in done.removed.items()}
            note_act(stores, "terminal", "retain", [], now(), {"removed": removed})
    left = [one for one in erasures if one["status"] != "completed"]
    report = {
        "dry_run": dry_run,
        "periods": periods.model_dump(),
        "removed": done.removed,
        "erasures": erasures,
    }
    if as_json:
        say_json(report)
    else:
        _say(report)
    sys.exit(1 if left and not dry_run else 0)


def _erasures(home: "Home", *, dry_run: bool) -> list[dict[str, Any]]:
    from serving.privacy.erasing import Eraser
    from serving.privacy.ids import new_erasure_id

    eraser = Eraser(home, now, new_erasure_id)
    return eraser.pending() if dry_run else eraser.finish()


def _say(report: dict[str, Any]) -> None:
    verb = "would go" if report["dry_run"] else "removed"
    for part, counts in report["removed"].items():
        for name, rows in counts.items():
            kept = report["periods"].get(name) or report["periods"]["tables"].get(name)
            days = f"after {kept:,} days" if kept else "with its decision"
            say(f"{part:7s} {name:18s} {rows:>10,} {verb} ({days})")
    for one in report["erasures"]:
        say(f"erasure {one['erasure_id']}: {one['status']} {one['pending']}".rstrip())
