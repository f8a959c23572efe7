"""What a history weighs as a model's input, and which part of it speaks most for an item."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


def log_weights(histories: Histories, half_life: float) -> sparse.csr_matrix:
    """Return log(1 + decayed weight) of every subject and item.

    A pair that occurs twice weighs ``log(1 + 2)``: more than once, less than twice as much.

    Parameters
    ----------
    half_life
        Days after which an interaction counts half; infinite: it never fades.

    Returns
    -------
    CSR float32 (m, n_items), indices sorted.
    """
    decay = np.exp2(-histories.age / np.float32(half_life))
    weights = histories.matrix(histories.weight * decay)
    weights.data = np.log1p(weights.data)
    return weights


def strongest(row: I64, item: I64, contribution: F32, m: int) -> Because:
    """Return the item that contributes most in each of m rows, and its share.

    Parameters
    ----------
    row, item, contribution
        (elements,): of a subject, what each item of its history adds to a score. Of equal
        contributions the lower item is named; what is not above 0 does not speak for it.
    """
    speaks = contribution > 0
    row, item, contribution = row[speaks], item[speaks], contribution[speaks]
    order = np.lexsort((item, -contribution, row))
    found, first = np.unique(row[order], return_index=True)
    best = order[first]
    total = np.bincount(row, contribution, m)
    named = np.full(m, -1, dtype=np.int64)
    named[found] = item[best]
    share = np.zeros(m, dtype=np.float32)
    share[found] = contribution[best] / total[found]
    return Because(named, share)
