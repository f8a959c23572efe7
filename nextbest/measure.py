"""The command ``measure``: what deciding brings, and what other rules would."""

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nextbest.terminal import Day, now, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from features.errors import CatalogueError
    from features.settings import Settings
    from nextbest.measuring import Lift, Period, Value
    from serving.choices import Counted
    from serving.rulebook import Rules
    from serving.stores.opening import Stores

DAY = 86_400


@click.command()
@click.option(
    "--policy",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of another actions.yaml or policy.yaml, or both: what would they have brought?",
)
@click.option("--since", type=Day(), help="Count decisions from this date on; all when left out.")
@click.option(
    "--count",
    "counted",
    type=click.Choice(["value", "clicked", "accepted", "purchased"]),
    default="value",
    show_default=True,
    help="What came of a decision: money less cost of contact, or whether this came.",
)
@click.option(
    "--window",
    type=click.IntRange(1, 365),
    default=14,
    show_default=True,
    help="Days after a decision in which its outcomes count.",
)
@click.option("--json", "machine", is_flag=True, help="Write the figures as JSON.")
@one_line_errors
def measure(
    folder: Path | None, since: int | None, counted: str, window: int, machine: bool
) -> None:
    """Measure what deciding brings, from the service's own log.

    First policy against control: what customers spent since their first outbound decision, with
    intervals that hold however often you look. Then the value of a decision, and, with --policy,
    of what other rules would have decided. Where the data cannot say, it says so.

    \b
    Examples:
      nextbest measure
      nextbest measure --policy next-week --count accepted
      nextbest measure --since 2026-01-01 --json
    """
    from nextbest.measure_lines import as_json, readable

    lift, value = _measure(
        settings(),
        folder,
        since or 0,
        counted,  # type: ignore[arg-type]
        window * DAY,
        progress=not machine,
    )
    if machine:
        say_json(as_json(lift, value))
        return
    for line in readable(lift, value):
        say(line)


def _measure(
    s: "Settings",
    folder: Path | None,
    since: int,
    counted: "Counted",
    window: int,
    *,
    progress: bool,
) -> "tuple[Lift, Value]":
    from features.tables import data_end, open_tables
    from nextbest.measuring import Period, measure_lift, measure_value
    from nextbest.online import statements
    from serving.replay import UnrecordedColumnError
    from serving.stores.opening import open_stores
    from training.consents import bind_current_consents
    from training.experience.allowed import allowed_customers

    moment = now()
    told = statements(s)
    con = open_tables(s.tables)
    bind_current_consents(con, told, moment)
    allowed = frozenset(allowed_customers(con, moment + 1, ("analytics",)))
    stores = open_stores(s.store_url)
    try:
        whole, over = Period(since, moment + 1), Period(since, max(since, moment - window))
        rules = _rules(stores, whole, folder) if folder else None
        lift = measure_lift(stores, con, whole, allowed, data_end(s.tables), seed=0)
        value = measure_value(stores, over, allowed, counted=counted, window=window, rules=rules)
    except UnrecordedColumnError as error:
        raise _unrecorded(folder, error) from error
    finally:
        stores.close()
        con.close()
    return lift, value


def _unrecorded(folder: Path | None, columns: Exception) -> "CatalogueError":
    from features.errors import CatalogueError

    return CatalogueError(
        f"The rules of {folder} read {columns}, which the rules that decided did not, so no record "
        "holds it.",
        "leave the column out of the conditions, or let rules that read it decide first.",
    )


def _rules(stores: "Stores", period: "Period", folder: Path) -> "Rules":
    """Read the rules of a folder; for a file that it lacks, those that decided last."""
    from bundle.files import CATALOGUE_FILES
    from features.errors import CatalogueError
    from nextbest.measuring import KIND
    from serving.rulebook import read_rules

    if not any((folder / name).exists() for name in CATALOGUE_FILES):
        raise CatalogueError(
            f"{folder} holds neither {' nor '.join(CATALOGUE_FILES)}.",
            "give the folder of at least one of them.",
        )
    last = deque(stores.decisions.of_kind(KIND, *period), maxlen=1)
    kept = stores.rules.get(last[0].body["policy_version"]) if last else None
    if kept is None:
        raise CatalogueError(
            "The store holds no decision whose rules it kept, so there is nothing to compare with.",
            "serve the champion and let it decide first.",
        )
    texts: dict[str, Any] = {
        name.removesuffix(".yaml"): (folder / name).read_text(encoding="utf-8")
        for name in CATALOGUE_FILES
        if (folder / name).exists()
    }
    return read_rules(kept._replace(**texts))
