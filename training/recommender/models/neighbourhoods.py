"""EASE for many items: each item's weights solved within its own neighbourhood.

A column of EASE is the ridge regression of an item on all others. Here the others are the items
most correlated with it, as in the sparse approximations of Steck (2019, "Markov random fields for
collaborative filtering") and of SANSA: with all items as neighbours the two are the same. Nothing
of the size items x items is ever held.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.recommender.models.pruning import largest

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

_BLOCK: Final = 256
"""Items correlated at once: bounds the memory of their part of the Gram matrix."""


def neighbourhood_weights(
    x: sparse.csr_matrix, penalty: float, neighbours: int
) -> sparse.csr_matrix:
    """Return the weights of the items, CSR float32 (n, n); column i predicts item i.

    Time grows with n * neighbours ** 3 and the co-occurrences; memory with n * neighbours.

    Parameters
    ----------
    x
        CSR float32 (m, n).
    penalty
        Of the squared weights.
    neighbours
        Items that may predict one.
    """
    by_item = sparse.csc_matrix(x)
    size = np.sqrt(np.asarray(x.multiply(x).sum(axis=0), dtype=np.float32).ravel() + penalty)
    rows = [sparse.csr_matrix((0, x.shape[1]), dtype=np.float32)]
    for start in range(0, x.shape[1], _BLOCK):
        near = _correlated(by_item, x, size, np.arange(start, min(start + _BLOCK, x.shape[1])))
        near = largest(near, neighbours)
        for at in range(near.shape[0]):
            part = slice(near.indptr[at], near.indptr[at + 1])
            others = near.indices[part]
            # Back from correlations to the entries of the Gram matrix.
            shared = near.data[part] * size[others] * size[start + at]
            near.data[part] = _ridge(by_item[:, others], shared, penalty)
        rows.append(near)
    return sparse.csr_matrix(sparse.vstack(rows, format="csr").T)


def _correlated(
    by_item: sparse.csc_matrix, x: sparse.csr_matrix, size: F32, block: I64
) -> sparse.csr_matrix:
    """Return the correlations of a block of items with all others, CSR (block, n)."""
    gram = (sparse.csr_matrix(by_item[:, block].T) @ x).tocoo()
    other = block[gram.row] != gram.col
    row, column = gram.row[other], gram.col[other]
    scaled = gram.data[other] / (size[block[row]] * size[column])
    return sparse.csr_matrix((scaled, (row, column)), shape=(block.size, x.shape[1]))


def _ridge(others: sparse.csc_matrix, shared: F32, penalty: float) -> F32:
    gram = (others.T @ others).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += penalty
    return np.asarray(np.linalg.solve(gram, shared.astype(np.float64)), dtype=np.float32)
