"""LightGBM's trees evaluated without branches, in NumPy: the same bits, in less time.

QuickScorer (Lucchese et al. 2015): a tree's leaves are bits of a word, from left to right. Every
test that fails clears the leaves on its left; the lowest bit that is left is the leaf reached.
The words of all failing tests of one feature, over all trees at once, stand in a table by the
value's place among the feature's thresholds.

Where the best few of many rows are asked for, the first trees choose those that go through the
rest (a cascade over additive ensembles: Cambazoglu et al. 2010).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bundle.thresholds import Thresholds
from bundle.tree_text import AS_ZERO, Tree, read_trees

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Words = NDArray[np.uint32]
Table = NDArray[np.uint32] | NDArray[np.uint16]

LEAVES: Final = 32
"""Bits of a word."""
_SHORT: Final = 16
"""Bits of a short one: half as much to read."""
_BRUIJN: Final = np.uint32(0x077CB531)
"""De Bruijn's sequence: times a power of 2, its first five bits tell which (Leiserson 1998)."""
_SHIFT: Final = np.uint32(27)
_ALL: Final = np.uint32(0xFFFFFFFF)
_ZERO: Final = float(np.float32(1e-35))
"""LightGBM reads what is this near to 0 as 0, and what is not a number too."""
_LARGEST: Final = 500.0
"""Sums beyond this would not go through exp."""
_ROWS: Final = 256
"""Rows scored at a time: larger arrays cost more in fresh memory than in work."""
_LOOKED_UP: Final = 1 << 17
"""Words looked up at a time: half a megabyte, which most processors hold near."""
_WIDE: Final = 64
"""NumPy adds rows of so many numbers one after the other; shorter ones it may add in pairs."""
_HEAD: Final = 5
"""One tree in so many, the first ones, makes the choice of a cascade."""


@dataclass(frozen=True)
class QuickTrees:
    """Trees as tables.

    Parameters
    ----------
    columns
        Which input columns have thresholds.
    thresholds
        Those of each column of ``columns``.
    head, tail
        uint32 (places, trees) of the first trees and of the others: what one column leaves of each
        tree's leaves, by the value's place among the thresholds of all columns; uint16 where no
        tree has more leaves than that has bits.
    leaves
        float64 (32 * trees,): values of the leaves, tree by tree, at `_place` of their bit.
    sigmoid
        Steepness of the logistic function that the sums go through; 0 for none.
    """

    columns: tuple[int, ...]
    thresholds: Thresholds
    head: Table
    tail: Table
    leaves: Floats
    sigmoid: float

    @classmethod
    def of(cls, text: str) -> "QuickTrees | None":
        """Read LightGBM's text; None where it holds more than is evaluated here.

        That is trees of more than 32 leaves or none with a test, tests other than ``<=`` of numbers
        that are never missing, and objectives that turn sums into something else.
        """
        forest = read_trees(text)
        if forest is None or not any(tree.feature.size for tree in forest.trees):
            return None
        trees = forest.trees
        most = sum(float(np.abs(tree.leaf_value).max()) for tree in trees)
        if max(tree.leaf_value.size for tree in trees) > LEAVES or most > _LARGEST:
            return None
        if any(np.any(tree.missing != AS_ZERO) for tree in trees):
            return None
        columns = np.unique(np.concatenate([tree.feature for tree in trees]))
        tables = [_table(trees, int(column)) for column in columns]
        leaves = np.zeros((len(trees), LEAVES))
        for tree, held in zip(trees, leaves, strict=True):
            held[_place(np.uint32(1) << tree.order.astype(np.uint32))] = tree.leaf_value
        words, first = np.concatenate([words for _, words in tables]), -(-len(trees) // _HEAD)
        if max(tree.leaf_value.size for tree in trees) <= _SHORT:
            words = words.astype(np.uint16)
        return cls(
            tuple(columns.tolist()),
            Thresholds.of([thresholds for thresholds, _ in tables]),
            np.ascontiguousarray(words[:, :first]),
            np.ascontiguousarray(words[:, first:]),
            leaves.ravel(),
            forest.sigmoid,
        )

    def __call__(self, matrix: NDArray[np.floating]) -> Floats:
        """Score rows: (rows, columns) to float64 (rows,), as LightGBM's predict does."""
        parts = [np.empty(0)]
        for start in range(0, matrix.shape[0], _ROWS):
            places = self._places(matrix[start : start + _ROWS])
            parts.append(self._finished(self._begun(places), places))
        return self._linked(np.concatenate(parts))

    def best(
        self, matrix: NDArray[np.floating], counted: NDArray[np.bool_], k: int
    ) -> tuple[I64, Floats]:
        """Score the rows among which the best are: those that the first trees put foremost.

        Parameters
        ----------
        matrix
            (rows, columns).
        counted
            bool (rows,): k of these are kept, and what stands among them.

        Returns
        -------
        Positions of the rows kept, int64, rising; and their scores, float64, as of a call.
        """
        places = self._places(matrix)
        sums = self._begun(places)
        rivals = sums[counted]
        kept = np.arange(sums.size)
        if rivals.size > k:
            kept = np.flatnonzero(sums >= np.partition(rivals, rivals.size - k)[rivals.size - k])
        return kept, self._linked(self._finished(sums[kept], places[:, kept]))

    def _places(self, matrix: NDArray[np.floating]) -> I64:
        columns = matrix.T[list(self.columns)]
        np.putmask(columns, ~(np.abs(columns) > columns.dtype.type(_ZERO)), 0)
        return self.thresholds.places(columns)

    def _begun(self, places: I64) -> Floats:
        """Add up the first trees."""
        return _sums(_left(self.head, places), self.leaves, None)

    def _finished(self, sums: Floats, places: I64) -> Floats:
        """Add the other trees to the sums of the first ones."""
        done = self.head.shape[1] * LEAVES
        return _sums(_left(self.tail, places), self.leaves[done:], sums)

    def _linked(self, sums: Floats) -> Floats:
        return sums if self.sigmoid == 0 else np.asarray(expit(self.sigmoid * sums))


def _left(table: Table, places: I64) -> Words:
    """Return the leaves left over after all tests: places (columns, rows) to (rows, trees)."""
    # What is the same of every row, as all about the customer is, is looked up once.
    own = (places != places[:, :1]).any(axis=1)
    shared = np.bitwise_and.reduce(table.take(places[~own, :1].ravel(), axis=0), axis=0)
    places = places[own]
    columns, rows = places.shape
    left = np.empty((rows, table.shape[1]), dtype=table.dtype)
    step = _LOOKED_UP // max(columns * table.shape[1], 1) + 1
    for start in range(0, rows, step):
        words = table.take(places[:, start : start + step], axis=0)
        np.bitwise_and.reduce(words, axis=0, out=left[start : start + step])
    left &= shared
    return left.astype(np.uint32, copy=False)


def _sums(words: Words, leaves: Floats, begun: Floats | None) -> Floats:
    """Add up the leaves reached; tree by tree, for their order is that of the sum."""
    last = np.ascontiguousarray(words.T)
    last &= np.negative(last)
    place = _place(last)
    place += np.arange(place.shape[0], dtype=np.uint32)[:, None] * np.uint32(LEAVES)
    reached = leaves.take(place)
    if begun is not None:
        reached = np.concatenate([begun[None], reached])
    if reached.shape[1] >= _WIDE:
        return np.asarray(np.add.reduce(reached, axis=0))
    return np.asarray(np.add.accumulate(reached, axis=0)[-1])


def _place(bit: Words) -> Words:
    """Return a different place below 32 for each power of 2."""
    place = bit * _BRUIJN
    place >>= _SHIFT
    return place


def _table(trees: tuple[Tree, ...], column: int) -> tuple[Floats, Words]:
    """Return thresholds of a column, and the words by the number of thresholds below a value."""
    tests = [
        (float(tree.threshold[k]), t, tree.cleared[k])
        for t, tree in enumerate(trees)
        for k in np.flatnonzero(tree.feature == column)
    ]
    thresholds = np.unique(np.array([threshold for threshold, _, _ in tests]))
    words = np.full((thresholds.size + 1, len(trees)), _ALL)
    for threshold, t, cleared in tests:
        words[np.searchsorted(thresholds, threshold) + 1, t] &= ~np.uint32(cleared)
    return thresholds, np.bitwise_and.accumulate(words, axis=0)
