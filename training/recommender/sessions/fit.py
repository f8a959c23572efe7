"""Fit the models of sessions."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.transitions import Transitions
from decisioning.recommender.sessions.model import SessionItems, SessionModel
from training.recommender.models.session_knn import (
    SessionKnnConfig,
    fit_session_knn,
)
from training.recommender.models.transitions import TransitionsConfig, fit_transitions

F32 = NDArray[np.float32]


FOLLOWING: Final = TransitionsConfig(window=10, step_decay=0.7, half_life=2.0, kept=200)
NEXT_CLICK: Final = TransitionsConfig(window=1, half_life=0.1, kept=200)
NEIGHBOURS: Final = SessionKnnConfig(
    sample=1000,
    neighbours=500,
    depth=5,
    position="same",
    match="linear",
    length_power=0.5,
    rarity=1.0,
    item_rarity=0.5,
    session_half_life=0.5,
    step_scale=3.0,
)


@dataclass(frozen=True)
class SessionConfig:
    """Settings of the models, chosen on the last training sessions of RetailRocket.

    Parameters
    ----------
    following, next_click
        Of the two chains; ``half_life`` in clicks.
    neighbours
        Of the index.
    dimensions, iterations, seed
        Of the items' vectors.
    """

    following: TransitionsConfig = FOLLOWING
    next_click: TransitionsConfig = NEXT_CLICK
    neighbours: SessionKnnConfig = NEIGHBOURS
    dimensions: int = 64
    iterations: int = 5
    seed: int = 7

    def unordered(self) -> "SessionConfig":
        """Return the settings for sessions whose elements have no order, as orders."""
        together = TransitionsConfig(steps="together", half_life=self.following.half_life, kept=100)
        alike = replace(self.neighbours, step_scale=0.0, before=1.0)
        return replace(self, following=together, next_click=together, neighbours=alike)


def fit_sessions(sessions: Histories, config: SessionConfig) -> SessionModel:
    """Fit every model.

    Parameters
    ----------
    sessions
        One subject a session, the oldest first, elements in the order of time, with ``age`` the
        clicks since.
    """
    following = fit_transitions(sessions, config.following)
    same = config.next_click == config.following
    return SessionModel(
        following=following,
        next_click=following if same else fit_transitions(sessions, config.next_click),
        preceding=Transitions(sparse.csr_matrix(following.chance.T), following.half_life),
        neighbours=fit_session_knn(sessions, config.neighbours),
        items=_fit_items(sessions, config),
    )


def _fit_items(sessions: Histories, config: SessionConfig) -> SessionItems:
    n = sessions.n_items
    recent = sessions.item[sessions.row >= sessions.n_subjects * 19 // 20]
    pair, count = np.unique(sessions.pair, return_counts=True)
    held = np.bincount(pair % n, minlength=n)
    returned = np.bincount(pair[count > 1] % n, minlength=n)
    # As if 10 more sessions had come back to it as often as to any item.
    mean = returned.sum() / max(held.sum(), 1)
    return SessionItems(
        popularity=np.log1p(np.bincount(sessions.item, minlength=n)).astype(np.float32),
        recent=np.log1p(np.bincount(recent, minlength=n)).astype(np.float32),
        returns=((returned + 10 * mean) / (held + 10)).astype(np.float32),
        vectors=_vectors(sessions, config),
    )


def _vectors(sessions: Histories, config: SessionConfig) -> F32:
    """Right singular vectors of the normalised session x item matrix, rows of length 1."""
    x = sessions.matrix(np.ones(sessions.item.size, dtype=np.float32))
    x.data[:] = 1.0
    rows = 1 / np.sqrt(np.maximum(np.diff(x.indptr), 1))
    columns = 1 / np.sqrt(np.maximum(np.bincount(x.indices, minlength=x.shape[1]), 1))
    scaled = sparse.csr_matrix(sparse.diags(rows) @ x @ sparse.diags(columns), dtype=np.float32)
    size = min(config.dimensions, x.shape[1])
    # Randomised (Halko, Martinsson & Tropp 2011): many singular values of sessions are all but 1,
    # one for each island of items, and Lanczos would not converge among them.
    draw = np.random.default_rng(config.seed).standard_normal((x.shape[1], size), np.float32)
    basis = _orthonormal(draw)
    for _ in range(config.iterations):
        basis = _orthonormal(scaled.T @ (scaled @ basis))
    length = np.sqrt((basis**2).sum(axis=1))
    return np.asarray(basis / np.maximum(length, 1e-9)[:, None], dtype=np.float32)


def _orthonormal(basis: F32) -> F32:
    """Return an orthonormal basis of the same columns; by their Gram matrix, as QR is slow."""
    values, turned = np.linalg.eigh((basis.T @ basis).astype(np.float64))
    scaled = turned / np.sqrt(np.maximum(values, 1e-9 * values.max(initial=1e-30)))
    return np.asarray(basis @ scaled.astype(np.float32))
