"""Masked top-k for factor models: BLAS products in blocks, cut short by lengths and tile maxima.

Items are laid out once per stock state: only those that may be offered, the longest first. A
block of rows goes through them chunk by chunk. What a row can still gain from the rest is at
most its length times the longest item's (Cauchy-Schwarz; LEMP, Teflioudi et al. 2015), so rows
leave early where popular items have long factors, as iALS gives them. Within a chunk only tiles
whose best score reaches the row's floor are looked into.

The products of the search are float32, and their last bits depend on the shape of the block;
they only choose candidates, with a margin above their rounding errors. The scores returned are
sums in float64 of each pair alone, rounded to float32, and ties are ties of these: the same for
one row, in a block, and under any mask.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.topk import Excluded, Top, first_allowed, no_top
from decisioning.recommender.topk_pairs import NOTHING, Pairs, best_pairs

F32 = NDArray[np.float32]
Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SCORES: Final = 1 << 19
"""Scores at hand at a time: 2 MB, which most processors hold near."""
_CHUNK: Final = 1024
_TILE: Final = 16
_TILES: Final = 4
"""Tiles of a chunk for each place of the slate: more make the floor better and dearer."""
_PENDING: Final = 1 << 19
"""Pairs found before they are reduced to the best: ties beyond number must not fill memory."""


@dataclass(frozen=True)
class FactorIndex:
    """Item factors laid out for the search.

    Parameters
    ----------
    item
        int64 (p,): the items that may be offered, the longest factors first.
    factors
        float32 (p, d): theirs.
    length
        float64 (p,): Euclidean, falling.
    place
        int64 (n_items,): where each item stands, -1 for what may not be offered.
    """

    item: I64
    factors: F32
    length: Floats
    place: I64

    @classmethod
    def of(cls, factors: F32, allowed: Mask | None = None) -> "FactorIndex":
        """Lay out the factors, float32 (n_items, d), of what is allowed, bool (n_items,)."""
        item = np.arange(factors.shape[0]) if allowed is None else np.flatnonzero(allowed)
        length = _lengths(factors[item])
        order = np.argsort(-length, kind="stable")
        place = np.full(factors.shape[0], -1, dtype=np.int64)
        place[item[order]] = np.arange(item.size)
        return cls(item[order], factors[item[order]], length[order], place)


def top_of_factors(
    index: FactorIndex, queries: F32, k: int, excluded: Excluded | None = None
) -> Top:
    """Return the k best items of each row by the inner product of factors.

    Beyond input and answer it holds about 10 MB, however many rows and items.

    Parameters
    ----------
    index
        What may be offered. Rows of different masks are asked for mask by mask, one index each;
        what is a row's own goes into ``excluded``.
    queries
        float32 (m, d), finite. A row of zeros likes all items the same.
    """
    m = queries.shape[0]
    barred = Excluded.nothing(m) if excluded is None else excluded
    top = no_top(m, k)
    if k < 1 or index.item.size == 0:
        return top
    size = _CHUNK * -(-k * _TILES * _TILE // _CHUNK)
    rows = max(_SCORES // size, 1)
    for start in range(0, m, rows):
        part = slice(start, min(start + rows, m))
        block = _Block(index, queries[part], k, barred.of(part.start, part.stop), size)
        found = block.search()
        top.item[part][found.row, found.rank] = index.item[found.place]
        top.score[part][found.row, found.rank] = found.score
    flat = np.flatnonzero(~queries.any(axis=1))
    first_allowed(top, flat, np.sort(index.item), barred)
    return top


class _Block:
    """A block of rows on its way through the chunks of an index."""

    def __init__(
        self, index: FactorIndex, queries: F32, k: int, barred: Excluded, size: int
    ) -> None:
        self.index, self.queries, self.k, self.size = index, queries, k, size
        m, d = queries.shape
        self.length = _lengths(queries)
        # Twice the bound on a float32 sum of d products, in any order, and on its rounding.
        self.margin = self.length * (index.length[0] * 2.0 * (d + 2) * 2.0**-24)
        self.floor = np.full(m, -np.inf)
        self.live = np.flatnonzero(self.length > 0)
        # The best so far of as many sets of items as a chunk has tiles; the sets share no item.
        self.pool = np.full((size // _TILE, self.live.size), NOTHING)
        self.found = Pairs.none()
        self.new: list[Pairs] = []
        place = index.place[barred.item]
        order = np.argsort(place, kind="stable")
        self.barred_place, self.barred_row = place[order], barred.row[order]

    def search(self) -> Pairs:
        """Return the k best pairs of every row that is not all zeros."""
        check = 0
        for start in range(0, self.index.item.size, self.size):
            checked = start >= check
            if checked:
                check = 2 * start + 1
                self._let_go(start)
            if self.live.size == 0:
                break
            self._chunk(start, raise_floor=checked)
            if sum(p.row.size for p in self.new) > _PENDING:
                self._settle()
        self._settle()
        return self.found

    def _let_go(self, start: int) -> None:
        """Let rows go whose floor is beyond what the items from ``start`` on can reach."""
        reach = self.length[self.live] * self.index.length[start]
        kept = reach >= self.floor[self.live] - self.margin[self.live]
        self.live = self.live[kept]
        self.pool = np.ascontiguousarray(self.pool[:, kept])
        self.block = np.ascontiguousarray(self.queries[self.live].T)
        self.column = np.full(self.length.size, -1, dtype=np.int64)
        self.column[self.live] = np.arange(self.live.size)

    def _chunk(self, start: int, *, raise_floor: bool) -> None:
        tiles = self._scores(start)
        maxima = np.maximum.reduce(tiles, axis=0)
        pool = self.pool[: maxima.shape[0]]
        np.maximum(pool, maxima, out=pool)
        if raise_floor:
            kth = np.partition(self.pool, -self.k, axis=0)[-self.k]
            self.floor[self.live] = np.maximum(self.floor[self.live], kth)
        bar = self.floor[self.live] - self.margin[self.live]
        # Flat: nonzero in two dimensions is five times slower.
        tile, column = np.divmod(np.flatnonzero(maxima >= bar.astype(np.float32)), bar.size)
        inside = tiles[:, tile, column].T
        hit, offset = np.nonzero((inside >= bar[column, None]) & (inside > NOTHING))
        place = start + offset * tiles.shape[1] + tile[hit]
        self.new.append(Pairs(self.live[column[hit]], place, inside[hit, offset]))

    def _scores(self, start: int) -> F32:
        """Score a chunk: float32 (items of a tile, tiles, live rows); -inf what is excluded.

        A tile takes every so many items: neighbours in length would share the best tile.
        """
        end = min(start + self.size, self.index.item.size)
        score = self.index.factors[start:end] @ self.block
        low, high = np.searchsorted(self.barred_place, [start, end])
        column = self.column[self.barred_row[low:high]]
        here = column >= 0
        score[self.barred_place[low:high][here] - start, column[here]] = NOTHING
        missing = start - end & _TILE - 1
        if missing:
            score = np.concatenate([score, np.full((missing, self.live.size), NOTHING)])
        return np.asarray(score.reshape(_TILE, -1, self.live.size))

    def _settle(self) -> None:
        """Score what was found pair by pair, and keep the k best of each row."""
        pairs = Pairs.joined([self.found, *self.new])
        bar = self.floor - self.margin
        pairs = pairs.take(pairs.score >= bar[pairs.row])
        exact = np.einsum(
            "ij,ij->i",
            self.queries[pairs.row],
            self.index.factors[pairs.place],
            dtype=np.float64,
        )
        pairs = Pairs(pairs.row, pairs.place, exact.astype(np.float32))
        self.found = best_pairs(pairs, self.index.item[pairs.place], self.k)
        self.new = []
        last = self.found.rank == self.k - 1
        row = self.found.row[last]
        self.floor[row] = np.maximum(self.floor[row], self.found.score[last])


def _lengths(factors: F32) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", factors, factors, dtype=np.float64)))
