"""The entry: what to show next in each session of a block."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.runs import places_in_runs
from decisioning.recommender.sessions.candidates import SessionPairs, find_session_pairs
from decisioning.recommender.sessions.features import SESSION_FEATURES, session_features
from decisioning.recommender.sessions.model import SessionModel

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
SessionRanker = Callable[[F32], NDArray[np.float64]]
"""float32 (pairs, features) to float64 (pairs,): the higher, the better."""

_NEAR: Final = SESSION_FEATURES.index("neighbours_of_best")
_AFTER: Final = SESSION_FEATURES.index("following_of_best")


@dataclass(frozen=True)
class SessionSlates:
    """What to show in m sessions, best first.

    Parameters
    ----------
    item
        int64 (m, n): -1 where nothing more speaks for any allowed item.
    score
        float64 (m, n): the ranker's, 0 where there is no item.
    because
        int64 (m, n): the item of the session that brought the most of what speaks for this one;
        -1 where none does.
    """

    item: I64
    score: NDArray[np.float64]
    because: I64


def session_slates(
    model: SessionModel,
    sessions: Histories,
    allowed: NDArray[np.bool_],
    n: int,
    ranker: SessionRanker,
) -> SessionSlates:
    """Rank the next items of each session, each independent of the others.

    Parameters
    ----------
    sessions
        The events of each session, oldest first; a session without any gets nothing.
    allowed
        bool (m, n_items), or (1, n_items) for the same in every row: may be shown.
    n
        Length of a slate, at least 1.
    ranker
        Over `SESSION_FEATURES`; `blend` where none is trained.
    """
    m = sessions.n_subjects
    item = np.full((m, n), -1, dtype=np.int64)
    score = np.zeros((m, n))
    pairs = find_session_pairs(model, sessions, allowed)
    if pairs.row.size:
        found = ranker(session_features(model, sessions, pairs))
        row, rank, best = _best(pairs, found, n)
        item[row, rank], score[row, rank] = pairs.item[best], found[best]
    return SessionSlates(item, score, _because(model, sessions, item))


def blend(features: F32) -> NDArray[np.float64]:
    """Rank by similar sessions, then by what follows, each as a share of the session's best."""
    near, after = features[:, _NEAR], features[:, _AFTER]
    return np.asarray(near + np.float32(0.3) * after, dtype=np.float64)


def _best(pairs: SessionPairs, score: NDArray[np.float64], n: int) -> tuple[I64, I64, I64]:
    """Return row, rank and position of each session's n best pairs, ties to the lower item."""
    order = np.lexsort((pairs.item, -score, pairs.row))
    row = pairs.row[order]
    rank = places_in_runs(row)
    kept = rank < n
    return row[kept], rank[kept], order[kept]


def _because(model: SessionModel, sessions: Histories, item: I64) -> I64:
    """Return what in the session leads to each item of its slate."""
    row, rank = np.nonzero(item >= 0)
    because = np.full(item.shape, -1, dtype=np.int64)
    told = model.following.explain(sessions.of(row), item[row, rank])
    because[row, rank] = told.item
    return because
