"""The largest of each row, and products of which only they are kept."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from training.recommender.models.pruning import largest, product


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_the_largest_of_each_row_are_kept_and_the_first_of_equals(seed: int, kept: int) -> None:
    draw = np.random.default_rng(seed)
    dense = draw.integers(-3, 4, (5, 7)).astype(np.float32)
    found = largest(sparse.csr_matrix(dense), kept).toarray()
    for row, expected in zip(found, dense, strict=True):
        order = np.lexsort((np.arange(7), -np.abs(expected)))[:kept]
        np.testing.assert_array_equal(row[order], expected[order])
        assert np.count_nonzero(row) == min(kept, np.count_nonzero(expected))


def test_a_product_of_several_blocks_is_the_product() -> None:
    draw = np.random.default_rng(1)
    left = sparse.random(1100, 30, 0.1, "csr", np.float32, draw)
    right = sparse.csr_matrix(left.T)
    expected = (left @ right).toarray()
    np.testing.assert_allclose(
        product(left, right, 1100, diagonal=True).toarray(), expected, rtol=1e-6
    )
    np.fill_diagonal(expected, 0.0)
    cut = product(left, right, 5, diagonal=False).toarray()
    assert not cut.diagonal().any()
    np.testing.assert_allclose(np.sort(cut)[:, -5:], np.sort(expected)[:, -5:], rtol=1e-6)
