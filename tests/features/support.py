"""Sources whose rows are told in the test."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from duckdb import DuckDBPyConnection

from features.ingest import ingest
from features.reports import IngestReport
from features.sources.base import Portion, Source

NOW = 1_700_000_000

Rows = Mapping[str, pd.DataFrame]


@dataclass
class Given:
    """A ``Source`` of portions that are given as frames; ``loads`` counts what was read."""

    name: str
    rows: Mapping[str, Rows]
    derived: bool = False
    loads: list[str] = field(default_factory=list)

    def portions(self) -> Sequence[Portion]:
        return [self._portion(name, rows) for name, rows in self.rows.items()]

    def _portion(self, name: str, rows: Rows) -> Portion:
        def fingerprint() -> str:
            text = "".join(f"{table}{frame.to_csv()}" for table, frame in sorted(rows.items()))
            return hashlib.sha256(text.encode()).hexdigest()

        def load(con: DuckDBPyConnection) -> None:
            self.loads.append(name)
            # As adapters do: scratch tables of its own, dropped at the end.
            con.execute("create schema sketch")
            con.execute("create table sketch.lines as select 1 as a")
            con.execute("create table main.scratch as from sketch.lines")
            for table, frame in rows.items():
                con.register("given", frame)
                con.execute(f"create table raw.{table} as select * from given")
                con.unregister("given")
            drop_scratch(con)

        return Portion(name, fingerprint, load, derived=self.derived)


def drop_scratch(con: DuckDBPyConnection) -> None:
    con.execute("drop table main.scratch")
    con.execute("drop schema sketch cascade")


def sold(orders: Sequence[int], *, amount: int = 5, at: int = 1000) -> pd.DataFrame:
    """One line an order: order 7 is ``o7``, of customer ``c1`` (7 mod 3), at ``at`` + 7."""
    return pd.DataFrame(
        {
            "order_id": [f"o{k}" for k in orders],
            "line_no": 1,
            "customer_id": [f"c{k % 3}" for k in orders],
            "item_id": "i",
            "purchased_at": [at + k for k in orders],
            "quantity": 1,
            "amount": amount,
            "discount": 0,
            "channel": "shop",
        }
    )


ITEM = pd.DataFrame({"item_id": ["i"], "status": ["active"]})


def shop(*portions: pd.DataFrame, name: str = "shop", **more: pd.DataFrame) -> Given:
    """One portion a frame of transactions; the first has the product and the other tables too."""
    rows: dict[str, Rows] = {
        f"sales-{k}.csv": {"transactions": frame} for k, frame in enumerate(portions)
    }
    rows["sales-0.csv"] = {"products": ITEM, **more, **rows["sales-0.csv"]}
    return Given(name, rows)


def run(
    folder: Path, *sources: Source, now: int = NOW, max_bad: float = 0.5, force: bool = False
) -> IngestReport:
    return ingest(
        sources,
        folder / "t",
        folder / "q",
        as_known_at=now,
        max_bad=max_bad,
        force=force,
        memory_limit="500MB",
    )
