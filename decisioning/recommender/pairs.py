"""Features of a (customer, item) pair. Every value depends on its own pair only.

So a customer gets the same features alone, in a block, and in the ranker's training set.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.candidates import Candidates
from decisioning.recommender.state import NEVER, RecommenderState

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

PAIR_FEATURES: Final = (
    "orders_decayed_10d",
    "orders_decayed_30d",
    "orders_decayed_90d",
    "orders_decayed_270d",
    "orders",
    "days_since_last",
    "days_since_first",
    "overdue_ratio",
    "share_of_purchases",
    "popularity",
    "popularity_30d",
    "popularity_trend",
    "rebuy_rate",
    "repeat_rate",
    "gap_days",
    "share_of_type",
    "popularity_at_location",
    "ials",
    "neighbours",
    "linear",
    "type_decayed",
    "type_days",
    "category_share",
    "visits",
    "repeat_share",
)
ORDERS: Final = PAIR_FEATURES.index("orders")
LAST_DAYS: Final = PAIR_FEATURES.index("days_since_last")


def pair_features(state: RecommenderState, candidates: Candidates) -> F32:
    """Compute the features of every pair.

    Returns
    -------
    float32 (pairs, len(PAIR_FEATURES)), in that order; no NaN.
    """
    customer, item = candidates.customers[candidates.row], candidates.item
    columns = [
        *_history_columns(state, customer, item),
        *_item_columns(state, customer, item),
        _dot(
            state.collaborative.customer_factors[customer], state.collaborative.item_factors[item]
        ),
        candidates.neighbours,
        candidates.linear,
        *_affinity_columns(state, customer, item),
        state.customers.visits[customer],
        state.customers.repeat_share[customer],
    ]
    return np.stack(columns, axis=1).astype(np.float32, copy=False)


def _history_columns(state: RecommenderState, customer: I64, item: I64) -> list[F32]:
    history = state.history
    position, seen = find_history(state, customer, item)
    decayed = np.where(seen[:, None], history.decayed[position], np.float32(0))
    orders = np.where(seen, history.orders[position], np.float32(0))
    last = np.where(seen, history.last_days[position], NEVER)
    first = np.where(seen, history.first_days[position], NEVER)
    span = np.where(seen, first - last, np.float32(0))
    # The customer's own gap, drawn towards the item's as if two gaps had been seen already.
    gap = (span + 2 * state.items.gap_days[item]) / (np.maximum(orders - 1, 0) + 2)
    overdue = np.where(seen, last / np.maximum(gap, np.float32(1)), np.float32(-1))
    share = decayed[:, 2] / np.maximum(state.customers.mass[customer], np.float32(1e-6))
    return [*decayed.T, orders, last, first, overdue, share]


def _item_columns(state: RecommenderState, customer: I64, item: I64) -> list[F32]:
    items = state.items
    long, month, recent = items.popularity[item].T
    return [
        long,
        month,
        # Additive constants keep the trend of a rare item near that of a steady one.
        (recent + np.float32(0.002)) / (month + np.float32(0.004)),
        items.rebuy_rate[item],
        items.repeat_rate[item],
        items.gap_days[item],
        items.share_of_type[item],
        items.popularity_at[state.customers.location[customer], item],
    ]


def _affinity_columns(state: RecommenderState, customer: I64, item: I64) -> list[F32]:
    affinity, items = state.affinity, state.items
    of_type, has_type = _find(
        affinity.type_key, customer * affinity.n_types + items.type_code[item]
    )
    of_category, has_category = _find(
        affinity.category_key, customer * affinity.n_categories + items.category_code[item]
    )
    return [
        np.where(has_type, affinity.type_decayed[of_type], np.float32(0)),
        np.where(has_type, affinity.type_days[of_type], NEVER),
        np.where(has_category, affinity.category_share[of_category], np.float32(0)),
    ]


def find_history(
    state: RecommenderState, customer: I64, item: I64
) -> tuple[I64, NDArray[np.bool_]]:
    """Return each pair's position in the history and whether it is there."""
    low, high = state.history.pointer[customer], state.history.pointer[customer + 1]
    return _bisect(state.history.item, item, low, high)


def _bisect(sorted_item: I64, wanted: I64, low: I64, high: I64) -> tuple[I64, NDArray[np.bool_]]:
    """Find each wanted item within its own sorted slice [low, high)."""
    end = high.copy()
    low = low.copy()
    while np.any(low < high):
        middle = (low + high) // 2
        open_ = low < high
        less = open_ & (sorted_item[np.minimum(middle, sorted_item.size - 1)] < wanted)
        low = np.where(less, middle + 1, low)
        high = np.where(open_ & ~less, middle, high)
    inside = np.minimum(low, sorted_item.size - 1)
    return inside, (low < end) & (sorted_item[inside] == wanted)


def _find(keys: I64, wanted: I64) -> tuple[I64, NDArray[np.bool_]]:
    position = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return position, keys[position] == wanted


def _dot(a: F32, b: F32) -> F32:
    return np.asarray(np.einsum("ij,ij->i", a, b), dtype=np.float32)
