"""Fit EASE: in closed form, or within neighbourhoods where the items are too many for that."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.ease import Ease
from decisioning.recommender.models.evidence import log_weights
from training.recommender.models.neighbourhoods import neighbourhood_weights

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

_BLOCK: Final = 512
"""Columns at once: bounds the memory beside the one dense array."""


@dataclass(frozen=True)
class EaseConfig:
    """Hyper-parameters; the defaults were chosen on November 2017 of Complete Journey.

    Parameters
    ----------
    items
        The most bought items get weights, the others none.
    penalty
        Of the squared weights, in the units of the Gram matrix.
    kept
        Weights kept per item, the largest.
    dense_items
        Above so many items n, weights are solved within neighbourhoods of ``kept`` items. The
        closed form takes 4 n^2 bytes (1.6 GB for 20,000) and n^3 operations.
    half_life
        Days after which an interaction counts half; infinite: it never fades.
    """

    items: int = 5000
    penalty: float = 300.0
    kept: int = 100
    dense_items: int = 20_000
    half_life: float = np.inf


def fit_ease(histories: Histories, config: EaseConfig) -> Ease:
    """Fit on log(1 + decayed weight) of every subject and item.

    Raises
    ------
    ArithmeticError
        If the penalty is too small for single precision.
    """
    weights = log_weights(histories, config.half_life)
    top = most_bought(histories, config.items)
    x = weights[:, top]
    # One thread: how many a machine has must not decide the last bits of a model.
    with threadpool_limits(1, "blas"):
        if top.size > config.dense_items:
            among = neighbourhood_weights(x, config.penalty, config.kept)
        else:
            among = _kept(_closed_form(x, config.penalty), config.kept)
    return Ease(_spread(among, top, histories.n_items), config.half_life)


def most_bought(histories: Histories, n: int) -> I64:
    """Return the n items with the most interactions, those without any left out, sorted."""
    bought = np.bincount(histories.item, minlength=histories.n_items)
    n = min(n, int((bought > 0).sum()))
    return np.sort(np.argsort(-bought, kind="stable")[:n])


def _closed_form(x: sparse.csr_matrix, penalty: float) -> F32:
    """B = I - P diag(1 / diag P), P the inverse of X'X + penalty I; diagonal 0 (Steck 2019).

    One array of the size of P is held, from the Gram matrix to the weights.
    """
    n = x.shape[1]
    held = np.empty((n, n), dtype=np.float32, order="F")  # as LAPACK wants it, to work in place
    if n == 0:  # LAPACK refuses it
        return held
    for block in _blocks(n):
        held[:, block] = (x.T @ x[:, block]).toarray()
    held[np.diag_indices(n)] += np.float32(penalty)
    factor, failed = lapack.spotrf(held, lower=1, overwrite_a=1)
    inverse, failed_too = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise ArithmeticError("EASE: the Gram matrix is not positive definite; raise the penalty")
    _mirror(inverse)
    inverse /= -np.diag(inverse).copy()
    np.fill_diagonal(inverse, 0.0)
    return np.asarray(inverse)


def _mirror(lower: F32) -> None:
    """Copy the half below the diagonal to the one above, in place."""
    for block in _blocks(lower.shape[0]):
        square = np.tril(lower[block, block])
        lower[block, block] = square + np.tril(square, -1).T
        lower[block, block.stop :] = lower[block.stop :, block].T


def _kept(dense: F32, kept: int) -> sparse.csr_matrix:
    """Return the largest weights of each column."""
    n = dense.shape[1]
    parts = [np.argsort(-np.abs(dense[:, b]), axis=0, kind="stable")[:kept] for b in _blocks(n)]
    rows = np.concatenate(parts, axis=1) if parts else np.empty((0, 0), dtype=np.int64)
    columns = np.broadcast_to(np.arange(n), rows.shape)
    found = dense[rows, columns].ravel()
    return sparse.csr_matrix((found, (rows.ravel(), columns.ravel())), shape=dense.shape)


def _blocks(n: int) -> list[slice]:
    return [slice(start, min(start + _BLOCK, n)) for start in range(0, n, _BLOCK)]


def _spread(among: sparse.csr_matrix, top: I64, n_items: int) -> sparse.csr_matrix:
    """Return weights among some items as weights among all."""
    held = among.tocoo()
    return sparse.csr_matrix(
        (held.data, (top[held.row], top[held.col])), shape=(n_items, n_items), dtype=np.float32
    )
