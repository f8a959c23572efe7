"""The simulated source: what the real tables before it lack."""

import hashlib
from collections.abc import Sequence

import pandas as pd
from duckdb import DuckDBPyConnection

from features.schemas import SIMULATED, TABLES
from features.sources.base import Portion
from features.sources.simulated.tables import SURVEYS, draw_tables
from features.sources.simulated.world import forget_world

DEFAULT_SEED = 2017
_VERSION = "2"


class Simulated:
    """Seeded generator of every table that the real sources lack.

    Parameters
    ----------
    seed
        The same seed and real tables give the same rows.
    """

    name = SIMULATED

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._seed = seed

    def portions(self) -> Sequence[Portion]:
        """One portion, drawn again whenever the real rows before it have changed."""
        return (Portion("all", self.fingerprint, self.load, derived=True),)

    def fingerprint(self) -> str:
        """Digest of the seed and of the version of the rules."""
        return hashlib.sha256(f"{_VERSION}:{self._seed}".encode()).hexdigest()

    def load(self, con: DuckDBPyConnection) -> None:
        """Create the raw tables from the accepted real ones in ``main``."""
        for name, rows in draw_tables(con, self._seed).items():
            if name != SURVEYS:
                _write(con, name, rows)
        forget_world(con)


def _write(con: DuckDBPyConnection, name: str, rows: pd.DataFrame) -> None:
    """Create ``raw.<name>`` from the columns that the canonical table has."""
    table = TABLES[name]
    kept = [column for column in table.names if column in rows.columns]
    con.register("simulated_rows", rows[kept])
    con.execute(
        f"create or replace table raw.{name} as"
        f" select {', '.join(kept)}, '{SIMULATED}' as source from simulated_rows"
    )
    con.unregister("simulated_rows")
