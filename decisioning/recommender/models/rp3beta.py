"""RP3beta: a walk of three steps, from a subject to its items, their buyers, and those' items."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import Evidence, evidence
from decisioning.recommender.models.item_item import ItemItem

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Rp3beta(ItemItem):
    """Probabilities of the walk, less where the last item is popular (Paudel et al. 2017).

    Parameters
    ----------
    alpha
        Power of every step's probability; below 1 evens them out.
    """

    alpha: float

    def weights(self, histories: Histories) -> Evidence:
        """Return the probabilities of the first step, to the power of alpha."""
        told = evidence(histories, self.half_life)
        weight = _step(told.row, told.weight, histories.n_subjects, self.alpha)
        return replace(told, weight=weight)


def step(weights: sparse.csr_matrix, alpha: float) -> sparse.csr_matrix:
    """Return weights as the probabilities of a step from each row, to the power of alpha."""
    row = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    found = weights.copy()
    found.data = _step(row, weights.data, weights.shape[0], alpha)
    return found


def _step(row: I64, weight: F32, m: int, alpha: float) -> F32:
    # bincount adds one after another, so that a row's sum does not depend on its neighbours.
    total = np.bincount(row, weight, m).astype(np.float32)
    return np.asarray((weight / total[row]) ** np.float32(alpha))
