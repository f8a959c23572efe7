"""What a model says of the items: of all of them, or of the few that it has a word for."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.scratch import (
    borrow_marks,
    borrow_zeros,
    return_marks,
    return_zeros,
)
from decisioning.recommender.topk import best_of_row, first_of
from decisioning.recommender.topk_pairs import NOTHING

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


FEW: Final = 8
"""As many times fewer items than the catalogue has are looked at one by one; else all are."""


class Spoken(Protocol):
    """One subject's scores by one model."""

    def at(self, item: I64) -> F32:
        """Look up the scores of some items, int64 (k,) to float32 (k,)."""
        ...

    def best_new(self, seen: I64, allowed: Mask, k: int) -> I64:
        """Return the items above 0 that are among the k best new ones, of all or of the allowed.

        Best first, of equal ones the lower; an item that is both comes twice.

        Parameters
        ----------
        seen
            int64: items that are not new.
        allowed
            bool (n_items,).
        """
        ...


@dataclass(frozen=True)
class SpokenOfAll:
    """Scores of every item, float32 (n_items,), no NaN."""

    score: F32

    def at(self, item: I64) -> F32:
        """Look up the scores of some items, see `Spoken`."""
        return self.score.take(item)

    def best_new(self, seen: I64, allowed: Mask, k: int) -> I64:
        """Return the best new items, see `Spoken`."""
        known = self.score[seen]
        self.score[seen] = NOTHING
        # Most often the best 2k of all hold the best k of the allowed: one search does for both.
        best = best_of_row(self.score, 2 * k, 0.0)
        open_ = best[allowed[best]]
        if open_.size < k and best.size == 2 * k:
            open_ = best_of_row(np.where(allowed, self.score, NOTHING), k, 0.0)
        self.score[seen] = known
        return np.concatenate([best[:k], open_[:k]])


@dataclass(frozen=True)
class SpokenOfFew:
    """Scores of some items; of every other the model says 0.

    Parameters
    ----------
    item
        int64 (s,): each once, in any order.
    score
        float32 (s,).
    n_items
        Number of items.
    """

    item: I64
    score: F32
    n_items: int

    def at(self, item: I64) -> F32:
        """Look up the scores of some items, see `Spoken`."""
        scores = borrow_zeros(self.n_items)
        scores[self.item] = self.score
        found = scores.take(item)
        scores[self.item] = 0
        return_zeros(scores)
        return found

    def best_new(self, seen: I64, allowed: Mask, k: int) -> I64:
        """Return the best new items, see `Spoken`."""
        new = np.flatnonzero(self._unseen(seen) & (self.score > 0))
        item, score = self.item[new], self.score[new]
        best = item[first_of(item, score, 2 * k)]
        open_ = best[allowed[best]]
        if open_.size < k and best.size == 2 * k:
            kept = np.flatnonzero(allowed[item])
            open_ = item[kept[first_of(item[kept], score[kept], k)]]
        return np.concatenate([best[:k], open_[:k]])

    def _unseen(self, seen: I64) -> Mask:
        """Tell which of the items are new, bool (s,)."""
        marks = borrow_marks(self.n_items)
        marks[self.item] = 0
        marks[seen] = 1
        new = marks.take(self.item) == 0
        return_marks(marks)
        return np.asarray(new)
