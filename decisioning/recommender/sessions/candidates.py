"""Candidates for the next click: what the models score highest, among what may be shown."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.runs import places_in_runs
from decisioning.recommender.sessions.model import SessionModel

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

N_EACH: Final = 100
"""Best items taken from each model."""


@dataclass(frozen=True)
class SessionPairs:
    """Pairs of session and item, sorted by row, then item.

    Parameters
    ----------
    row, item
        int64 (pairs,).
    scores
        float32 (pairs, 4): following, next click, preceding, neighbours.
    """

    row: I64
    item: I64
    scores: F32


def find_session_pairs(
    model: SessionModel, sessions: Histories, allowed: Mask, each: int = N_EACH
) -> SessionPairs:
    """Find the candidates of a block of sessions.

    Parameters
    ----------
    allowed
        bool (m, n_items), or (1, n_items) for the same in every row: may be shown.
    each
        Best items taken from each model.
    """
    n = model.n_items
    allowed = np.broadcast_to(allowed, (sessions.n_subjects, n))
    found = [
        _keys_and_scores(scored.sparse_scores(sessions), allowed)
        for scored in (model.following, model.next_click, model.preceding, model.neighbours)
    ]
    seen = allowed[sessions.row, sessions.item]
    keys = [_best(key, score, n, each) for key, score in found]
    key = np.unique(np.concatenate([sessions.pair[seen], *keys]))
    scores = np.stack([_at(*each_found, key) for each_found in found], axis=1)
    return SessionPairs(key // n, key % n, scores)


def _keys_and_scores(scores: sparse.csr_matrix, allowed: Mask) -> tuple[I64, F32]:
    """Return the allowed elements above 0 as sorted keys row * n_items + item, and scores."""
    scores.sort_indices()
    row = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr))
    item = scores.indices.astype(np.int64)
    open_ = allowed[row, item] & (scores.data > 0)
    return row[open_] * scores.shape[1] + item[open_], scores.data[open_]


def _best(key: I64, score: F32, n: int, each: int) -> I64:
    """Return the keys of each row's best, ties to the lower item."""
    row = key // n
    order = np.lexsort((key, -score, row))
    return np.asarray(key[order][places_in_runs(row) < each])


def _at(key: I64, score: F32, wanted: I64) -> F32:
    """Return the score of each wanted key, 0 where there is none."""
    if key.size == 0:
        return np.zeros(wanted.size, dtype=np.float32)
    position = np.minimum(np.searchsorted(key, wanted), key.size - 1)
    return np.where(key[position] == wanted, score[position], np.float32(0))
