"""What comes next in a session: candidates, features, slates, against plain loops."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.sessions.candidates import find_session_pairs
from decisioning.recommender.sessions.events import session_histories
from decisioning.recommender.sessions.features import (
    NEVER,
    SESSION_FEATURES,
    UNRANKED,
    session_features,
)
from decisioning.recommender.sessions.model import SessionModel
from decisioning.recommender.sessions.slates import blend, session_slates
from training.recommender.sessions.fit import SessionConfig, fit_sessions

N_ITEMS = 30
EVERYTHING = np.ones((1, N_ITEMS), dtype=np.bool_)
several = st.lists(st.lists(st.integers(0, N_ITEMS - 1), max_size=6), min_size=1, max_size=4)
masks = st.lists(st.booleans(), min_size=N_ITEMS, max_size=N_ITEMS)


def clicks(sessions: list[list[int]]) -> Histories:
    flat = [(row, item) for row, session in enumerate(sessions) for item in session]
    row, item = np.array(flat, dtype=np.int64).reshape(-1, 2).T
    shape = (len(sessions), N_ITEMS)
    return session_histories(row, item, np.ones(row.size, dtype=np.float32), shape)


@pytest.fixture(scope="module")
def model() -> SessionModel:
    """Of sessions that walk up the items, with steps back; the last items are never clicked."""
    draw = np.random.default_rng(3)
    past = []
    for _ in range(60):
        start = int(draw.integers(0, N_ITEMS - 8))
        past.append([start + int(k) for k in draw.integers(0, 5, draw.integers(2, 7))])
    return fit_sessions(clicks(past), SessionConfig(dimensions=6))


@given(sessions=several, mask=masks, each=st.integers(1, 12))
def test_the_candidates_are_the_best_of_each_model_and_the_session_s_own(
    model: SessionModel, sessions: list[list[int]], mask: list[bool], each: int
) -> None:
    told, allowed = clicks(sessions), np.array([mask])
    pairs = find_session_pairs(model, told, allowed, each)
    parts = (model.following, model.next_click, model.preceding, model.neighbours)
    scores = np.stack([part.score(told) for part in parts], axis=2)
    wanted = []
    for row, session in enumerate(sessions):
        mine = {item for item in session if mask[item]}
        for column in scores[row].T:
            best = sorted((-column[i], i) for i in range(N_ITEMS) if mask[i] and column[i] > 0)
            mine |= {item for _, item in best[:each]}
        wanted += [(row, item) for item in sorted(mine)]
    assert list(zip(pairs.row.tolist(), pairs.item.tolist(), strict=True)) == wanted
    np.testing.assert_array_equal(pairs.scores, scores[pairs.row, pairs.item])


@given(sessions=several)
def test_features_within_the_session_by_hand(
    model: SessionModel, sessions: list[list[int]]
) -> None:
    told = clicks(sessions)
    pairs = find_session_pairs(model, told, EVERYTHING)
    found = session_features(model, told, pairs)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    for k, (row, item) in enumerate(zip(pairs.row.tolist(), pairs.item.tolist(), strict=True)):
        session = sessions[row]
        named = dict(zip(SESSION_FEATURES, found[k].tolist(), strict=True))
        since = [len(session) - 1 - place for place, other in enumerate(session) if other == item]
        last = session[-1]
        assert named["clicks"] == len(since)
        assert named["clicks_since_last"] == (min(since) if since else NEVER)
        assert named["clicks_since_first"] == (max(since) if since else NEVER)
        steps = list(pairwise(session))
        assert named["followed_last"] == steps.count((last, item))
        assert named["session_clicks"] == len(session)
        assert named["session_items"] == len(set(session))
        assert named["last_clicks"] == session.count(last)
        assert named["popularity"] == model.items.popularity[item]
        assert named["returns"] == model.items.returns[item]
        assert named["recent"] == model.items.recent[item]
        assert named["last_popularity"] == model.items.popularity[last]
        assert named["last_returns"] == model.items.returns[last]
        vectors = model.items.vectors.astype(float)
        mean = sum(
            0.5 ** ((len(session) - 1 - place) / 2) * vectors[other]
            for place, other in enumerate(session)
        )
        mean /= max(float(np.linalg.norm(mean)), 1e-12)
        assert named["similar_to_session"] == pytest.approx(mean @ vectors[item], abs=1e-5)
        assert named["similar_to_last"] == pytest.approx(vectors[last] @ vectors[item], abs=1e-5)


@given(sessions=several)
@example(sessions=[[1, 0, 0, 0, 0]])  # all but nothing speaks for what follows 1
def test_shares_and_ranks_are_of_the_session(
    model: SessionModel, sessions: list[list[int]]
) -> None:
    told = clicks(sessions)
    pairs = find_session_pairs(model, told, EVERYTHING)
    found = session_features(model, told, pairs)
    for row in np.unique(pairs.row):
        mine = pairs.row == row
        for k in range(4):
            score, share, rank = (found[mine, k + 4 * part] for part in range(3))
            top = score.max()
            np.testing.assert_allclose(share, score / top if top > 0 else 0, rtol=1e-6)
            order = np.argsort(-score, kind="stable")
            expected = np.empty(score.size)
            expected[order] = np.arange(1, score.size + 1)
            np.testing.assert_array_equal(rank, np.where(score > 0, expected, UNRANKED))


def odd(features: NDArray[Any]) -> NDArray[np.float64]:
    """A ranker that reads every feature, with many ties."""
    weights = np.cos(np.arange(features.shape[1]))
    score: NDArray[np.float64] = np.round(features.astype(np.float64) @ weights)
    return score


@settings(max_examples=50)
@given(sessions=several, mask=masks, n=st.integers(1, 12), learned=st.booleans())
def test_slates_are_the_best_allowed_alone_or_in_a_block(
    model: SessionModel, sessions: list[list[int]], mask: list[bool], n: int, learned: bool
) -> None:
    told, allowed, ranker = clicks(sessions), np.array([mask]), odd if learned else blend
    together = session_slates(model, told, allowed, n, ranker)
    pairs = find_session_pairs(model, told, allowed)
    score = ranker(session_features(model, told, pairs)) if pairs.row.size else np.empty(0)
    for row, session in enumerate(sessions):
        mine = pairs.row == row
        ranked = sorted(zip(-score[mine], pairs.item[mine].tolist(), strict=True))[:n]
        items = [item for _, item in ranked]
        assert together.item[row].tolist() == items + [-1] * (n - len(items))
        assert all(mask[item] for item in items)
        assert session or not items
        named = together.because[row]
        assert set(named.tolist()) <= {*session, -1}
        assert (named[len(items) :] == -1).all()
        alone = session_slates(model, told.of(np.array([row])), allowed, n, ranker)
        for part in ("item", "score", "because"):
            np.testing.assert_array_equal(getattr(alone, part)[0], getattr(together, part)[row])


def test_what_nobody_knows_is_left_out() -> None:
    row, item = np.array([0, 1, 0, 0]), np.array([4, -1, -1, 2])
    told = session_histories(row, item, np.array([1, 1, 1, 2], np.float32), (3, 5))
    assert told.pointer.tolist() == [0, 2, 2, 2]
    assert told.item.tolist() == [4, 2]
    assert told.age.tolist() == [1, 0]
    assert told.weight.tolist() == [1, 2]


def test_an_item_nobody_clicked_leads_nowhere_but_to_itself(model: SessionModel) -> None:
    told = clicks([[N_ITEMS - 1], []])
    found = session_slates(model, told, EVERYTHING, 3, blend)
    assert found.item.tolist() == [[N_ITEMS - 1, -1, -1], [-1, -1, -1]]
    assert found.because.tolist() == [[-1, -1, -1], [-1, -1, -1]]
    assert not found.score.any()


def test_the_reason_leads_to_the_item(model: SessionModel) -> None:
    told = clicks([[2, 20]])
    found = session_slates(model, told, EVERYTHING, 8, blend)
    chance = model.following.chance.toarray()
    named = [(i, b) for i, b in zip(found.item[0], found.because[0], strict=True) if b >= 0]
    assert len(named) >= 4
    for item, because in named:
        other = 22 - because
        fade = {20: 1.0, 2: 0.5**0.5}
        assert chance[because, item] * fade[because] >= chance[other, item] * fade[other]
        assert chance[because, item] > 0
