"""How long each item has been on sale."""

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from features.ids import IdMap
from training.recommender.interactions import NEW_DAYS, Interactions, days_before
from training.recommender.models.content import ContentConfig, alike

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


def fit_alike(interactions: Interactions, age: NDArray[np.float32]) -> sparse.csr_matrix:
    """Return what the items on sale for at most `NEW_DAYS` are like: see ``Shelves.alike``.

    Parameters
    ----------
    age
        float32 (n_items,): as of `fit_ages`.
    """
    n_items = len(interactions.items)
    new = np.flatnonzero(age <= NEW_DAYS)
    if new.size == 0 or not interactions.texts:
        return sparse.csr_matrix((n_items, n_items), dtype=np.float32)
    near = alike(interactions.texts, new, ContentConfig()).tocoo()
    return sparse.csr_matrix((near.data, (near.col, new[near.row])), shape=(n_items, n_items))
