"""Item to item: a subject's score of an item is the sum of what its history says for it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights, strongest
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class ItemItem:
    """What BM25 item-kNN, RP3beta, EASE and content neighbours have in common.

    Parameters
    ----------
    similarity
        CSR float32 (n_items, n_items): row j holds what an item j of the history says for each
        item.
    half_life
        Days after which an interaction counts half, in fitting and scoring; infinite: never.
    """

    similarity: sparse.csr_matrix
    half_life: float

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.similarity.shape[0])

    def weights(self, histories: Histories) -> sparse.csr_matrix:
        """Return what each item of a history weighs, CSR float32 (m, n_items)."""
        return log_weights(histories, self.half_life)

    def score(self, histories: Histories) -> F32:
        """Score every item: weights times similarity, float32 (m, n_items)."""
        weights = self.weights(histories)
        if weights.shape[0] == 1:
            # The same sums in the same order, in half the time of a product of matrices.
            row: F32 = self.similarity[weights.indices].T @ weights.data
            return row[None]
        scores: F32 = (weights @ self.similarity).toarray()
        return scores

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item of each history whose term in the score of ``items`` is the largest."""
        weights = self.weights(histories).tocoo()
        row, item = weights.row.astype(np.int64), weights.col.astype(np.int64)
        terms = weights.data * said(self.similarity, item, items[row])
        return strongest(row, item, terms, histories.n_subjects)


def said(similarity: sparse.csr_matrix, item: I64, of: I64) -> F32:
    """Return what each item says of another one, float32 (pairs,)."""
    if item.size == 0:  # SciPy has no answer of length 0
        return np.empty(0, dtype=np.float32)
    return np.asarray(similarity[item, of], dtype=np.float32).ravel()
