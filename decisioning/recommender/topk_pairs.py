"""Pairs of row and place found by a search, reduced to the best of each row."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

NOTHING: Final = np.float32(-np.inf)
"""The score of a place that no item fills."""


@dataclass(frozen=True)
class Pairs:
    """Pairs found.

    Parameters
    ----------
    row, place
        int64 (pairs,): row of the block, place in the index.
    score
        float32 (pairs,).
    """

    row: I64
    place: I64
    score: F32

    @classmethod
    def none(cls) -> "Pairs":
        """Return no pairs."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, np.empty(0, dtype=np.float32))

    @classmethod
    def joined(cls, parts: list["Pairs"]) -> "Pairs":
        """Return the pairs of all parts."""
        return cls(
            np.concatenate([p.row for p in parts]),
            np.concatenate([p.place for p in parts]),
            np.concatenate([p.score for p in parts]),
        )

    def take(self, kept: NDArray[np.bool_] | I64) -> "Pairs":
        """Return some of the pairs, by mask or by position."""
        return Pairs(self.row[kept], self.place[kept], self.score[kept])

    @property
    def rank(self) -> I64:
        """Rank of each within its row, int64 (pairs,) from 0; the pairs are sorted by row."""
        first = np.flatnonzero(np.r_[True, self.row[1:] != self.row[:-1]][: self.row.size])
        length = np.diff(np.r_[first, self.row.size])
        return np.asarray(np.arange(self.row.size) - np.repeat(first, length))


def best_pairs(pairs: Pairs, item: I64, k: int) -> Pairs:
    """Return the k best of each row, sorted by row, then score, then ``item``, int64 (pairs,)."""
    ordered = pairs.take(np.lexsort((item, -pairs.score, pairs.row)))
    return ordered.take(ordered.rank < k)
