"""How long each item has been on sale."""

import duckdb
import numpy as np
from numpy.typing import NDArray

from features.ids import IdMap
from training.recommender.interactions import Interactions, days_before

SETTLING_DAYS = 90.0
"""An item first sold this soon after the data begin may have been on sale long before."""
_LAUNCHES = "select item_id, launched_at from products where launched_at is not null"


def load_launches(con: duckdb.DuckDBPyConnection, items: IdMap) -> NDArray[np.float64]:
    """Read when each item came on sale: float64 (n_items,), epoch seconds, NaN where not told."""
    launched = np.full(len(items), np.nan)
    rows = con.execute(_LAUNCHES).fetchall()
    index = items.index_of([item for item, _ in rows])
    at = np.array([moment for _, moment in rows], dtype=np.float64)
    launched[index[index >= 0]] = at[index >= 0]
    return launched


def fit_ages(
    interactions: Interactions, launched: NDArray[np.float64], as_of: int
) -> NDArray[np.float32]:
    """Return days on sale as of a moment, float32 (n_items,).

    By the catalogue's date; where it tells none, by the first sale, unless that lies so near the
    beginning of the data that it says nothing. NaN where neither tells, or the date is to come.
    """
    past = interactions.before(as_of)
    age = np.full(len(interactions.items), np.nan)
    if past.any():
        first = np.full(age.size, -np.inf)
        np.maximum.at(first, interactions.item[past], days_before(as_of, interactions.at[past]))
        told = np.isfinite(first) & (first <= first.max() - SETTLING_DAYS)
        age[told] = first[told]
    told = np.isfinite(launched)
    age[told] = days_before(as_of, launched[told].astype(np.int64))
    age[age < 0] = np.nan
    return age.astype(np.float32)
