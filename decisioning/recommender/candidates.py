"""Candidates for a block of customers: own history, what the models put forward, what is popular.

What may be sold is known here, inside the search: the best k of what is allowed are searched
for, instead of searching the best k and then losing some. The best k of everything are kept
too, so that a record can say what stock or a filter took away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import PairScorer, Scorer
from decisioning.recommender.search import best_new, first_open
from decisioning.recommender.state import RecommenderState

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

SEARCHED: Final = ("item_knn", "ease", "ease_recent")
"""The models that put new items forward; the others give their opinion of what was found."""

N_HISTORY: Final = 200
N_SEARCHED: Final = 150
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
    scores
        float32 (pairs,) by model: what each says of the pair.
    """

    customers: I64
    row: I64
    item: I64
    scores: Mapping[str, F32]

    @property
    def similar(self) -> NDArray[np.bool_]:
        """Whether a model that searches speaks for the pair, bool (pairs,)."""
        speaks = np.zeros(self.item.shape, dtype=np.bool_)
        for name in SEARCHED:
            if name in self.scores:
                speaks |= self.scores[name] > 0
        return speaks

    def take(self, mask: NDArray[np.bool_]) -> "Candidates":
        """Return the pairs of a mask."""
        scores = {name: score[mask] for name, score in self.scores.items()}
        return Candidates(self.customers, self.row[mask], self.item[mask], scores)


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
    histories = state.histories.of(customers)
    searched = {n: state.models[n].score(histories) for n in SEARCHED if n in state.models}
    row, position = state.history_rows(customers)
    allowed = np.broadcast_to(allowed, (m, n_items))
    mine = allowed[row, state.history.item[position]]
    keys = [
        _history_keys(state, row, position, m),
        _history_keys(state, row[mine], position[mine], m),
        _popular_keys(state, allowed),
    ]
    seen = (row, state.history.item[position])
    keys += _searched_keys(list(searched.values()), seen, allowed)
    key = _distinct(np.concatenate(keys))
    row, item = key // n_items, key % n_items
    scores = {
        name: searched[name][row, item] if name in searched else _said(model, histories, row, item)
        for name, model in state.models.items()
    }
    return Candidates(customers, row, item, scores)


def _distinct(key: I64) -> I64:
    """Sort and drop what comes again; NumPy's own takes ten times as long for a thousand."""
    key.sort()
    return np.asarray(key[np.concatenate([[True], key[1:] != key[:-1]])[: key.size]])


def _said(model: Scorer, histories: Histories, row: I64, item: I64) -> F32:
    if isinstance(model, PairScorer):
        return model.score_pairs(histories, row, item)
    return model.score(histories)[row, item]


def _history_keys(state: RecommenderState, row: I64, position: I64, m: int) -> I64:
    """Keys of the strongest part of each customer's own history."""
    order = np.lexsort((-state.history.strength[position], row))
    first = np.r_[0, np.cumsum(np.bincount(row, minlength=m))][row[order]]
    kept = order[np.arange(order.size) - first < N_HISTORY]
    return np.asarray(row[kept] * state.n_items + state.history.item[position[kept]])


def _searched_keys(
    scores: list[F32], seen: tuple[I64, I64], allowed: NDArray[np.bool_]
) -> list[I64]:
    """Keys of the new items that score best, among all and among the allowed ones."""
    m, n_items = allowed.shape
    bounds = np.searchsorted(seen[0], np.arange(m + 1))
    return [
        row * n_items
        + best_new(score[row], seen[1][bounds[row] : bounds[row + 1]], allowed[row], N_SEARCHED)
        for score in scores
        for row in range(m)
    ]


def _popular_keys(state: RecommenderState, allowed: NDArray[np.bool_]) -> I64:
    row, item = first_open(state.items.by_popularity, allowed, N_POPULAR)
    return row * state.n_items + item
