"""The searches a request makes among all items, each at the price of what it finds."""

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.topk import best_of_row
from decisioning.recommender.topk_pairs import NOTHING

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


def first_open(order: I64, allowed: Mask, k: int) -> I64:
    """Return the first k of an order, and the first k allowed; what is both comes once.

    Parameters
    ----------
    order
        int64 (n_items,): items, the first first.
    allowed
        bool (n_items,).
    """
    size = min(2 * k, order.size)
    open_ = np.flatnonzero(allowed[order[:size]])[:k]
    # Rarely more than a few are out; where they are, as much more of the order is looked at.
    while size < order.size and open_.size < k:
        size = min(4 * size, order.size)
        open_ = np.flatnonzero(allowed[order[:size]])[:k]
    return np.concatenate([order[:k], order[open_[open_ >= k]]])


def down_to_open(score: F32, allowed: Mask, n: int) -> I64:
    """Return the items that score as the n-th best allowed one or more, best first.

    Of equal scores the lower item comes first; all items where fewer than n are allowed.

    Parameters
    ----------
    score
        float32 (n_items,), no NaN.
    allowed
        bool (n_items,).
    """
    best = best_of_row(np.where(allowed, score, NOTHING), n)
    floor = score[best[-1]] if best.size == n else NOTHING
    found = np.flatnonzero(score >= floor)
    return np.asarray(found[np.argsort(-score[found], kind="stable")])
