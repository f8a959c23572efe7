"""Places that start from the moment: what trends here, what is new, what is due again."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.models.content import Content
from decisioning.recommender.pairs.group import find_history
from decisioning.recommender.places.said import NOBODY, Said, Tier
from decisioning.recommender.places.shelves import Shelves
from decisioning.recommender.state import RecommenderState

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

TRENDING_NEAR: Final = "trending_near"
TRENDING: Final = "trending"
NEW_LIKE: Final = "new_like_your_purchases"
NEW_FOR_YOU: Final = "new_in_your_categories"
NEW: Final = "new"
NEW_DAYS: Final = 60.0
"""How long an item counts as new."""


def trending(shelves: Shelves, row: int) -> Said:
    """Tell what sells better of late than before: at a location, then everywhere.

    Parameters
    ----------
    row
        Of ``Shelves.trending``; 0 is everywhere.
    """
    everywhere = Tier(TRENDING, shelves.trending[0])
    if row == 0:
        return Said.of(everywhere)
    return Said.of(Tier(TRENDING_NEAR, shelves.trending[row]), everywhere)


def arrivals(shelves: Shelves, state: RecommenderState, customer: int) -> Said:
    """Tell what came on sale of late: like what a customer buys, of their categories, the newest.

    What is like a purchase finds its buyers better than its category does (docs/evaluation.md).

    Parameters
    ----------
    customer
        Index in the state, -1 for nobody in particular.
    """
    age = shelves.age_days
    fresh = np.where(age <= NEW_DAYS, 1.0 - age / (2.0 * NEW_DAYS), 0.0).astype(np.float32)
    newest = Tier(NEW, fresh)
    if customer < 0:
        return Said.of(newest)
    share = category_share(state, customer)[state.items.category_code]
    bought = np.zeros(state.n_items, dtype=np.bool_)
    bought[state.history.item[state.history_rows(np.array([customer]))[1]]] = True
    mine = np.where(bought, np.float32(0), fresh * share)
    return Said.of(
        _like_purchases(shelves, state, customer, np.where(bought, np.float32(0), fresh)),
        Tier(NEW_FOR_YOU, mine.astype(np.float32)),
        Tier(NEW, np.where(bought, np.float32(0), fresh)),
    )


def _like_purchases(shelves: Shelves, state: RecommenderState, customer: int, fresh: F32) -> Tier:
    """Tell what is like the purchases of a customer, each item named after the likest."""
    histories, content = state.histories.of(np.array([customer])), Content(shelves.alike, np.inf)
    score = (fresh * content.score(histories)[0]).astype(np.float32)
    item = np.flatnonzero(score > 0)
    anchor = np.full(state.n_items, NOBODY, dtype=np.int64)
    anchor[item] = content.explain_pairs(histories, np.zeros_like(item), item).item
    return Tier(NEW_LIKE, score, anchor)


def newest_items(shelves: Shelves, days: float) -> I64:
    """Return the items on sale for at most so many days, int64, the newest first."""
    order = np.argsort(shelves.age_days, kind="stable")
    return order[shelves.age_days[order] <= days]


def due_in_days(state: RecommenderState, customer: int, items: I64) -> F32:
    """Return in how many days each item is due again, counted from the state's moment.

    After the last purchase comes the customer's own gap, drawn towards the item's as if two gaps
    had been seen already; negative where that is past. NaN for what was never bought.

    Returns
    -------
    float32 (items,).
    """
    position, seen = find_history(state, np.full(items.shape, customer), items)
    held = state.history
    orders, last = held.orders[position], held.last_days[position]
    span = held.first_days[position] - last
    gap = (span + 2 * state.items.gap_days[items]) / (np.maximum(orders - 1, 0) + 2)
    return np.where(seen, gap - last, np.float32(np.nan)).astype(np.float32)


def category_share(state: RecommenderState, customer: int) -> F32:
    """Return the share of each category in a customer's purchases, float32 (categories,)."""
    held = state.affinity
    low, high = np.searchsorted(
        held.category_key, [customer * held.n_categories, (customer + 1) * held.n_categories]
    )
    share = np.zeros(held.n_categories, dtype=np.float32)
    share[held.category_key[low:high] % held.n_categories] = held.category_share[low:high]
    return share
