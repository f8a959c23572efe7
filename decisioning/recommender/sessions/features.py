"""Features of a (session, item) pair. Every value depends on its own session only."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.runs import run_sizes, run_starts
from decisioning.recommender.sessions.candidates import SessionPairs
from decisioning.recommender.sessions.model import SessionModel

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

_NONE: Final = np.float32(0)
NEVER: Final = np.float32(99.0)
"""Clicks since an item that is not in the session; also the most that are told apart."""

UNRANKED: Final = np.float32(999.0)
"""Rank of what a model says nothing of."""

MODELS: Final = ("following", "next_click", "preceding", "neighbours")
SESSION_FEATURES: Final = (
    *MODELS,
    *(f"{name}_of_best" for name in MODELS),
    *(f"{name}_rank" for name in MODELS),
    "clicks",
    "clicks_since_last",
    "clicks_since_first",
    "followed_last",
    "similar_to_last",
    "similar_to_session",
    "popularity",
    "recent",
    "returns",
    "session_clicks",
    "session_items",
    "last_clicks",
    "last_popularity",
    "last_returns",
)


def session_features(model: SessionModel, sessions: Histories, pairs: SessionPairs) -> F32:
    """Compute the features of every pair.

    Parameters
    ----------
    sessions
        Each session with a pair holds a click.

    Returns
    -------
    float32 (pairs, len(SESSION_FEATURES)), in that order; no NaN.
    """
    columns = [
        *pairs.scores.T,
        *_relative(pairs, sessions.n_subjects),
        *_within(sessions, pairs),
        *_to_last(model, sessions, pairs),
        *_of_item(model, pairs),
        *_of_session(model, sessions, pairs),
    ]
    return np.stack(columns, axis=1).astype(np.float32, copy=False)


def _relative(pairs: SessionPairs, m: int) -> list[F32]:
    """Return scores as a share of the session's best one, and their rank in it from 1."""
    start = run_starts(pairs.row)
    size = run_sizes(start, pairs.row.size)
    before = np.repeat(start, size)
    shares, ranks = [], []
    for score in pairs.scores.T:
        best = np.repeat(np.maximum.reduceat(score, start), size) if start.size else score
        shares.append(score / np.where(best > 0, best, np.float32(1)))
        order = np.lexsort((pairs.item, -score, pairs.row))
        rank = np.empty(order.size, dtype=np.float32)
        rank[order] = np.arange(order.size) - before + 1
        ranks.append(np.where(score > 0, rank, UNRANKED))
    return [*shares, *ranks]


def _within(sessions: Histories, pairs: SessionPairs) -> list[F32]:
    """Return what the session did with the item: clicks, since when, what came before it."""
    n, end = sessions.n_items, sessions.pointer[1:]
    since = (end[sessions.row] - 1 - np.arange(sessions.item.size)).astype(np.float32)
    since = np.minimum(since, NEVER)
    clicked, first, count = np.unique(sessions.pair, return_index=True, return_counts=True)
    backwards = np.unique(sessions.pair[::-1], return_index=True)[1]
    last = sessions.item.size - 1 - backwards
    place, inside = _find(clicked, pairs.row * n + pairs.item)
    next_to_last = np.flatnonzero(
        (sessions.row[:-1] == sessions.row[1:]) & (sessions.item[:-1] == _last(sessions)[:-1])
    )
    followers, followed = np.unique(sessions.pair[next_to_last + 1], return_counts=True)
    where, follows = _find(followers, pairs.row * n + pairs.item)
    return [
        _take(count, place, inside),
        _take(since[last], place, inside, NEVER),
        _take(since[first], place, inside, NEVER),
        _take(followed, where, follows),
    ]


def _to_last(model: SessionModel, sessions: Histories, pairs: SessionPairs) -> list[F32]:
    """Return how the item stands to the session's last one, and to all of it."""
    last = sessions.item[sessions.pointer[1:][pairs.row] - 1]
    vectors = model.items.vectors
    weights = sessions.matrix(np.float32(0.5) ** (sessions.age / np.float32(2)))
    mean = weights @ vectors
    length = np.sqrt(np.einsum("ij,ij->i", mean, mean))
    mean = mean / np.maximum(length, np.float32(1e-12))[:, None]
    mine = vectors[pairs.item]
    return [
        np.einsum("ij,ij->i", vectors[last], mine),
        np.einsum("ij,ij->i", mean[pairs.row], mine),
    ]


def _of_item(model: SessionModel, pairs: SessionPairs) -> list[F32]:
    items = model.items
    return [items.popularity[pairs.item], items.recent[pairs.item], items.returns[pairs.item]]


def _of_session(model: SessionModel, sessions: Histories, pairs: SessionPairs) -> list[F32]:
    m, items = sessions.n_subjects, model.items
    distinct = np.unique(sessions.pair)
    on_last = np.bincount(sessions.row[sessions.item == _last(sessions)], minlength=m)
    last = sessions.item[sessions.pointer[1:][pairs.row] - 1]
    return [
        np.diff(sessions.pointer).astype(np.float32)[pairs.row],
        np.bincount(distinct // sessions.n_items, minlength=m).astype(np.float32)[pairs.row],
        on_last.astype(np.float32)[pairs.row],
        items.popularity[last],
        items.returns[last],
    ]


def _last(sessions: Histories) -> I64:
    """Return the last item of each element's session, int64 (elements,)."""
    return sessions.item[sessions.pointer[1:][sessions.row] - 1]


def _find(keys: I64, wanted: I64) -> tuple[I64, NDArray[np.bool_]]:
    """Return where each wanted key stands among sorted ones, and whether it does."""
    if keys.size == 0:
        return np.zeros(wanted.size, dtype=np.int64), np.zeros(wanted.size, dtype=np.bool_)
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return place, keys[place] == wanted


def _take(
    values: NDArray[np.generic], place: I64, there: NDArray[np.bool_], otherwise: np.float32 = _NONE
) -> F32:
    """Return the values at the places that are there."""
    taken = np.full(place.size, otherwise, dtype=np.float32)
    taken[there] = values[place[there]]
    return taken
