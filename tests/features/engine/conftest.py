"""The tiny retailer as stored tables, in buckets, with everything that leads rows astray."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.ingest import ingest
from features.schemas import TABLES
from features.sources.base import Portion

DAY = 86_400
START = 1_600_000_000
MOMENTS = [START + days * DAY for days in (90, 210, 365, 401)]
BUCKETS = 4

Frames = Mapping[str, pd.DataFrame]
Store = Callable[[Sequence[Frames]], Path]


@dataclass(frozen=True)
class Given:
    """A source of frames already in memory, one portion each."""

    frames: Sequence[Frames]
    name: str = "test"

    def portions(self) -> Sequence[Portion]:
        return [self._portion(place) for place in range(len(self.frames))]

    def _portion(self, place: int) -> Portion:
        def load(con: DuckDBPyConnection) -> None:
            for name, frame in self.frames[place].items():
                # Bound by hand: the door fills in what a frame leaves out.
                given = frame[[c for c in TABLES[name].names if c in frame.columns]]
                con.register("given", given)
                con.execute(f"create table raw.{name} as select * from given")
                con.unregister("given")

        return Portion(f"part-{place}", lambda: f"{place}", load)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Ingest frames, one run each, a day apart from day 500 on."""

    def store(runs: Sequence[Frames]) -> Path:
        for count in range(1, len(runs) + 1):
            ingest(
                [Given(runs[:count])],
                tmp_path / "tables",
                tmp_path / "quarantine",
                as_known_at=START + (500 + count) * DAY,
                max_bad=0,
                buckets=BUCKETS,
            )
        return tmp_path / "tables"

    return store


@pytest.fixture(scope="session")
def astray(shop: Frames) -> list[Frames]:
    """The shop in two runs, so that rows lie away from the customers who need them.

    Links come in after the events; two customers share a card from day 200 on; some outcomes name
    another customer than the one to whom the offer was shown; a line is corrected to be of another
    customer.
    """
    late = {"identifiers": pd.concat([shop["identifiers"], _shared_card()], ignore_index=True)}
    moved = shop["transactions"].head(3).assign(customer_id="c14")
    outcomes = shop["outcomes"].assign(
        customer_id=[f"c{k % 15:02d}" for k in range(len(shop["outcomes"]))]
    )
    first = {**shop, "outcomes": outcomes}
    del first["identifiers"]
    return [first, {**late, "transactions": moved}]


def _shared_card() -> pd.DataFrame:
    rows = [
        (kind, value, customer, START + 200 * DAY)
        for kind, value in (("loyalty_card", "card"), ("email_sha256", "mail"), ("crm_id", "crm"))
        for customer in ("c05", "c06")
    ]
    names = ["identifier_type", "value", "customer_id", "observed_at"]
    return pd.DataFrame(rows, columns=names).assign(source="test")
