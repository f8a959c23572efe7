"""The nearest of some known subjects, as weights that average them."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

F32 = NDArray[np.float32]


def nearest(closeness: F32, k: int) -> NDArray[np.bool_]:
    """Mark the k closest of each row; of equal ones, those with the lower index.

    Parameters
    ----------
    closeness
        float32 (m, known): the higher, the closer; -inf for those that may not be taken.

    Returns
    -------
    bool (m, known): k true in each row, fewer where fewer may be taken.
    """
    if k >= closeness.shape[1]:
        return np.asarray(closeness > -np.inf)
    bound = -np.partition(-closeness, k - 1, axis=1)[:, k - 1, None]
    taken = closeness > bound
    row, column = np.nonzero((closeness == bound) & (bound > -np.inf))
    # The first of those at the bound, as many as there is room for.
    room = (k - taken.sum(axis=1))[row]
    first = np.searchsorted(row, row)
    fits = np.arange(row.size) - first < room
    taken[row[fits], column[fits]] = True
    return np.asarray(taken)


def averaging(taken: NDArray[np.bool_], weight: F32 | None = None) -> sparse.csr_matrix:
    """Turn a mask into weights, CSR float32 (m, known): equal ones that sum to 1, or those given.

    Parameters
    ----------
    weight
        float32 (m, known).
    """
    row, column = np.nonzero(taken)
    count = taken.sum(axis=1)
    values = 1 / count[row] if weight is None else weight[row, column]
    pointer = np.r_[0, np.cumsum(count)]
    return sparse.csr_matrix((values.astype(np.float32), column, pointer), shape=taken.shape)
