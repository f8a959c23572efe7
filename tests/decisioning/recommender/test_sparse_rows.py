"""Rows of a sparse matrix and their sums against SciPy's own operators."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy import sparse

from decisioning.recommender.models.sparse_rows import SparseRows


def drawn(rng: np.random.Generator, n_rows: int, n_columns: int) -> sparse.csr_matrix:
    dense = rng.normal(size=(n_rows, n_columns)) * (rng.random((n_rows, n_columns)) < 0.4)
    return sparse.csr_matrix(dense.astype(np.float32))


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(0, 12), wide=st.booleans())
@settings(max_examples=60, deadline=None)
def test_rows_and_their_sum_are_those_of_the_public_operators(seed, size, wide):
    rng = np.random.default_rng(seed)
    matrix = drawn(rng, 9, 14)
    if wide:  # as SciPy has them beyond 2**31 elements
        matrix.indptr, matrix.indices = (
            part.astype(np.int64) for part in (matrix.indptr, matrix.indices)
        )
    asked, weight = rng.integers(0, 9, size), rng.random(size).astype(np.float32)

    rows = SparseRows.of(matrix, asked)
    total = np.full(14, 7, dtype=np.float32)
    rows.add_up(weight, total)

    assert rows.n_columns == 14
    found = sparse.csr_matrix((rows.value, rows.column, rows.pointer), shape=(size, 14))
    np.testing.assert_array_equal(found.toarray(), matrix.toarray()[asked])
    np.testing.assert_allclose(total, weight @ matrix.toarray()[asked], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [1, 5])
def test_nothing_is_written_to_the_matrix(size):
    matrix = drawn(np.random.default_rng(1), 6, 8)
    before = matrix.toarray()

    rows = SparseRows.of(matrix, np.arange(size))
    rows.value[:] = 0

    np.testing.assert_array_equal(matrix.toarray(), before)
