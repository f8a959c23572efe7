"""TIFU-KNN: what a subject buys, later baskets counting more, and what its neighbours buy.

Hu, He, Gao, Zhang: "Modeling Personalized Item Frequency Information for Next-basket
Recommendation", SIGIR 2020.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.baskets import as_baskets
from decisioning.recommender.models.nearest import averaging, nearest
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SAME = 1e-6
"""Squared distance, as a share of the squared lengths, below which two subjects are one."""


@dataclass(frozen=True)
class Tifu:
    """The fitted model.

    Parameters
    ----------
    known
        CSR (subjects known, n_items): their vectors.
    by_item
        CSR (n_items, subjects known): the same, so that one subject's distances cost no more than
        the items it bought.
    length
        float64 (subjects known,): squared lengths of the vectors.
    group_size
        Baskets in a group, at least 1.
    within_decay, group_decay
        Factor per basket within a group and per group, in (0, 1].
    neighbours
        How many are averaged, at least 1.
    own
        Share of the subject's own vector in the score, in [0, 1].
    """

    known: sparse.csr_matrix
    by_item: sparse.csr_matrix
    length: F64
    group_size: int
    within_decay: float
    group_decay: float
    neighbours: int
    own: float

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.known.shape[1])

    def score(self, histories: Histories) -> F32:
        """Score every item: own vector and the mean of the nearest vectors, blended.

        A known subject whose vector equals the subject's is no neighbour: it is the subject.
        Without a history there is no neighbour and every score is 0.
        """
        mine = self.vectors(histories)
        near = (averaging(nearest(self._closeness(mine), self.neighbours)) @ self.known).toarray()
        blended = self.own * mine.toarray() + (1 - self.own) * near
        return np.asarray(blended, dtype=np.float32)

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item itself where the subject has bought it, with its part of the score."""
        rows = np.arange(items.size)
        own = self.own * self.vectors(histories).toarray()[rows, items]
        total = self.score(histories)[rows, items]
        share = np.where(own > 0, own / np.where(own > 0, total, 1), 0).astype(np.float32)
        return Because(np.where(own > 0, items, -1), np.minimum(share, np.float32(1)))

    def vectors(self, histories: Histories) -> sparse.csr_matrix:
        """Return the subjects' vectors, CSR (m, n_items)."""
        return vectors(histories, self.group_size, self.within_decay, self.group_decay)

    def _closeness(self, mine: sparse.csr_matrix) -> F32:
        """Minus the squared distance, float32 (m, known), -inf where nobody is to be taken."""
        length = squared_length(mine)[:, None] + self.length[None, :]
        distance = length - 2 * (mine @ self.by_item).toarray()
        nobody = (distance <= SAME * length) | (np.diff(mine.indptr) == 0)[:, None]
        return np.where(nobody, -np.inf, -distance).astype(np.float32)


def vectors(
    histories: Histories, group_size: int, within_decay: float, group_decay: float
) -> sparse.csr_matrix:
    """Return the subjects' vectors, CSR (m, n_items): the decayed mean of groups of baskets.

    Groups are counted back from the last basket, so that only the oldest may be short; a group is
    the mean of its baskets, a vector the mean of its groups (equations 1 and 2 of the paper).
    """
    baskets = as_baskets(histories)
    size = baskets.size[baskets.row]
    group, within = np.divmod(baskets.place, group_size)
    members = np.minimum(group_size, size - group * group_size)
    groups = -(-size // group_size)
    return baskets.matrix(within_decay**within * group_decay**group / (members * groups))


def squared_length(matrix: sparse.csr_matrix) -> F64:
    """Return the squared length of each row, float64 (rows,)."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    square = matrix.data.astype(np.float64) ** 2
    return np.asarray(np.bincount(row, square, matrix.shape[0]), dtype=np.float64)
