"""The command ``simulate``: what a policy does over weeks, in a shop whose truth is known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from nextbest.terminal import one_line_errors, say, say_json


@click.command()
@click.option("--weeks", type=click.IntRange(1, 520), default=26, show_default=True)
@click.option("--customers", type=click.IntRange(20), default=2_000, show_default=True)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="The first shop."
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many shops; intervals need more than one.",
)
@click.option(
    "--policy",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of actions.yaml and policy.yaml (and truth.yaml); the simulated shop's own "
    "when left out.",
)
@click.option("--channel", default="email", show_default=True, help="Where contacts are made.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with curves here."
)
@click.option(
    "--copy-to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the simulated shop's three files to this folder, to be edited, and stop.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the whole report as JSON.")
@one_line_errors
def simulate(
    weeks: int,
    customers: int,
    seed: int,
    seeds: int,
    folder: Path | None,
    channel: str,
    out: Path | None,
    copy_to: Path | None,
    as_json: bool,
) -> None:
    """Let a policy play weeks in a simulated shop, beside simpler policies and the truth.

    The policy decides as in production, learns from its own log alone, and is compared with each
    action for everybody, a greedy response model, random choice, and an oracle.

    \b
    Examples:
      nextbest simulate
      nextbest simulate --seeds 5 --out simulation.html
      nextbest simulate --copy-to shop && nextbest simulate --policy shop
    """
    from training.simulation.compare import compare, count_policies
    from training.simulation.lines import readable
    from training.simulation.page import simulation_page
    from training.simulation.report import report
    from training.simulation.truth_file import WORLD, copy_world
    from training.simulation.world import read_rules

    if copy_to:
        for path in copy_world(copy_to):
            say(str(path))
        return
    rules = read_rules(folder or WORLD, channel)
    shops = range(seed, seed + seeds)
    with _bar(seeds * count_policies(rules), shown=not as_json) as step:
        told = report(compare(rules, shops, customers, weeks, step), rules)
    if out:
        out.write_text(simulation_page(told), encoding="utf-8")
    if as_json:
        say_json(told)
        return
    for line in readable(told):
        say(line)
    if out:
        say(f"Page: {out}")


@contextmanager
def _bar(steps: int, *, shown: bool) -> Iterator[Callable[[str], object]]:
    from tqdm import tqdm

    with tqdm(total=steps, desc="simulate", unit="policy", disable=not shown) as bar:

        def step(name: str) -> None:
            bar.set_postfix_str(name)
            bar.update()

        yield step
