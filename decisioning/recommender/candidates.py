"""Candidates for a block of customers: own history, what similar customers buy, what is popular.

What may be sold is known here, inside the search: the best k of what is allowed are searched
for, instead of searching the best k and then losing some. The best k of everything are kept
too, so that a record can say what stock or a filter took away.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.state import RecommenderState

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

N_HISTORY: Final = 200
N_COLLABORATIVE: Final = 150
N_POPULAR: Final = 100


@dataclass(frozen=True)
class Candidates:
    """Pairs of customer and item, sorted by row, then item.

    Parameters
    ----------
    customers
        int64 (m,): the block.
    row
        int64 (pairs,): position in the block.
    item
        int64 (pairs,).
    neighbours, linear
        float32 (pairs,): the scores at hand from the search.
    """

    customers: I64
    row: I64
    item: I64
    neighbours: F32
    linear: F32

    def take(self, mask: NDArray[np.bool_]) -> "Candidates":
        """Return the pairs of a mask."""
        return Candidates(
            self.customers,
            self.row[mask],
            self.item[mask],
            self.neighbours[mask],
            self.linear[mask],
        )


def find_candidates(
    state: RecommenderState, customers: I64, allowed: NDArray[np.bool_]
) -> Candidates:
    """Find candidates for a block.

    Parameters
    ----------
    customers
        int64 (m,), known customers.
    allowed
        bool (m, n_items), or (1, n_items) for the same in every row: may be offered.
    """
    m, n_items = customers.size, state.n_items
    weights = state.collaborative.weights[customers]
    neighbours = (weights @ state.collaborative.neighbours).toarray().astype(np.float32)
    linear = (weights @ state.collaborative.linear).toarray().astype(np.float32)
    seen = np.zeros((m, n_items), dtype=np.bool_)
    row, position = state.history_rows(customers)
    seen[row, state.history.item[position]] = True
    new_only = [np.where(seen, -np.inf, score) for score in (neighbours, linear)]
    allowed = np.broadcast_to(allowed, (m, n_items))
    mine = allowed[row, state.history.item[position]]
    keys = [
        _history_keys(state, row, position, m),
        _history_keys(state, row[mine], position[mine], m),
    ]
    for score in new_only:
        keys.append(_top_keys(score, N_COLLABORATIVE))
        keys.append(_top_keys(np.where(allowed, score, -np.inf), N_COLLABORATIVE))
    keys.append(_popular_keys(state, allowed))
    key = np.unique(np.concatenate(keys))
    row, item = key // n_items, key % n_items
    return Candidates(customers, row, item, neighbours[row, item], linear[row, item])


def _history_keys(state: RecommenderState, row: I64, position: I64, m: int) -> I64:
    """Keys of the strongest part of each customer's own history."""
    order = np.lexsort((-state.history.strength[position], row))
    first = np.r_[0, np.cumsum(np.bincount(row, minlength=m))][row[order]]
    kept = order[np.arange(order.size) - first < N_HISTORY]
    return np.asarray(row[kept] * state.n_items + state.history.item[position[kept]])


def _top_keys(score: F32, k: int) -> I64:
    """Keys of the k best of each row, those at -inf left out."""
    m, n_items = score.shape
    k = min(k, n_items)
    top = np.argpartition(-score, k - 1, axis=1)[:, :k]
    real = np.take_along_axis(score, top, axis=1) > 0
    return np.asarray((np.arange(m)[:, None] * n_items + top)[real])


def _popular_keys(state: RecommenderState, allowed: NDArray[np.bool_]) -> I64:
    order = state.items.by_popularity
    ranked = allowed[:, order]
    kept = ranked & (np.cumsum(ranked, axis=1) <= N_POPULAR)
    kept[:, :N_POPULAR] = True
    row, rank = np.nonzero(kept)
    return np.asarray(row * state.n_items + order[rank])
