"""The command ``diff``: whom a new policy or bundle changes, before it goes live."""

import click

from nextbest.diff_lines import difference_lines
from nextbest.running import CHANNELS
from nextbest.terminal import now, one_line_errors, say, say_json, settings


@click.command()
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--channel", type=click.Choice(CHANNELS), default="email", show_default=True)
@click.option(
    "--direction",
    type=click.Choice(["inbound", "outbound"]),
    default="outbound",
    show_default=True,
)
@click.option(
    "-n",
    "n",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="Length of each slate.",
)
@click.option(
    "--customers",
    type=click.IntRange(min=1),
    help="At most so many, always the same ones; everybody when left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the comparison as JSON.")
@one_line_errors
def diff(
    first: str,
    second: str,
    channel: str,
    direction: str,
    n: int,
    customers: int | None,
    as_json: bool,
) -> None:
    """Decide for everybody under A and under B, and tell what changes for whom, and why.

    A and B are each a folder with actions.yaml or policy.yaml (what it lacks is the served
    bundle's), the folder of a bundle, or a registered version or alias. Nothing is contacted and
    nothing is recorded.

    \b
    Examples:
      nextbest diff champion ./my-policy --channel email
      nextbest diff champion challenger --customers 1000 --json
    """
    from features.settings import ensure_home
    from serving.comparison.deciding import Question
    from serving.comparison.report import compare
    from serving.comparison.sides import read_sides
    from serving.stores.opening import open_stores

    s = settings()
    ensure_home(s)
    sides = read_sides(s, first, second)
    stores = open_stores(s.store_url)
    question = Question(channel, direction, n, now())
    report = compare(*sides, stores, question, customers, progress=not as_json)
    stores.close()
    if as_json:
        say_json(report)
        return
    for line in difference_lines(report):
        say(line)
