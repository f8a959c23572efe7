"""The command ``experience``: what customers say of the shop, measured."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nextbest.experience_lines import BY, readable
from nextbest.terminal import Day, now, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from features.settings import Settings


@click.command()
@click.option(
    "--as-of",
    type=Day(),
    help="Use nothing at or after this date; the end of the data when left out.",
)
@click.option(
    "--by", type=click.Choice(BY), default="overall", show_default=True, help="What to show."
)
@click.option("--json", "as_json", is_flag=True, help="Write the whole report as JSON.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the page with pictures; NEXTBEST_HOME/experience when left out.",
)
@one_line_errors
def experience(as_of: int | None, by: str, as_json: bool, out: Path | None) -> None:
    """Measure NPS, CSAT, CES and stars, who stays silent, and what happens on the way.

    Every figure comes with its n and a 95 % interval. What is inferred of customers who did not
    answer is marked as inferred. GET /v1/experience and the console read the result.

    \b
    Examples:
      nextbest experience
      nextbest experience --by touchpoint
      nextbest experience --as-of 2017-11-01 --json
    """
    from training.experience.files import as_json as whole
    from training.experience.files import write_experience

    s = settings()
    measured = _measure(s, as_of, progress=not as_json)
    paths = write_experience(measured, s.home, out)
    report = whole(measured)
    if as_json:
        say_json(report)
        return
    for line in readable(report, by):
        say(line)
    for name, path in paths.items():
        say(f"{name}: {path}")


def _measure(s: "Settings", as_of: int | None, *, progress: bool) -> Any:  # noqa: ANN401 - lazy
    from features.errors import SourceError
    from features.settings import ensure_home
    from features.storage import read_manifest
    from features.tables import data_end, open_tables
    from nextbest.online import read_comments, statements
    from training.as_of import date_text
    from training.consents import bind_current_consents
    from training.experience.report import STEPS, measure_experience

    ensure_home(s)
    told = statements(s)
    read_comments(s, told, now())
    con = open_tables(s.tables)
    first, end = int(read_manifest(s.tables)["data_start"]), data_end(s.tables) + 1
    moment = end if as_of is None else as_of
    if not first < moment <= end:
        raise SourceError(
            f"--as-of {date_text(moment)} is outside the data.",
            f"choose a date from {date_text(first + 86_400)} to {date_text(end)}.",
        )
    bind_current_consents(con, told, now())
    with _bar(len(STEPS), shown=progress) as step:
        return measure_experience(con, moment, s.home, progress=step)


@contextmanager
def _bar(steps: int, *, shown: bool) -> Iterator[Callable[[str], object]]:
    from tqdm import tqdm

    with tqdm(total=steps, desc="experience", unit="step", disable=not shown) as bar:

        def step(name: str) -> None:
            bar.set_postfix_str(name)
            bar.update()

        yield step
