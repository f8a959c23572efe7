"""Build the index of `decisioning.recommender.models.session_knn`, and the weights of a method."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.session_knn import SessionKnn

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Decay = Literal["same", "linear", "quadratic", "reciprocal", "exponential"]

REACH: Final = 20
"""Places in a neighbour that are told apart; beyond, all the same."""


@dataclass(frozen=True)
class SessionKnnConfig:
    """Weights of the search; the defaults are VS-KNN's.

    Parameters
    ----------
    sample, neighbours
        Recent sessions looked at; the most similar that speak.
    depth
        Distinct items of a session that are looked at, the most recent.
    position, match
        How what is earlier in the session loses weight: in the similarity, and as the item by
        which a neighbour speaks. ``linear`` and ``quadratic`` fall by the share of the session
        (Ludewig & Jannach 2018), ``reciprocal`` as one over the step, ``exponential`` as STAN.
    position_scale, match_scale
        Steps after which ``exponential`` has fallen to 1/e.
    length_power
        Similarity is divided by the neighbour's length to this power; 0.5 gives cosine.
    rarity
        Power of log(sessions / sessions with the item) in the similarity.
    item_rarity
        The same on what is recommended.
    session_half_life
        Neighbours' half-life as a share of all sessions; 0: all the same.
    step_scale
        Places after which a neighbour's item counts 1/e of the one next to the shared item;
        0: all the same.
    before
        What an item before the shared one counts, against one after it.
    """

    sample: int = 1000
    neighbours: int = 100
    depth: int = 20
    position: Decay = "linear"
    position_scale: float = 1.0
    match: Decay = "reciprocal"
    match_scale: float = 1.0
    length_power: float = 0.0
    rarity: float = 0.0
    item_rarity: float = 0.0
    session_half_life: float = 0.0
    step_scale: float = 0.0
    before: float = 1.0


S_KNN: Final = SessionKnnConfig(position="same", match="same", length_power=0.5)
VS_KNN: Final = SessionKnnConfig()
STAN: Final = SessionKnnConfig(
    position="exponential",
    match="same",
    length_power=0.5,
    session_half_life=0.3,
    step_scale=3.0,
)


def fit_session_knn(histories: Histories, config: SessionKnnConfig) -> SessionKnn:
    """Index sessions.

    Parameters
    ----------
    histories
        One subject a session, the oldest first: the number is the recency.
    """
    session, item = _distinct(histories)
    n_items, n_sessions = histories.n_items, histories.n_subjects
    length = np.bincount(session, minlength=n_sessions)
    held = np.bincount(item, minlength=n_items)
    rarity = np.log(max(n_sessions, 1) / np.maximum(held, 1)).clip(min=0.01)
    age = np.arange(n_sessions)[::-1] / max(n_sessions, 1)
    half_life = config.session_half_life
    late = 0.5 ** (age / half_life) if half_life else np.ones(n_sessions)
    pointer, posting = _postings(item, n_items, config.sample)
    return SessionKnn(
        session_pointer=np.r_[0, np.cumsum(length)].astype(np.int64),
        session_item=item.astype(np.int32),
        posting_pointer=pointer,
        posting=posting,
        element_session=session.astype(np.int32),
        session_weight=_f32(late / np.maximum(length, 1) ** config.length_power),
        rarity=_f32(rarity**config.rarity),
        item_weight=_f32(rarity**config.item_rarity),
        position_weight=_decays(config.position, config.position_scale, config.depth),
        match_weight=_decays(config.match, config.match_scale, config.depth),
        step_weight=_steps(config.step_scale, config.before),
        sample=config.sample,
        neighbours=config.neighbours,
    )


def _distinct(histories: Histories) -> tuple[I64, I64]:
    """Return each session's distinct items by their last click: (session, item)."""
    backwards = histories.pair[::-1]
    last = histories.pair.size - 1 - np.unique(backwards, return_index=True)[1]
    last.sort()
    return histories.row[last], histories.item[last]


def _postings(item: I64, n_items: int, sample: int) -> tuple[I64, NDArray[np.int32]]:
    """Return the elements of each item, its most recent ``sample``, most recent first."""
    newest = np.arange(item.size)[::-1]
    order = newest[np.argsort(item[::-1], kind="stable")]
    held = np.bincount(item, minlength=n_items)
    rank = np.arange(order.size) - np.repeat(np.cumsum(held) - held, held)
    pointer = np.r_[0, np.cumsum(np.minimum(held, sample))].astype(np.int64)
    return pointer, order[rank < sample].astype(np.int32)


def _decays(kind: Decay, scale: float, depth: int) -> F32:
    """Return (items at hand less one, step) -> weight, float32 (depth, depth)."""
    count, step = np.arange(1, depth + 1)[:, None], np.arange(depth)[None, :]
    share = np.maximum(1 - step / count, 0.0)
    weights = {
        "same": np.ones((depth, depth)),
        "linear": share,
        "quadratic": share**2,
        "reciprocal": np.broadcast_to(1 / (1 + step), (depth, depth)),
        "exponential": np.broadcast_to(np.exp(-step / scale), (depth, depth)),
    }
    return _f32(weights[kind])


def _steps(scale: float, before: float) -> F32:
    """Return the weight by place after the shared item, float32 (2 * REACH + 1,)."""
    place = np.arange(-REACH, REACH + 1)
    distance = np.maximum(np.abs(place) - 1, 0)
    near = np.exp(-distance / scale) if scale else np.ones(place.size)
    return _f32(near * np.where(place < 0, before, 1.0))


def _f32(values: NDArray[np.floating]) -> F32:
    return np.ascontiguousarray(values, dtype=np.float32)
