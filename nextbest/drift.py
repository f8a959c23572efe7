"""Command ``drift``: whether the population has left the champion behind."""

import sys
from typing import TYPE_CHECKING, Final

import click

from nextbest.online import statements
from nextbest.terminal import Day, now, one_line_errors, say, say_json, settings

if TYPE_CHECKING:
    from training.drift import Shift

RETRAIN: Final = 3
"""Exit code of a recommendation to retrain: no failure (1), no wrong use (2)."""
SHOWN: Final = 10


@click.command()
@click.option("--as-of", type=Day(), help="The live moment; the end of the data when left out.")
@click.option("--json", "as_json", is_flag=True, help="Write every column as JSON.")
@one_line_errors
def drift(as_of: int | None, as_json: bool) -> None:
    """Compare today's customers with those the champion learned of.

    Population stability of every column and of what every model predicts. Exit code 0 where all
    is well, 3 where retraining is recommended, with the reasons: a scheduler can act on it.

    \b
    Examples:
      nextbest drift
      nextbest drift --as-of 2017-12-15 --json
      nextbest drift || [ $? -ne 3 ] || nextbest train
    """
    from training.drifting import measure_drift

    s = settings()
    found = measure_drift(s, as_of, now(), statements(s))
    reasons = found.reasons()
    if as_json:
        say_json(found.as_json())
    else:
        say(f"{'':28s}{'PSI':>8s}{'chance':>8s}{'weight':>8s}  median then -> now")
        for shift in (*found.predictions, *found.columns[:SHOWN]):
            say(_line(shift))
        for reason in reasons:
            say(f"retrain: {reason}")
        say("retraining is recommended" if reasons else "no reason to retrain")
    if reasons:
        sys.exit(RETRAIN)


def _line(shift: "Shift") -> str:
    mark = "*" if shift.large else " "
    return (
        f"{shift.name:28s}{shift.psi:8.3f}{shift.chance:8.3f}{shift.weight:8.0%}{mark} "
        f"{shift.before:.4g} -> {shift.after:.4g}"
    )
