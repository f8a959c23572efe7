"""Commands that decide for all: ``score``, ``serve``, and what surrounds them."""

import os
import socket
import sys
from dataclasses import asdict
from pathlib import Path

import click

from features.errors import ServiceError
from features.settings import Settings
from nextbest.terminal import now, one_line_errors, say, say_json, settings

GOALS = (
    "any",
    "discover",
    "replenish",
    "trending",
    "new_arrivals",
    "recently_viewed",
    "abandoned_basket",
    "in_session",
)
CHANNELS = ("web", "app", "shop", "call_centre", "email", "sms", "push", "phone", "post")


@click.command()
@click.option(
    "--what",
    type=click.Choice(["next_best_actions", "recommendations"]),
    default="next_best_actions",
    show_default=True,
)
@click.option("--channel", type=click.Choice(CHANNELS), required=True)
@click.option(
    "--direction",
    type=click.Choice(["inbound", "outbound"]),
    default="outbound",
    show_default=True,
    help="For next_best_actions.",
)
@click.option(
    "--goal",
    type=click.Choice(GOALS),
    default="any",
    show_default=True,
    help="For recommendations.",
)
@click.option(
    "-n",
    "n",
    type=click.IntRange(1, 100),
    default=None,
    help="Length of each slate: 3 actions or 10 items when left out.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Parquet file to write.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the summary as JSON.")
@one_line_errors
def score(
    what: str, channel: str, direction: str, goal: str, n: int | None, out: Path, as_json: bool
) -> None:
    """Decide for every customer with the service's own code, into a Parquet file.

    Nothing is contacted: the file holds what would be decided now. Where the policy has
    budgets for the channel, customers share them, and the command says how (docs/budgets.md).

    \b
    Example:
      nextbest score --what next_best_actions --channel email --out email.parquet
    """
    from nextbest.budget_lines import budget_lines
    from serving.batch import BatchJob, score_everyone
    from serving.bootstrap import build

    default, most = (3, 20) if what == "next_best_actions" else (10, 100)
    if (n or 1) > most:
        raise click.BadParameter(f"{n} is more than {most}, the most for {what}", param_hint="-n")
    if not out.parent.is_dir():
        raise click.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
    job = BatchJob(what, channel, n or default, direction, goal)  # type: ignore[arg-type]
    parts = build(settings())
    result = score_everyone(parts.application, job, out, now(), progress=not as_json)
    parts.stores.close()
    budgets = result.budgets
    if as_json:
        shared = {} if budgets is None else {"budgets": asdict(budgets)}
        say_json({"customers": result.customers, "out": str(out)} | shared)
        return
    say(f"{result.customers:,} customers: {out}")
    for line in [] if budgets is None else budget_lines(budgets):
        say(line)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="NEXTBEST_PORT when left out.")
@one_line_errors
def serve(port: int | None) -> None:
    """Serve the champion over HTTP, in the foreground.

    \b
    Example:
      nextbest serve --port 3000
    """
    s = settings()
    check_ready(s, port or s.port)
    command = serve_command()
    # In place of this process, so that signals reach the server and not a parent of it.
    os.execve(command[0], command, serve_environment(s, port or s.port))


def serve_command() -> list[str]:
    """Return the command that serves, as BentoML's own."""
    root = Path(__file__).resolve().parent.parent
    return [
        sys.executable,
        "-m",
        "bentoml",
        "serve",
        "serving.service:NextBest",
        "--working-dir",
        str(root),
    ]


def serve_environment(s: Settings, port: int) -> dict[str, str]:
    """Return the environment to serve in: one thread a library, nobody phoned."""
    pins = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        **dict.fromkeys(pins, "1"),
        "OMP_WAIT_POLICY": "passive",
        # Of this service alone: BentoML empties the folder of its counts at every start, and
        # that of another service that runs here must keep its own.
        "BENTOML_HOME": str(s.home / f"bentoml-{port}"),
        **os.environ,
        "NEXTBEST_HOME": str(s.home),
        "NEXTBEST_PORT": str(port),
        "BENTOML_DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def check_ready(s: Settings, port: int) -> None:
    """Find, before any process starts, what would keep the service from answering.

    Raises
    ------
    NextbestError
        A busy port, an unwritable home, a bundle or store that cannot be used.
    """
    from serving.bootstrap import build
    from serving.telemetry.choices import read_choices

    read_choices()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((s.host, port))
        except OSError as error:
            raise ServiceError(
                f"Port {port} on {s.host} cannot be used ({error.strerror}).",
                f"stop what holds it, or choose another: NEXTBEST_PORT={port + 1}.",
            ) from error
    build(s).stores.close()
