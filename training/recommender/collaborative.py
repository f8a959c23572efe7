"""What similar customers buy: iALS and BM25 neighbours by ``implicit``, EASE by SciPy."""

import warnings
from dataclasses import dataclass

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender
from implicit.utils import ParameterWarning
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decisioning.recommender.state import Collaborative, History

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class CollaborativeConfig:
    """Hyper-parameters, chosen on November 2017 of Complete Journey (docs/evaluation.md).

    Parameters
    ----------
    factors, iterations, regularisation, alpha
        Of iALS (Hu, Koren & Volinsky 2008).
    neighbours
        Of BM25 item-kNN.
    linear_items, linear_penalty, linear_kept
        Of EASE (Steck 2019): on the most sold items; the weights kept per item.
    threads
        For fitting.
    seed
        Of the factors.
    """

    factors: int = 64
    iterations: int = 10
    regularisation: float = 10.0
    alpha: float = 4.0
    neighbours: int = 100
    linear_items: int = 5000
    linear_penalty: float = 300.0
    linear_kept: int = 100
    threads: int = 2
    seed: int = 7


def fit_collaborative(
    history: History, lines: I64, trains: NDArray[np.bool_], config: CollaborativeConfig
) -> Collaborative:
    """Fit on log(1 + orders) of every (customer, item).

    Parameters
    ----------
    lines
        int64 (n_items,): lines sold; the most sold items get linear weights.
    trains
        bool (n_customers,): who is learned from. The others are folded in afterwards: their
        factors follow from the items', which they did not shape.
    """
    weights = sparse.csr_matrix(
        (
            np.log1p(history.orders),
            history.item.astype(np.int32),
            history.pointer.astype(np.int32),
        ),
        shape=(history.pointer.size - 1, lines.size),
    )
    learned = sparse.diags(trains.astype(np.float32)) @ weights
    learned = sparse.csr_matrix(learned, dtype=np.float32)
    # implicit has threads of its own; BLAS threads inside them slow it down tenfold. One thread for
    # EASE too: how many a machine has must not decide the last bits of a model.
    with threadpool_limits(1, "blas"):
        als = AlternatingLeastSquares(
            factors=config.factors,
            regularization=config.regularisation,
            alpha=config.alpha,
            iterations=config.iterations,
            num_threads=config.threads,
            random_state=config.seed,
        )
        als.fit(learned, show_progress=False)
        factors = np.array(als.user_factors, dtype=np.float32)
        others = np.flatnonzero(~trains & (np.diff(history.pointer) > 0))
        if others.size:
            factors[others] = als.recalculate_user(others, weights[others])
        linear = _linear(learned, lines, config)
    knn = BM25Recommender(K=config.neighbours, num_threads=config.threads)
    with warnings.catch_warnings():
        # implicit weighs into a COO matrix and then warns about its own choice.
        warnings.simplefilter("ignore", ParameterWarning)
        knn.fit(learned, show_progress=False)
    return Collaborative(
        customer_factors=factors,
        item_factors=np.asarray(als.item_factors, dtype=np.float32),
        weights=weights,
        neighbours=sparse.csr_matrix(knn.similarity.astype(np.float32)),
        linear=linear,
    )


def _linear(
    weights: sparse.csr_matrix, lines: I64, config: CollaborativeConfig
) -> sparse.csr_matrix:
    """EASE weights of the most sold items, the largest of each column kept, as CSR."""
    n = min(config.linear_items, int((lines > 0).sum()))
    top = np.sort(np.argsort(-lines, kind="stable")[:n])
    dense = _ease(weights[:, top], config.linear_penalty)
    kept = min(config.linear_kept, n)
    rows = np.argpartition(-np.abs(dense), kept - 1, axis=0)[:kept]
    columns = np.broadcast_to(np.arange(n), rows.shape)
    return sparse.csr_matrix(
        (dense[rows, columns].ravel(), (top[rows.ravel()], top[columns.ravel()])),
        shape=(lines.size, lines.size),
    )


def _ease(x: sparse.csr_matrix, penalty: float) -> F32:
    """B = I - P diag(1 / diag P), P the inverse of X'X + penalty I; diagonal 0."""
    gram = (x.T @ x).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += np.float32(penalty)
    factor, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    inverse, failed_too = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise ArithmeticError("EASE: the Gram matrix is not positive definite; raise the penalty")
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.ascontiguousarray(weights, dtype=np.float32)
