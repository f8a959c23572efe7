"""The k best of what may be offered: exact, equal scores to the lower item, the mask inside.

What is masked or excluded never competes, so a slate is full whenever enough items remain.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.topk_pairs import NOTHING

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

_TILES: Final = 4
"""Tiles a place of the slate: more make the floor better and dearer."""
_LARGEST: Final = 256
_FEW: Final = 1024
"""Pairs that are sorted as fast as a partition finds the best of them."""


@dataclass(frozen=True)
class Top:
    """The best k items of m rows, best first.

    Parameters
    ----------
    item
        int64 (m, k): -1 where fewer than k may be offered.
    score
        float32 (m, k): -inf there.
    """

    item: I64
    score: F32


@dataclass(frozen=True)
class Excluded:
    """What each row must not get beside the mask: its history, what the request excludes.

    Parameters
    ----------
    pointer
        int64 (m + 1,): the items of row r are ``pointer[r]:pointer[r + 1]``.
    item
        int64 (elements,): in any order, repeated or not.
    """

    pointer: I64
    item: I64

    @classmethod
    def nothing(cls, m: int) -> "Excluded":
        """Return m rows that exclude nothing."""
        return cls(np.zeros(m + 1, dtype=np.int64), np.empty(0, dtype=np.int64))

    @property
    def row(self) -> I64:
        """Row of each element, int64 (elements,)."""
        return np.repeat(np.arange(self.pointer.size - 1), np.diff(self.pointer))

    def of(self, start: int, end: int) -> "Excluded":
        """Return a slice of the rows."""
        low, high = self.pointer[start], self.pointer[end]
        return Excluded(self.pointer[start : end + 1] - low, self.item[low:high])


def top_of_scores(
    scores: F32,
    k: int,
    allowed: Mask | None = None,
    excluded: Excluded | None = None,
    above: float = -np.inf,
) -> Top:
    """Return the k best of scores at hand.

    Parameters
    ----------
    scores
        float32 (m, n_items), no NaN; not changed.
    allowed
        bool (n_items,) for all rows, or (m, n_items): may be offered. None is all.
    above
        Only what scores more than this is offered.
    """
    m, n_items = scores.shape
    top = no_top(m, k)
    masks = np.broadcast_to(np.True_ if allowed is None else allowed, scores.shape)
    for r in range(m):
        row = np.where(masks[r], scores[r], NOTHING)
        if excluded is not None:
            row[excluded.item[excluded.pointer[r] : excluded.pointer[r + 1]]] = NOTHING
        best = best_of_row(row, min(k, n_items), above)
        top.item[r, : best.size], top.score[r, : best.size] = best, row[best]
    return top


def best_of_row(row: F32, k: int, above: float = -np.inf) -> I64:
    """Return where the k best of one row stand, best first, of what scores more than ``above``.

    Parameters
    ----------
    row
        float32 (n,), no NaN.
    """
    floor = _floor(row, k)
    found = np.flatnonzero(row >= floor if floor > above else row > above)
    return np.asarray(found[first_of(found, row[found], k)])


def _floor(row: F32, k: int) -> float:
    """Return a value that at least k of the row reach, near the k-th best; -inf for none.

    Cut into tiles that do not overlap, the k best maxima stand for k different elements. Only
    the maxima are sorted: a partition of the row itself slows down tenfold on equal scores.
    """
    size = min(row.size // (_TILES * max(k, 1)), _LARGEST)
    if size < 2 or k < 1:
        return -np.inf
    tiles = row.size // size
    maxima = np.maximum.reduce(row[: tiles * size].reshape(size, tiles), axis=0)
    maxima.sort()
    return float(maxima[tiles - k])


def first_of(item: I64, score: F32, k: int) -> I64:
    """Return positions of the k best among pairs of item and score, best first."""
    kept = np.arange(item.size)
    if item.size > max(k, _FEW) and k > 0:
        bar = np.partition(score, score.size - k)[score.size - k]
        better, level = np.flatnonzero(score > bar), np.flatnonzero(score == bar)
        level = level[np.argsort(item[level], kind="stable")][: k - better.size]
        kept = np.concatenate([better, level])
    return np.asarray(kept[np.lexsort((item[kept], -score[kept]))][: max(k, 0)])


def first_allowed(top: Top, rows: I64, items: I64, excluded: Excluded) -> None:
    """Fill rows that like all items the same: score 0, the lowest of the items first.

    Parameters
    ----------
    items
        int64 (p,): what may be offered, sorted.
    """
    k = top.item.shape[1]
    for r in rows.tolist():
        mine = np.unique(excluded.item[excluded.pointer[r] : excluded.pointer[r + 1]])
        lowest = items[: k + mine.size]
        lowest = lowest[~np.isin(lowest, mine)][:k]
        top.item[r, : lowest.size], top.score[r, : lowest.size] = lowest, 0.0


def no_top(m: int, k: int) -> Top:
    """Return m rows of k places that nothing fills."""
    return Top(np.full((m, k), -1, dtype=np.int64), np.full((m, k), NOTHING))
