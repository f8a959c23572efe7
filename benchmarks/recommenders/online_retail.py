"""Online Retail II, first year: a gift shop's wholesale and retail buyers, the last 28 days asked.

    python -m benchmarks.recommenders.online_retail --data FOLDER

FOLDER holds ``online_retail_2/`` with the first year (December 2009 to November 2010) as Parquet
or CSV. It is ingested by the shipped mapping (``online_retail_2.yaml``) into a folder that is
thrown away: guest checkouts have no customer and take no part, returns are no purchases, articles
spelt in two ways are one.

Choices made. The test window is the 28 days before the end of the data, which is the midnight
after its last line. Protocol and measures are those of ``scorers``. There is no catalogue, hence
no product types, and a single shop, so two groups of the ranker's features are constant. The
ranker's settings (`SETTINGS`) were chosen on the 28 days before the test window
(``--validate``), the models' are their defaults.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import duckdb

from benchmarks.recommenders.scorers import ALL_MODELS, measure, table
from decisioning.policy import DAY
from features.ingest import ingest
from features.sources.catalog import find_source
from features.tables import data_end, open_tables
from nextbest.terminal import say
from training.config import TrainingConfig
from training.recommender.family import FamilyConfig
from training.recommender.ranker import RankerConfig

DAYS = 28
MAX_BAD = 0.01
SETTINGS = TrainingConfig(
    family=FamilyConfig(names=ALL_MODELS), ranker=RankerConfig(label_days=DAYS, cuts=2)
)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the data.")
@click.option("--validate", is_flag=True, help="Ask for the 28 days before the test window.")
@click.option("--cuts", type=int, default=SETTINGS.ranker.cuts, help="Label windows that train.")
@click.option("--models", default=",".join(ALL_MODELS), help="Of the family, by commas.")
def main(data: Path, validate: bool, cuts: int, models: str) -> None:
    """Print the table of Online Retail II."""
    if not (data / "online_retail_2").is_dir():
        say(f"skipped: {data / 'online_retail_2'} is not there.")
        return
    config = replace(
        SETTINGS,
        family=FamilyConfig(names=tuple(models.split(","))),
        ranker=replace(SETTINGS.ranker, cuts=cuts),
    )
    with ingested(data / "online_retail_2") as (con, end):
        cut = end - DAYS * DAY * (2 if validate else 1)
        for line in table(measure(con, config, cut, DAYS)):
            say(line)


@contextmanager
def ingested(folder: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, int]]:
    """Ingest the first year and give its tables and the midnight after its last line."""
    os.environ["NEXTBEST_ONLINE_RETAIL_2"] = str(folder)
    with tempfile.TemporaryDirectory() as scratch:
        tables = Path(scratch) / "tables"
        ingest(
            find_source("online_retail_2"),
            tables,
            Path(scratch) / "quarantine",
            as_known_at=NOW,
            max_bad=MAX_BAD,
            progress=True,
        )
        con = open_tables(tables)
        last = data_end(tables)
        yield con, last - last % DAY + DAY


NOW = 1_577_836_800
"""2020-01-01, a moment after all of the data."""


if __name__ == "__main__":
    main()
