"""UP-CF@r: how often an item is in the last r baskets, the subject's and those of its neighbours.

Faggioli, Polato, Aiolli: "Recency Aware Collaborative Filtering for Next Basket Recommendation",
UMAP 2020.
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
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class UpCf:
    """The fitted model.

    Parameters
    ----------
    by_item
        CSR (n_items, subjects known), 1 where the subject ever bought the item.
    bought
        int64 (subjects known,): how many items each ever bought.
    popularity
        CSR (subjects known, n_items): share of the subject's last baskets that hold the item.
    recency
        How many last baskets count (the paper's r), at least 1.
    asymmetry
        The paper's alpha in [0, 1]: 0.5 is the cosine, 1 asks only how much of the subject's
        own items a neighbour shares.
    locality
        The paper's q, at least 1: the power that draws weight to the closest.
    neighbours
        How many are summed, at least 1.
    """

    by_item: sparse.csr_matrix
    bought: I64
    popularity: sparse.csr_matrix
    recency: int
    asymmetry: float
    locality: float
    neighbours: int

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.by_item.shape[0])

    def score(self, histories: Histories) -> F32:
        """Score every item: the subject's own share of baskets, and the neighbours' by closeness.

        The subject is its own first neighbour, with closeness 1; a known subject who bought just
        the same items is not counted beside it.
        """
        own, bought = recent_popularity(histories, self.recency)
        near = self._closeness(bought)
        taken = averaging(nearest(near, self.neighbours), near**self.locality)
        return np.asarray((own + taken @ self.popularity).toarray(), dtype=np.float32)

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item itself where it is in the subject's last baskets."""
        rows = np.arange(items.size)
        own = recent_popularity(histories, self.recency)[0].toarray()[rows, items]
        total = self.score(histories)[rows, items]
        share = np.where(own > 0, own / np.where(own > 0, total, 1), 0).astype(np.float32)
        return Because(np.where(own > 0, items, -1), np.minimum(share, np.float32(1)))

    def _closeness(self, bought: sparse.csr_matrix) -> F32:
        """Asymmetric cosine, float32 (m, known), -inf for those who share nothing or everything."""
        shared = (bought @ self.by_item).toarray()
        mine, theirs = np.diff(bought.indptr)[:, None], self.bought[None, :]
        nobody = (shared == 0) | ((shared == mine) & (shared == theirs))
        size = np.maximum(mine, 1) ** self.asymmetry * np.maximum(theirs, 1) ** (1 - self.asymmetry)
        return np.where(nobody, -np.inf, shared / size).astype(np.float32)


def recent_popularity(
    histories: Histories, recency: int
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Return each subject's share of its last baskets by item, and 1 where it ever bought it.

    Both CSR (m, n_items). A subject with fewer baskets than ``recency`` is divided by those it has.
    """
    baskets = as_baskets(histories)
    last = baskets.place < recency
    share = last / np.minimum(recency, np.maximum(baskets.size[baskets.row], 1))
    popularity = baskets.matrix(share)
    popularity.eliminate_zeros()
    ever = baskets.matrix(np.ones(baskets.row.size))
    ever.data[:] = 1
    return popularity, ever
