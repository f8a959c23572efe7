"""Products of sparse matrices too large to hold: the largest of each row kept, block by block."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_BLOCK: Final = 512
"""Rows multiplied at once: bounds the memory of what is thrown away."""


def largest(matrix: sparse.csr_matrix, kept: int) -> sparse.csr_matrix:
    """Return the largest absolute values of each row; of equal ones the lower columns."""
    near = _near_largest(matrix, kept)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(near.indptr))
    order = np.lexsort((near.indices, -np.abs(near.data), row))
    rank = np.arange(order.size) - near.indptr[row]
    return _taken(near, np.sort(order[rank < kept]))


def _near_largest(matrix: sparse.csr_matrix, kept: int) -> sparse.csr_matrix:
    """Return the largest of each row and all that equal the least of them, without a sort."""
    held = np.ones(matrix.nnz, dtype=np.bool_)
    for row in np.flatnonzero(np.diff(matrix.indptr) > kept).tolist():
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        size = np.abs(matrix.data[part])
        held[part] = size >= np.partition(size, size.size - kept)[size.size - kept]
    return _taken(matrix, np.flatnonzero(held))


def _taken(matrix: sparse.csr_matrix, held: NDArray[np.int64]) -> sparse.csr_matrix:
    """Return some of the stored elements, given in order."""
    return sparse.csr_matrix(
        (matrix.data[held], matrix.indices[held], np.searchsorted(held, matrix.indptr)),
        shape=matrix.shape,
    )


def product(
    left: sparse.csr_matrix, right: sparse.csr_matrix, kept: int, *, diagonal: bool
) -> sparse.csr_matrix:
    """Return left @ right, the largest of each row kept, without the diagonal unless asked."""
    blocks = [sparse.csr_matrix((0, right.shape[1]), dtype=left.dtype)]
    for start in range(0, left.shape[0], _BLOCK):
        block = (left[start : start + _BLOCK] @ right).tocoo()
        if not diagonal:
            other = block.row + start != block.col
            block = sparse.coo_matrix(
                (block.data[other], (block.row[other], block.col[other])), shape=block.shape
            )
        blocks.append(largest(block.tocsr(), kept))
    return sparse.vstack(blocks, format="csr")
