"""Fit GF-CF: the normalised Gram matrix and a truncated SVD."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.gfcf import Gfcf
from training.recommender.models.pruning import product

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class GfcfConfig:
    """Hyper-parameters.

    Parameters
    ----------
    factors
        Singular vectors of the smooth part.
    alpha
        Its weight.
    neighbours
        Kept per item of the Gram matrix.
    half_life
        Days after which an interaction counts half; infinite: it never fades.
    seed
        Of the first vector of the iteration.
    """

    factors: int = 256
    alpha: float = 0.3
    neighbours: int = 200
    half_life: float = np.inf
    seed: int = 7


def fit_gfcf(histories: Histories, config: GfcfConfig) -> Gfcf:
    """Fit on log(1 + decayed weight) of every subject and item."""
    weights = log_weights(histories, config.half_life)
    by_subject = _root(weights.sum(axis=1))
    by_item = _root(weights.sum(axis=0))
    normal = sparse.csr_matrix(
        sparse.diags(_inverse(by_subject)) @ weights @ sparse.diags(_inverse(by_item)),
        dtype=np.float32,
    )
    gram = product(sparse.csr_matrix(normal.T), normal, config.neighbours, diagonal=True)
    vectors = _singular_vectors(normal, config.factors, config.seed)
    left = vectors * _inverse(by_item)[:, None]
    right = vectors * (config.alpha * by_item)[:, None]
    return Gfcf(gram, left.astype(np.float32), right.astype(np.float32), config.half_life)


def _root(total: NDArray[np.float32]) -> F64:
    return np.sqrt(np.asarray(total, dtype=np.float64).ravel())


def _inverse(root: F64) -> F64:
    return np.divide(1.0, root, out=np.zeros_like(root), where=root > 0)


def _singular_vectors(matrix: sparse.csr_matrix, k: int, seed: int) -> F32:
    """Return the first right singular vectors, float32 (n_items, at most k).

    Those of a singular value of 0 are left out: they are any basis of what is not there.
    """
    smaller = min(matrix.shape)
    with threadpool_limits(1, "blas"):
        if k >= smaller or matrix.nnz == 0:  # the iteration cannot find them all
            _, value, found = np.linalg.svd(matrix.toarray(), full_matrices=False)
        else:
            first = np.random.default_rng(seed).normal(size=smaller).astype(np.float32)
            _, value, found = svds(matrix, k, v0=first, return_singular_vectors="vh")
    there = value > _RANK * max(value.max(initial=0.0), _RANK)
    return np.ascontiguousarray(found[there].T, dtype=np.float32)


_RANK: Final = 1e-5
"""Smallest singular value that is one, as a share of the largest."""
