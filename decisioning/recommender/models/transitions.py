"""What follows what: decayed directed transitions from item to item, a first-order chain.

The score of item j is the sum over the history of ``weight * 0.5 ** (age / half_life) * P(i, j)``,
P the decayed and shrunk share of what followed i.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.runs import run_starts
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Transitions:
    """A fitted chain.

    Parameters
    ----------
    chance
        CSR float32 (n_items, n_items), at least 0: row i, what follows i.
    half_life
        Above 0, in the unit of `Histories.age` (clicks or days): how fast what is past stops
        speaking.
    """

    chance: sparse.csr_matrix
    half_life: float

    @property
    def n_items(self) -> int:
        """Number of items it can score."""
        return int(self.chance.shape[0])

    def sparse_scores(self, histories: Histories) -> sparse.csr_matrix:
        """Score the items that followed any of the history: CSR float32 (m, n_items)."""
        return self._inputs(histories) @ self.chance

    def score(self, histories: Histories) -> F32:
        """Score every item: float32 (m, n_items), 0 for what never followed."""
        return np.asarray(self.sparse_scores(histories).toarray(), dtype=np.float32)

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item of each history that the given one follows most."""
        inputs = self._inputs(histories)
        row = np.repeat(np.arange(inputs.shape[0]), np.diff(inputs.indptr))
        chance = entries(self.chance, inputs.indices.astype(np.int64), items[row])
        return strongest(row, inputs.indices.astype(np.int64), inputs.data * chance, items.size)

    def _inputs(self, histories: Histories) -> sparse.csr_matrix:
        decay = np.float32(0.5) ** (histories.age / np.float32(self.half_life))
        return histories.matrix(histories.weight * decay)


def entries(matrix: sparse.csr_matrix, rows: I64, columns: I64) -> F32:
    """Return ``matrix[rows, columns]``, float32 (k,)."""
    if rows.size == 0:  # SciPy answers an empty selection with a matrix.
        return np.zeros(0, dtype=np.float32)
    return np.asarray(matrix[rows, columns], dtype=np.float32).ravel()


def strongest(row: I64, item: I64, part: NDArray[np.floating], m: int) -> Because:
    """Return the largest part of each of m rows, ties to the lower item.

    Parameters
    ----------
    row, item
        int64 (k,): sorted by row; the items of one row are distinct.
    part
        float (k,), at least 0: what each item adds to its row's score.
    """
    best, share = np.full(m, -1, dtype=np.int64), np.zeros(m, dtype=np.float32)
    speaks = part > 0
    row, item, part = row[speaks], item[speaks], part[speaks]
    order = np.lexsort((item, -part, row))
    first = order[run_starts(row[order])]
    total = np.bincount(row, part, m)
    best[row[first]] = item[first]
    share[row[first]] = np.minimum(part[first] / total[row[first]], 1.0)
    return Because(best, share)
