"""Some rows of a sparse matrix, and their weighted sum, at the price of the elements they hold.

Called are the routines that SciPy's own products call: for a hundred rows its checks and copies
around them take four times as long as the work. A test holds them to the public operators.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import _sparsetools

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class SparseRows:
    """Rows taken out of a CSR matrix.

    Parameters
    ----------
    pointer
        int32 or int64 (rows + 1,): the elements of row r are ``pointer[r]:pointer[r + 1]``.
    column
        int32 or int64 (elements,).
    value
        float32 (elements,).
    """

    pointer: NDArray[np.integer]
    column: NDArray[np.integer]
    value: F32

    @classmethod
    def of(cls, matrix: sparse.csr_matrix, rows: I64) -> "SparseRows":
        """Take some rows, int64 (rows,), each from 0 to the matrix's last one."""
        rows = rows.astype(matrix.indptr.dtype)
        pointer = np.zeros(rows.size + 1, dtype=rows.dtype)
        np.cumsum(matrix.indptr[rows + 1] - matrix.indptr[rows], out=pointer[1:])
        column = np.empty(pointer[-1], dtype=matrix.indices.dtype)
        value = np.empty(pointer[-1], dtype=matrix.data.dtype)
        held = (matrix.indptr, matrix.indices, matrix.data)
        _sparsetools.csr_row_index(rows.size, rows, *held, column, value)
        return cls(pointer, column, value)


def add_up(matrix: sparse.csr_matrix, rows: I64, weight: F32, total: F32) -> None:
    """Write the sum of some rows by weight to ``total``, float32 (n_columns,).

    Parameters
    ----------
    rows
        int64 (rows,), rising.
    weight
        float32 (rows,).
    """
    total[:] = 0
    spread = np.zeros(2 * rows.size, dtype=np.float32)
    spread[::2] = weight[::-1]
    # The rows of CSR are the columns of the transposed matrix in CSC.
    shape = (int(matrix.shape[1]), spread.size)
    held = (matrix.indices, matrix.data)
    _sparsetools.csc_matvec(*shape, _in_place(matrix, rows), *held, spread, total)


def holding(matrix: sparse.csr_matrix, rows: I64, columns: I64) -> I64:
    """Return the places of the rows that hold an element in one of some columns, int64, rising.

    Parameters
    ----------
    rows
        int64 (rows,), rising.
    columns
        int64 (columns,).
    """
    # What is multiplied by not-a-number is none, what is multiplied by 0 is 0.
    asked = np.zeros(matrix.shape[1], dtype=np.float32)
    asked[columns] = np.nan
    found = np.zeros(2 * rows.size, dtype=np.float32)
    shape = (found.size, int(matrix.shape[1]))
    held = (matrix.indices, matrix.data)
    _sparsetools.csr_matvec(*shape, _in_place(matrix, rows), *held, asked, found)
    return np.flatnonzero(np.isnan(found[::2][::-1]))


def _in_place(matrix: sparse.csr_matrix, rows: I64) -> NDArray[np.integer]:
    """Return a pointer to rising rows where they lie: the last first, an empty one after each.

    From the end of a row to the beginning of one that lies before it there are no elements; so
    none is copied.
    """
    pointer = np.zeros(2 * rows.size + 1, dtype=matrix.indptr.dtype)
    last_first = rows[::-1]
    pointer[:-1:2] = matrix.indptr[last_first]
    pointer[1::2] = matrix.indptr[last_first + 1]
    return pointer
