"""The simulated source: what the real tables before it lack."""

import hashlib

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from features.schemas import SIMULATED, TABLES
from features.sources.simulated.browsing import draw_events
from features.sources.simulated.consents import draw_consents
from features.sources.simulated.identities import draw_cookies, identifier_rows
from features.sources.simulated.satisfaction import draw_contacts, draw_feedback, met_stock_outs
from features.sources.simulated.stock import draw_stock
from features.sources.simulated.world import read_world

DEFAULT_SEED = 2017
_VERSION = "1"


class Simulated:
    """Seeded generator of identifiers, events, stock, feedback, contacts and consents.

    Parameters
    ----------
    seed
        The same seed and real tables give the same rows.
    """

    name = SIMULATED

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._seed = seed

    def fingerprint(self) -> str:
        """Digest of the seed and of the version of the rules."""
        return hashlib.sha256(f"{_VERSION}:{self._seed}".encode()).hexdigest()

    def load(self, con: DuckDBPyConnection) -> None:
        """Create the six raw tables from the accepted real ones in ``main``."""
        world = read_world(con)
        # One generator a table: a change to one rule leaves the other tables as they were.
        seeds = np.random.SeedSequence(self._seed).spawn(6)
        who, web, shelf, help_, survey, ledger = (np.random.default_rng(s) for s in seeds)
        cookies = draw_cookies(world, who)
        events = draw_events(world, cookies, web)
        stock = draw_stock(con, world, shelf)
        met = met_stock_outs(events, stock, cookies)
        contacts = draw_contacts(world, met, help_)
        _write(con, "identifiers", identifier_rows(world, cookies))
        _write(con, "events", events)
        _write(con, "stock_levels", stock)
        _write(con, "service_contacts", contacts)
        _write(con, "feedback", draw_feedback(world, met, contacts, survey))
        _write(con, "consents", draw_consents(world, ledger))


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
