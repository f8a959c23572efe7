"""LightGBM's trees evaluated without branches, in NumPy: the same bits, in less time.

QuickScorer (Lucchese et al. 2015): a tree's leaves are bits of a word, from left to right. Every
test that fails clears the leaves on its left; the lowest bit that is left is the leaf reached.
The words of all failing tests of one feature, over all trees at once, stand in a table by the
value's place among the feature's thresholds. Many rows share their values in many columns (what
was never bought has no history): what most rows share is looked up once.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bundle.thresholds import Thresholds
from bundle.tree_text import Tree, read_trees

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Words = NDArray[np.uint32]

LEAVES: Final = 32
"""Bits of a word."""
_BRUIJN: Final = np.uint32(0x077CB531)
"""De Bruijn's sequence: times a power of 2, its first five bits tell which (Leiserson 1998)."""
_SHIFT: Final = np.uint32(27)
_ALL: Final = np.uint32(0xFFFFFFFF)
_ZERO: Final = float(np.float32(1e-35))
"""LightGBM reads what is this near to 0 as 0, and what is not a number too."""
_LARGEST: Final = 500.0
"""Sums beyond this would not go through exp."""
_ROWS: Final = 1024
_PART: Final = 256
"""Rows added up at a time: larger arrays cost more in fresh memory than in work."""
_WIDE: Final = 64
"""NumPy adds rows of so many numbers one after the other; shorter ones it may add in pairs."""
_SHARED: Final = 0.6
"""Columns in which this share of the rows stands at one place are looked up together."""
_SAMPLE: Final = 32
"""Rows that are looked at, and up to as many again, for the place that most share."""


@dataclass(frozen=True)
class QuickTrees:
    """Trees as tables.

    Parameters
    ----------
    columns
        Which input columns have thresholds.
    thresholds
        Those of each column of ``columns``.
    words
        One uint32 (n + 1, trees) a column: what is left of each tree's leaves by this column,
        when the value is above the first j thresholds.
    leaves
        float64 (32 * trees,): values of the leaves, tree by tree, at `_place` of their bit.
    sigmoid
        Steepness of the logistic function that the sums go through; 0 for none.
    """

    columns: tuple[int, ...]
    thresholds: Thresholds
    words: tuple[Words, ...]
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
        columns = np.unique(np.concatenate([tree.feature for tree in trees]))
        tables = [_table(trees, int(column)) for column in columns]
        leaves = np.zeros((len(trees), LEAVES))
        for tree, held in zip(trees, leaves, strict=True):
            held[_place(np.uint32(1) << tree.order.astype(np.uint32))] = tree.leaf_value
        return cls(
            tuple(columns.tolist()),
            Thresholds.of([thresholds for thresholds, _ in tables]),
            tuple(words for _, words in tables),
            leaves.ravel(),
            forest.sigmoid,
        )

    def __call__(self, matrix: NDArray[np.floating]) -> Floats:
        """Score rows: (rows, columns) to float64 (rows,), as LightGBM's predict does."""
        starts = range(0, matrix.shape[0], _ROWS)
        parts = [self._block(matrix[start : start + _ROWS]) for start in starts]
        sums = np.concatenate([np.empty(0), *parts])
        if self.sigmoid == 0:
            return sums
        return np.asarray(expit(self.sigmoid * sums))

    def _block(self, matrix: NDArray[np.floating]) -> Floats:
        columns = matrix.T[list(self.columns)].astype(np.float64)
        columns[~(np.abs(columns) > _ZERO)] = 0.0
        places = self.thresholds.below(columns)
        words = self._words(places)
        starts = range(0, words.shape[0], _PART)
        return np.concatenate([self._sums(words[start : start + _PART]) for start in starts])

    def _words(self, places: I64) -> Words:
        """Return the leaves left over after all tests: places (columns, rows) to (rows, trees)."""
        # A place that most rows share is the middle one: in most samples too.
        sample = np.sort(places[:, :: places.shape[1] // _SAMPLE + 1], axis=1)
        usual = sample[:, sample.shape[1] // 2]
        at_usual = places == usual[:, None]
        shares = np.count_nonzero(at_usual, axis=1) > _SHARED * places.shape[1]
        shared, own = np.flatnonzero(shares), np.flatnonzero(~shares)
        words = np.full((places.shape[1], self.words[0].shape[1]), _ALL)
        for k in shared.tolist():
            words[0] &= self.words[k][usual[k]]
        words[1:] = words[0]
        odd = np.flatnonzero(~at_usual[shares].all(axis=0))
        words[odd] = self._clear(np.full((odd.size, words.shape[1]), _ALL), shared, places[:, odd])
        return self._clear(words, own, places)

    def _clear(self, words: Words, columns: I64, places: I64) -> Words:
        one = np.empty_like(words)
        for k in columns.tolist():
            np.take(self.words[k], places[k], axis=0, out=one, mode="clip")
            words &= one
        return words

    def _sums(self, words: Words) -> Floats:
        """Add up the leaves reached; tree by tree, for their order is that of the sum."""
        last = np.ascontiguousarray(words.T)
        last &= np.negative(last)
        place = _place(last)
        place += np.arange(place.shape[0], dtype=np.uint32)[:, None] * np.uint32(LEAVES)
        reached = self.leaves.take(place)
        if reached.shape[1] >= _WIDE:
            return np.asarray(np.add.reduce(reached, axis=0))
        total = reached[0].copy()
        for more in reached[1:]:
            total += more
        return np.asarray(total)


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
