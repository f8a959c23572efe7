"""Products of sparse matrices too large to hold: the largest of each row kept, block by block."""

from typing import Final

import numpy as np
from scipy import sparse

_BLOCK: Final = 512
"""Rows multiplied at once: bounds the memory of what is thrown away."""


def largest(matrix: sparse.csr_matrix, kept: int) -> sparse.csr_matrix:
    """Return the largest absolute values of each row; of equal ones the lower columns."""
    length = np.diff(matrix.indptr)
    row = np.repeat(np.arange(matrix.shape[0]), length)
    order = np.lexsort((matrix.indices, -np.abs(matrix.data), row))
    rank = np.arange(order.size) - np.repeat(matrix.indptr[:-1], length)
    held = np.sort(order[rank < kept])
    return sparse.csr_matrix(
        (
            matrix.data[held],
            matrix.indices[held],
            np.r_[0, np.cumsum(np.minimum(length, kept))],
        ),
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
