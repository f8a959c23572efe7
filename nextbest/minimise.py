"""The command ``minimise``."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from nextbest.terminal import one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from nextbest.minimisation.report import Minimisation


@click.command()
@click.option("--all", "everything", is_flag=True, help="List the columns in use as well.")
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
@one_line_errors
def minimise(everything: bool, as_json: bool) -> None:
    """Say which data are used, by what, and which are collected or computed for nothing.

    \b
    Examples:
      nextbest minimise
      nextbest minimise --json
    """
    from bundle.files import read_bundle
    from features.tables import open_tables
    from nextbest.minimisation.build import minimisation
    from serving.registry import find_bundle

    s = settings()
    bundle = read_bundle(find_bundle(s))
    con = open_tables(s.tables)
    report = minimisation(bundle, con)
    con.close()
    if as_json:
        say_json(report.as_json())
    else:
        _show(report, everything)


def _show(report: "Minimisation", everything: bool) -> None:
    features, sources = report.features, report.sources
    say(f"Bundle {report.bundle_version}")
    say(f"\nSnapshot columns: {_counted(row.verdict for row in features)}")
    for row in features:
        if everything or row.verdict != "used":
            share = max(row.gain.values(), default=0.0)
            say(f"  {row.name:34}{row.verdict:22}{row.purpose:18}{share:7.2%}  {_few(row.users)}")
    say(f"\nCanonical columns: {_counted(row.verdict for row in sources)}")
    for source in sources:
        if everything or source.verdict not in ("used", "key", "provenance"):
            name = f"{source.table}.{source.column}"
            say(
                f"  {name:34}{source.verdict:22}{source.filled:>11,} values  {_few(source.readers)}"
            )
    say()
    for sentence in (*report.recommendations, *report.caveats):
        say(sentence)


def _counted(verdicts: Iterable[str]) -> str:
    return ", ".join(f"{n} {verdict}" for verdict, n in Counter(verdicts).most_common())


def _few(users: tuple[str, ...]) -> str:
    shown = ", ".join(users[:3])
    return f"{shown}, and {len(users) - 3} more" if len(users) > 3 else shown
