"""RP3beta: a walk of three steps, from a subject to its items, their buyers, and those' items."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.item_item import ItemItem


@dataclass(frozen=True)
class Rp3beta(ItemItem):
    """Probabilities of the walk, less where the last item is popular (Paudel et al. 2017).

    Parameters
    ----------
    alpha
        Power of every step's probability; below 1 evens them out.
    """

    alpha: float

    def weights(self, histories: Histories) -> sparse.csr_matrix:
        """Return the probabilities of the first step, to the power of alpha."""
        return step(log_weights(histories, self.half_life), self.alpha)


def step(weights: sparse.csr_matrix, alpha: float) -> sparse.csr_matrix:
    """Return weights as the probabilities of a step from each row, to the power of alpha."""
    row = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    # bincount adds one after another, so that a row's sum does not depend on its neighbours.
    total = np.bincount(row, weights.data, weights.shape[0]).astype(np.float32)
    found = weights.copy()
    found.data = (weights.data / total[row]) ** np.float32(alpha)
    return found
