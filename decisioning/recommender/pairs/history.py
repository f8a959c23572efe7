"""How often and when the customer bought the item."""

from typing import Final

import numpy as np

from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs
from decisioning.recommender.state import NEVER


def history_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `HISTORY`."""
    state, history = pairs.state, pairs.state.history
    position, seen = pairs.bought
    decayed = np.where(seen[:, None], history.decayed[position], np.float32(0))
    orders = np.where(seen, history.orders[position], np.float32(0))
    last = np.where(seen, history.last_days[position], NEVER)
    first = np.where(seen, history.first_days[position], NEVER)
    span = np.where(seen, first - last, np.float32(0))
    # The customer's own gap, drawn towards the item's as if two gaps had been seen already.
    gap = (span + 2 * state.items.gap_days[pairs.item]) / (np.maximum(orders - 1, 0) + 2)
    overdue = np.where(seen, last / np.maximum(gap, np.float32(1)), np.float32(-1))
    share = decayed[:, 2] / np.maximum(state.customers.mass[pairs.customer], np.float32(1e-6))
    return [*decayed.T, orders, last, first, overdue, share]


HISTORY: Final = FeatureGroup(
    "history",
    (
        "orders_decayed_10d",
        "orders_decayed_30d",
        "orders_decayed_90d",
        "orders_decayed_270d",
        "orders",
        "days_since_last",
        "days_since_first",
        "overdue_ratio",
        "share_of_purchases",
    ),
    history_columns,
)
