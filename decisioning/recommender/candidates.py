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
Mask = NDArray[np.bool_]

SEARCHED: Final = ("item_knn", "ease", "ease_recent")
"""The models that put new items forward; the others give their opinion of what was found."""

# A request's time goes with their number. On November 2017 of Complete Journey, 200, 150 and 100
# rank no better: NDCG@10 differs by less than 0.002 for any goal.
N_HISTORY: Final = 80
N_SEARCHED: Final = 60
N_POPULAR: Final = 40


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
    def similar(self) -> Mask:
        """Whether a model that searches speaks for the pair, bool (pairs,)."""
        speaks = np.zeros(self.item.shape, dtype=np.bool_)
        for name in SEARCHED:
            if name in self.scores:
                speaks |= self.scores[name] > 0
        return speaks

    def take(self, mask: Mask) -> "Candidates":
        """Return the pairs of a mask."""
        scores = {name: score[mask] for name, score in self.scores.items()}
        return Candidates(self.customers, self.row[mask], self.item[mask], scores)


def find_candidates(
    state: RecommenderState,
    customers: I64,
    allowed: Mask,
    n: int = 0,
    histories: Histories | None = None,
) -> Candidates:
    """Find candidates for a block.

    Parameters
    ----------
    customers
        int64 (m,), known customers.
    allowed
        bool (m, n_items), or (1, n_items) for the same in every row: may be offered.
    n
        Places to fill: no search ends before it has found so many.
    histories
        The customers', where they are at hand: what models work out of them is kept there.
    """
    m, n_items = customers.size, state.n_items
    histories = state.histories.of(customers) if histories is None else histories
    searched = {k: state.models[k].score(histories) for k in SEARCHED if k in state.models}
    row, position = state.history_rows(customers)
    allowed = np.broadcast_to(allowed, (m, n_items))
    popular = _popular_keys(state, allowed, max(n, N_POPULAR))
    keys = [_history_keys(state, (row, position), allowed, max(n, N_HISTORY)), popular]
    seen = (row, state.history.item[position])
    keys += _searched_keys(list(searched.values()), seen, allowed, max(n, N_SEARCHED))
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


def _history_keys(state: RecommenderState, seen: tuple[I64, I64], allowed: Mask, n: int) -> I64:
    """Keys of the strongest part of each customer's own history: of all, of the allowed.

    Parameters
    ----------
    seen
        Row and position in the history, sorted by row.
    """
    order = np.lexsort((-state.history.strength[seen[1]], seen[0]))
    row, item = seen[0][order], state.history.item[seen[1][order]]
    open_ = allowed[row, item]
    kept = _rank(row, np.ones_like(open_)) <= n
    kept |= open_ & (_rank(row, open_) <= n)
    return np.asarray(row[kept] * state.n_items + item[kept])


def _rank(row: I64, counted: Mask) -> I64:
    """Return how many are counted within each row, up to and with each element."""
    so_far = np.cumsum(counted)
    first = np.searchsorted(row, row)
    return np.asarray(so_far - (so_far - counted)[first])


def _searched_keys(scores: list[F32], seen: tuple[I64, I64], allowed: Mask, n: int) -> list[I64]:
    """Keys of the new items that score best, among all and among the allowed ones."""
    m, n_items = allowed.shape
    bounds = np.searchsorted(seen[0], np.arange(m + 1))
    return [
        row * n_items
        + best_new(score[row], seen[1][bounds[row] : bounds[row + 1]], allowed[row], n)
        for score in scores
        for row in range(m)
    ]


def _popular_keys(state: RecommenderState, allowed: Mask, n: int) -> I64:
    row, item = first_open(state.items.by_popularity, allowed, n)
    return row * state.n_items + item
