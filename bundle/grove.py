"""Trees of several models on one row, all of their tests at once: LightGBM's bits, in less time.

A request scores one customer by every model, and a call of LightGBM costs more than its trees. As
in QuickScorer (Lucchese et al. 2015, see `bundle.quick_trees`) a tree's leaves are bits of a word,
and every test that fails clears the leaves on its left; but here every test of every tree is made,
for one row has no others to share a search among thresholds with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from bundle.tree_text import Forest

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]

LEAVES: Final = 64
"""Bits of the longest word."""
_ZERO: Final = float(np.float32(1e-35))
"""LightGBM reads what is this near to 0 as 0."""


@dataclass(frozen=True)
class Grove:
    """The trees of k models, t in all, each of s tests; what a tree lacks is never failed.

    Parameters
    ----------
    columns
        int64 (c,): positions in a row of the columns that any test reads.
    source
        int64 (s, t): the column of each test, a position in ``columns``, plus c where a missing
        value passes every test, plus 2 c where it passes none.
    threshold
        float64 (s, t).
    kept
        Unsigned (s, t): the leaves that a failed test leaves.
    every
        All leaves, a word of that kind.
    leaves
        float64 (t * most leaves,), tree by tree, from left to right.
    first
        int64 (t,): where each tree's leaves begin.
    place
        int64 (t,): where each tree's answer goes in a table of (most trees of a model, k).
    depth
        Most trees of a model.
    sigmoid
        float64 (k,): steepness of the logistic function that each sum goes through; 0 for none.
    """

    columns: I64
    source: I64
    threshold: Floats
    kept: NDArray[np.unsignedinteger]
    every: np.unsignedinteger
    leaves: Floats
    first: I64
    place: I64
    depth: int
    sigmoid: Floats

    @classmethod
    def of(cls, forests: Sequence[Forest], positions: Sequence[I64]) -> "Grove":
        """Lay out models.

        Parameters
        ----------
        forests
            One or more, each of some trees of at most `LEAVES` leaves (`fits`).
        positions
            One int64 (columns,) a forest: where its columns stand in a row.
        """
        trees = [
            (k, turn, tree) for k, f in enumerate(forests) for turn, tree in enumerate(f.trees)
        ]
        columns = np.unique(np.concatenate([positions[k][tree.feature] for k, _, tree in trees]))
        most = max(tree.leaf_value.size for _, _, tree in trees)
        shape = (max(most - 1, 1), len(trees))
        source, threshold = np.zeros(shape, dtype=np.int64), np.full(shape, np.inf)
        word = _word(most)
        every = word(np.iinfo(word).max)
        kept, leaves = np.zeros(shape, dtype=word), np.zeros((len(trees), most))
        for at, (k, _, tree) in enumerate(trees):
            tests = slice(0, tree.feature.size)
            column = np.searchsorted(columns, positions[k][tree.feature])
            source[tests, at] = column + columns.size * tree.missing
            threshold[tests, at] = tree.threshold
            kept[tests, at] = [int(every) & ~cleared for cleared in tree.cleared]
            leaves[at, tree.order] = tree.leaf_value
        return cls(
            columns,
            source,
            threshold,
            kept,
            every,
            leaves.ravel(),
            np.arange(0, leaves.size, most),
            np.array([turn * len(forests) + k for k, turn, _ in trees], dtype=np.int64),
            max(len(forest.trees) for forest in forests),
            np.array([forest.sigmoid for forest in forests]),
        )

    def __call__(self, row: Floats) -> Floats:
        """Score one row, float64 (columns of the row,), by every model: float64 (k,)."""
        value = row.take(self.columns)
        value[np.abs(value) <= _ZERO] = 0.0
        null = np.isnan(value)
        # In the order of `AS_ZERO`, `TO_LEFT`, `TO_RIGHT`: what is no number passes no test.
        zero, below = np.where(null, 0.0, value), np.where(null, -np.inf, value)
        passes = np.concatenate([zero, below, value]).take(self.source) <= self.threshold
        left = np.bitwise_and.reduce(np.where(passes, self.every, self.kept), axis=0)
        # The lowest bit that is left is the leaf: as many zeros stand below it.
        leaf = np.bitwise_count(~left & (left - left.dtype.type(1)))
        answer = np.zeros(self.depth * self.sigmoid.size)
        answer[self.place] = self.leaves.take(self.first + leaf)
        # One tree after the other, as LightGBM adds them: another order has other bits.
        sums = np.add.accumulate(answer.reshape(self.depth, -1), axis=0)[-1]
        return np.asarray(np.where(self.sigmoid == 0, sums, expit(self.sigmoid * sums)))


def fits(forest: Forest) -> bool:
    """Tell whether a forest can stand in a grove: it tests something, in trees that are small."""
    sizes = [tree.leaf_value.size for tree in forest.trees]
    return 1 < max(sizes, default=0) <= LEAVES


def _word(leaves: int) -> type[np.unsignedinteger]:
    """Return the shortest word of so many bits."""
    return next(
        kind
        for kind in (np.uint8, np.uint16, np.uint32, np.uint64)
        if leaves <= 8 * np.dtype(kind).itemsize
    )
