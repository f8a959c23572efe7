"""How often and when the customer bought the item."""

from typing import Final

import numpy as np

from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs
from decisioning.recommender.state import NEVER


def history_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `HISTORY`."""
    state, history = pairs.state, pairs.state.history
    position, seen = pairs.bought
    bought = np.flatnonzero(seen)
    at = position[bought]
    decayed, orders = history.decayed.take(at, axis=0), history.orders.take(at)
    last, first = history.last_days.take(at), history.first_days.take(at)
    # The customer's own gap, drawn towards the item's as if two gaps had been seen already.
    usual = state.items.gap_days.take(pairs.item[bought])
    gap = (first - last + 2 * usual) / (np.maximum(orders - 1, 0) + 2)
    overdue = last / np.maximum(gap, np.float32(1))
    mass = state.customers.mass.take(pairs.customer[bought])
    share = decayed[:, 2] / np.maximum(mass, np.float32(1e-6))
    columns = np.empty((_NEVER_BOUGHT.size, seen.size), dtype=np.float32)
    columns[:] = _NEVER_BOUGHT
    for column, told in zip(
        columns, (*decayed.T, orders, last, first, overdue, share), strict=True
    ):
        column[bought] = told
    return [*columns]


_NEVER_BOUGHT: Final = np.array([[0, 0, 0, 0, 0, NEVER, NEVER, -1, 0]], dtype=np.float32).T
"""The columns of `HISTORY` of what was never bought."""


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
