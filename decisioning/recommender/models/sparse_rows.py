"""Some rows of a sparse matrix, and their weighted sum, at the price of the elements they hold.

Called are the routines that SciPy's own products call: for a hundred rows its checks and copies
around them take four times as long as the work. A test holds them to the public operators.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import _sparsetools

from decisioning.recommender.scratch import (
    borrow_marks,
    borrow_zeros,
    return_marks,
    return_zeros,
)
from decisioning.recommender.spoken import SpokenOfFew

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
    n_columns
        Of the matrix.
    """

    pointer: NDArray[np.integer]
    column: NDArray[np.integer]
    value: F32
    n_columns: int

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
        return cls(pointer, column, value, int(matrix.shape[1]))

    def add_up(self, weight: F32, total: F32) -> None:
        """Write the sum of the rows by weight, float32 (rows,), to float32 (n_columns,)."""
        total[:] = 0
        # The rows of CSR are the columns of the transposed matrix in CSC.
        shape = (self.n_columns, weight.size)
        _sparsetools.csc_matvec(*shape, self.pointer, self.column, self.value, weight, total)

    def summed(self, weight: F32) -> SpokenOfFew:
        """Return the columns that the rows hold, with the sums that `add_up` would write there."""
        total = borrow_zeros(self.n_columns)
        shape = (self.n_columns, weight.size)
        _sparsetools.csc_matvec(*shape, self.pointer, self.column, self.value, weight, total)
        # Each column once: whoever wrote its mark last.
        marks, column = borrow_marks(self.n_columns), self.column.astype(np.int64)
        place = np.arange(column.size, dtype=marks.dtype)
        marks[column] = place
        item = column[marks.take(column) == place]
        score = total.take(item)
        total[item] = 0
        return_marks(marks)
        return_zeros(total)
        return SpokenOfFew(item, score, self.n_columns)
