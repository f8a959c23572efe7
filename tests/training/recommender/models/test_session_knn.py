"""Session neighbours: the index answers as a search through every session would."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.session_knn import SessionKnn
from tests.training.recommender.models.suite import ScorerSuite, drawn, histories_of
from training.recommender.models.session_knn import (
    REACH,
    S_KNN,
    STAN,
    VS_KNN,
    SessionKnnConfig,
    fit_session_knn,
)

N_ITEMS = 9
METHODS = {
    "s-knn": replace(S_KNN, sample=4, neighbours=2),
    "vs-knn": replace(VS_KNN, sample=5, neighbours=3, depth=3, rarity=1.0, item_rarity=1.0),
    "quadratic": replace(VS_KNN, position="quadratic", match="linear", sample=3, neighbours=3),
    "stan": replace(STAN, sample=6, neighbours=3, before=0.5, position_scale=2.0),
}
sessions = st.lists(st.lists(st.integers(0, N_ITEMS - 1), max_size=6), max_size=12)


def clicked(clicks: list[list[int]], n_items: int = N_ITEMS) -> Histories:
    return histories_of(
        [[(item, float(len(s) - 1 - k), 0) for k, item in enumerate(s)] for s in clicks], n_items
    )


class TestSessionKnn(ScorerSuite):
    def fit(self, histories: Histories) -> SessionKnn:
        return fit_session_knn(histories, VS_KNN)


@pytest.mark.parametrize("method", METHODS)
@given(past=sessions, now=st.lists(st.integers(0, N_ITEMS - 1), max_size=7))
def test_the_index_answers_as_brute_force(
    method: str, past: list[list[int]], now: list[int]
) -> None:
    config = METHODS[method]
    model = fit_session_knn(clicked(past), config)
    found = model.score(clicked([now]))[0]
    np.testing.assert_allclose(found, brute_force(past, now, config), rtol=1e-4, atol=1e-7)


def by_last_click(session: list[int]) -> list[int]:
    return list(dict.fromkeys(session[::-1]))[::-1]


def decay(kind: str, scale: float, step: int, count: int) -> float:
    return {
        "same": 1.0,
        "linear": 1 - step / count,
        "quadratic": (1 - step / count) ** 2,
        "reciprocal": 1 / (1 + step),
        "exponential": float(np.exp(-step / scale)),
    }[kind]


def brute_force(past: list[list[int]], now: list[int], c: SessionKnnConfig) -> list[float]:
    """The papers' loops over every past session, in plain Python."""
    kept = [by_last_click(session) for session in past]
    recent = by_last_click(now)[::-1][: c.depth]
    rarity = [
        max(np.log(max(len(kept), 1) / max(sum(i in s for s in kept), 1)), 0.01)
        for i in range(N_ITEMS)
    ]
    sharing = [k for k, session in enumerate(kept) if set(session) & set(recent)][-c.sample :]
    similar = []
    for k in sharing:
        shared = [step for step, item in enumerate(recent) if item in kept[k]]
        total = sum(
            decay(c.position, c.position_scale, step, len(recent))
            * rarity[recent[step]] ** c.rarity
            for step in shared
        )
        total /= len(kept[k]) ** c.length_power
        if c.session_half_life:
            total *= 0.5 ** ((len(kept) - 1 - k) / len(kept) / c.session_half_life)
        # As the index: ties are those of float32 weights.
        similar.append((round(float(total), 6), k, shared[0]))
    scores = [0.0] * N_ITEMS
    for total, k, step in sorted(similar, reverse=True)[: c.neighbours]:
        anchor = kept[k].index(recent[step])
        match = decay(c.match, c.match_scale, step, len(recent))
        for place, item in enumerate(kept[k]):
            distance = max(abs(place - anchor) - 1, 0)
            near = float(np.exp(-distance / c.step_scale)) if c.step_scale else 1.0
            near *= c.before if place < anchor else 1.0
            scores[item] += total * match * near * rarity[item] ** c.item_rarity
    return scores


def test_only_the_most_recent_sessions_of_an_item_are_indexed() -> None:
    model = fit_session_knn(clicked([[0, 1], [0, 2], [0, 3]]), replace(S_KNN, sample=2))
    assert model.posting.size == 5
    np.testing.assert_array_equal(model.score(clicked([[0]]))[0] > 0, [1, 0, 1, 1, 0, 0, 0, 0, 0])


def test_of_equally_similar_sessions_the_more_recent_speaks() -> None:
    model = fit_session_knn(clicked([[0, 1], [0, 2]]), replace(S_KNN, neighbours=1))
    np.testing.assert_array_equal(model.score(clicked([[0]]))[0, :3] > 0, [True, False, True])


def test_beyond_the_reach_all_places_count_the_same() -> None:
    long = list(range(REACH + 3))
    model = fit_session_knn(clicked([long], 30), replace(STAN, step_scale=2.0))
    scores = model.score(clicked([[0]], 30))[0]
    assert scores[REACH - 1] > scores[REACH]
    assert scores[REACH] == scores[REACH + 2] > 0


def test_the_reason_is_the_item_that_brought_the_neighbours() -> None:
    model = fit_session_knn(clicked([[0, 5], [1, 5], [1, 5], [2, 6]]), S_KNN)
    because = model.explain(clicked([[0, 1], [0, 1], []]), np.array([5, 6, 5]))
    assert because.item.tolist() == [1, -1, -1]
    np.testing.assert_allclose(because.share, [2 / 3, 0, 0], rtol=1e-6)


def test_a_block_of_nobody_has_no_scores() -> None:
    model = fit_session_knn(drawn(1), VS_KNN)
    assert model.score(drawn(1).of(np.empty(0, dtype=np.int64))).shape == (0, 50)
