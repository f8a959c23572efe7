"""Events of items as the histories that sessions are learned and scored from."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]

EVENT_WEIGHTS: Final = {"product_view": 1.0, "wishlist": 1.5, "add_to_cart": 2.0}
"""What an event of an item tells, in training and when asked; of other types, nothing."""

PURCHASE_WEIGHT: Final = 1.0
"""What an item of an order tells, where orders stand for sessions."""

LONGEST: Final = 50
"""Events that are read of one session, the last."""


def session_histories(row: I64, item: I64, weight: F32, shape: tuple[int, int]) -> Histories:
    """Gather events into one history a session, ``age`` the events since.

    Parameters
    ----------
    row, item, weight
        int64, int64, float32 (events,), in the order of time within each session: which session,
        which item, and how much it tells. An item below 0 is one that nobody knows, and is left
        out.
    shape
        Number of sessions, and of items.
    """
    known = np.flatnonzero(item >= 0)
    order = known[np.argsort(row[known], kind="stable")]
    length = np.bincount(row[order], minlength=shape[0])
    pointer = np.r_[0, np.cumsum(length)].astype(np.int64)
    since = np.repeat(pointer[1:], length) - 1 - np.arange(order.size)
    return Histories(
        pointer=pointer,
        item=item[order],
        age=since.astype(np.float32),
        basket=np.zeros(order.size, dtype=np.int64),
        weight=weight[order].astype(np.float32),
        n_items=shape[1],
    )
