"""The command ``simulate``: what a policy does over weeks, in a shop whose truth is known."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nextbest.terminal import one_line_errors, say, say_json

if TYPE_CHECKING:
    from training.simulation.report import Report


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
    if copy_to:
        _copy(copy_to)
        return
    told = _play(folder, channel, range(seed, seed + seeds), customers, weeks, progress=not as_json)
    _tell(told, out, as_json=as_json)


def _copy(folder: Path) -> None:
    from training.simulation.truth_file import copy_world

    for path in copy_world(folder):
        say(str(path))


def _play(
    folder: Path | None, channel: str, shops: range, customers: int, weeks: int, *, progress: bool
) -> "Report":
    from training.simulation.compare import compare, count_policies
    from training.simulation.report import report
    from training.simulation.truth_file import WORLD
    from training.simulation.world import read_rules

    rules = read_rules(folder or WORLD, channel)
    with _bar(len(shops) * count_policies(rules), shown=progress) as step:
        return report(compare(rules, shops, customers, weeks, step), rules)


def _tell(told: "Report", out: Path | None, *, as_json: bool) -> None:
    from training.simulation.lines import readable
    from training.simulation.page import simulation_page

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
