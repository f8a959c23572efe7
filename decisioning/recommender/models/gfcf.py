"""GF-CF: a graph filter, items bought together plus a smooth part of few dimensions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import evidence, strongest
from decisioning.recommender.models.item_item import said
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Gfcf:
    """Linear and ideal low-pass filter of a history (Shen et al. 2021).

    ``s = r G + r L R'``, with r the weights of the history, G the Gram matrix of the normalised
    interactions, and L R' its projection on the first singular vectors.

    Parameters
    ----------
    gram
        CSR float32 (n_items, n_items): G, the largest of each row kept.
    left, right
        float32 (n_items, k): L and R.
    half_life
        Days after which an interaction counts half; infinite: it never fades.
    """

    gram: sparse.csr_matrix
    left: F32
    right: F32
    half_life: float

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.gram.shape[0])

    def score(self, histories: Histories) -> F32:
        """Score every item, float32 (m, n_items)."""
        weights = evidence(histories, self.half_life).matrix
        scores: F32 = (weights @ self.gram).toarray()
        # Row by row: the last bits of a product of matrices depend on how many rows it has.
        for row, smooth in enumerate(weights @ self.left):
            scores[row] += self.right @ smooth
        return scores

    def explain(self, histories: Histories, items: I64) -> Because:
        """Name the item of each history whose term in the score of ``items`` is the largest."""
        weights = evidence(histories, self.half_life)
        row, item = weights.row, weights.item
        of = items[row]
        smooth = np.einsum("ij,ij->i", self.left[item], self.right[of])
        terms = weights.weight * (said(self.gram, item, of) + smooth)
        return strongest(row, item, terms, histories.n_subjects)
