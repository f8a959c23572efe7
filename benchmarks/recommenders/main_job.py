"""The main job: Complete Journey, December 2017 asked, every model alone against the ranker.

    python -m benchmarks.recommenders.main_job --home HOME

HOME is a home of nextbest into which ``nextbest ingest complete_journey`` has read the data. The
protocol is that of docs/evaluation.md and of ``scorers``; ``nextbest evaluate`` measures the same
with the models of the shipped settings alone. ``--cut`` asks for the month after another cut:
2017-11-01 and 2017-10-01 are what settings were chosen on.
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import click

from benchmarks.recommenders.scorers import ALL_MODELS, measure, table
from features.tables import open_tables
from nextbest.terminal import say
from training.config import TrainingConfig

DAYS = 31
SETTINGS = TrainingConfig()


@click.command()
@click.option("--home", type=click.Path(path_type=Path), required=True, help="An ingested home.")
@click.option("--cut", type=click.DateTime(["%Y-%m-%d"]), default="2017-12-01")
@click.option("--shipped", is_flag=True, help="Only the models that the shipped settings fit.")
def main(home: Path, cut: dt.datetime, shipped: bool) -> None:
    """Print the main job's table."""
    if not (home / "tables").is_dir():
        say(f"skipped: {home / 'tables'} is not there.")
        return
    names = SETTINGS.family.names if shipped else ALL_MODELS
    config = replace(SETTINGS, family=replace(SETTINGS.family, names=names))
    at = int(cut.replace(tzinfo=dt.UTC).timestamp())
    for line in table(measure(open_tables(home / "tables"), config, at, DAYS)):
        say(line)


if __name__ == "__main__":
    main()
