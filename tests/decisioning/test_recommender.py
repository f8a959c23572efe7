"""Candidates and the features of a pair, against a dictionary and a dense product."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.recommender.candidates import (
    EVERY_GOAL,
    SEARCHED,
    WIDTHS,
    Candidates,
    find_candidates,
)
from decisioning.recommender.family import FAMILY
from decisioning.recommender.pairs import PAIR_FEATURES, find_history, pair_features
from decisioning.recommender.state import NEVER, RecommenderState
from tests.decisioning.support import make_state, quick, same

SEEDS = st.integers(0, 10_000)


def every_pair(state: RecommenderState) -> tuple[np.ndarray, np.ndarray]:
    customer, item = np.divmod(np.arange(state.n_customers * state.n_items), state.n_items)
    return customer, item


def history_of(state: RecommenderState) -> dict[tuple[int, int], int]:
    history = state.history
    customer = np.repeat(np.arange(state.n_customers), np.diff(history.pointer))
    return {
        pair: k for k, pair in enumerate(zip(customer.tolist(), history.item.tolist(), strict=True))
    }


@quick
@given(SEEDS, st.integers(1, 6), st.integers(1, 30), st.sampled_from([0.1, 0.5, 1.0]), st.randoms())
def test_the_history_is_found_as_in_a_dictionary(seed, n_customers, n_items, density, random):
    state = make_state(seed, n_customers, n_items, density)
    expected = history_of(state)
    if not expected:
        return
    pairs = [(c, i) for c in range(n_customers) for i in range(n_items)] * 2
    random.shuffle(pairs)
    customer, item = np.array(pairs).T
    position, seen = find_history(state, customer, item)
    assert seen.tolist() == [pair in expected for pair in pairs]
    assert position[seen].tolist() == [expected[pair] for pair in pairs if pair in expected]


@quick
@given(SEEDS, st.integers(1, 4), st.integers(1, EVERY_GOAL.popular), st.floats(0, 1))
def test_a_small_catalogue_is_all_candidate(seed, n_customers, n_items, share):
    state = make_state(seed, n_customers, n_items, 0.1)
    customers = np.arange(n_customers)[::-1]
    allowed = np.random.default_rng(seed).random((n_customers, n_items)) < share
    found = find_candidates(state, customers, allowed)
    key = found.row * n_items + found.item
    assert (np.diff(key) > 0).all(), "sorted, and each once"
    assert set(np.flatnonzero(allowed)) <= set(key.tolist())


@pytest.fixture(scope="module")
def large() -> RecommenderState:
    return make_state(8, 3, 900, 0.3)


@pytest.mark.parametrize("widths", [EVERY_GOAL, *WIDTHS.values()], ids=["every goal", *WIDTHS])
def test_the_search_is_for_the_best_of_what_is_allowed(large, widths):
    allowed = np.random.default_rng(0).random((3, 900)) < 0.4
    found = find_candidates(large, np.arange(3), allowed, widths=widths)
    score_of = {name: model.score(large.histories) for name, model in large.models.items()}
    expected = history_of(large)
    for row in range(3):
        held = set(found.item[found.row == row].tolist())
        mine = {item: k for (c, item), k in expected.items() if c == row}
        strongest = sorted(mine, key=lambda i: -large.history.strength[mine[i]])
        found_here = set(strongest[: widths.history])
        found_here |= set([i for i in strongest if allowed[row, i]][: widths.history])
        popular = large.items.by_popularity
        found_here |= set(popular[: widths.popular].tolist())
        found_here |= set(popular[allowed[row, popular]][: widths.popular].tolist())
        for name in set(SEARCHED) & set(large.models):
            score = score_of[name][row]
            new = [i for i in np.argsort(-score) if i not in mine and score[i] > 0]
            found_here |= set(new[: widths.searched])
            found_here |= set([i for i in new if allowed[row, i]][: widths.searched])
        assert found_here == held
        assert len(held) < 900


def test_the_scores_of_the_search_are_the_product(large):
    found = find_candidates(large, np.array([2, 0]), np.ones((1, 900), dtype=np.bool_))
    asked = large.histories.of(np.array([2, 0]))
    assert set(found.scores) == {"ials", "item_knn", "ease"}
    for name, scores in found.scores.items():
        dense = large.models[name].score(asked)
        np.testing.assert_allclose(scores, dense[found.row, found.item], rtol=1e-4, atol=1e-6)
    speaks = (found.scores["item_knn"] > 0) | (found.scores["ease"] > 0)
    np.testing.assert_array_equal(found.similar, speaks)


def test_a_state_without_models_is_served_from_history_and_popularity(large):
    bare = replace(large, models={})
    found = find_candidates(bare, np.arange(3), np.ones((1, 900), dtype=np.bool_))
    assert found.scores == {}
    assert not found.similar.any()
    features = dict(zip(PAIR_FEATURES, pair_features(bare, found).T, strict=True))
    assert all(not features[name].any() for name in FAMILY)
    whole = find_candidates(large, np.arange(3), np.ones((1, 900), dtype=np.bool_))
    assert 300 < found.item.size < whole.item.size


def test_one_mask_for_all_is_the_mask_of_each(large):
    mask = np.random.default_rng(1).random((1, 900)) < 0.5
    shared = find_candidates(large, np.arange(3), mask)
    assert same(shared, find_candidates(large, np.arange(3), np.repeat(mask, 3, axis=0)))


@pytest.mark.parametrize("n_factors", [8, 50, 64])
def test_the_features_of_a_pair_do_not_depend_on_the_block(n_factors: int):
    state = make_state(5, 6, 150, 0.2, n_factors)
    together = find_candidates(state, np.arange(6), np.ones((1, 150), dtype=np.bool_))
    features = pair_features(state, together)
    assert features.dtype == np.float32
    assert not np.isnan(features).any()
    assert np.array_equal(pair_features(state, together.take(together.row >= 0)), features)
    for row in range(6):
        alone = find_candidates(state, np.array([row]), np.ones((1, 150), dtype=np.bool_))
        assert same(pair_features(state, alone), features[together.row == row])
    one = together.take(np.arange(together.item.size) == 100)
    assert same(pair_features(state, one), features[100:101])


def test_each_feature_is_what_it_is_called():
    state = make_state(6, 4, 30, 0.3)
    customer, item = every_pair(state)
    zeros = np.zeros(item.size, dtype=np.float32)
    found = pair_features(
        state, Candidates(np.arange(4), customer, item, {"ease": zeros + 3, "ials": zeros + 2})
    ).astype(np.float64)
    history, items, people, affinity = (
        state.history, state.items, state.customers, state.affinity,
    )  # fmt: skip
    position = history_of(state)
    types = {key: k for k, key in enumerate(affinity.type_key.tolist())}
    categories = {key: k for k, key in enumerate(affinity.category_key.tolist())}
    for c, i, row in zip(customer.tolist(), item.tolist(), found, strict=True):
        k = position.get((c, i))
        kind = types.get(c * 5 + int(items.type_code[i]))
        family = categories.get(c * 3 + int(items.category_code[i]))
        seen = k is not None
        orders = float(history.orders[k]) if seen else 0.0
        last = float(history.last_days[k]) if seen else float(NEVER)
        first = float(history.first_days[k]) if seen else float(NEVER)
        gap = (first - last + 2 * items.gap_days[i]) / (max(orders - 1, 0) + 2)
        decayed = history.decayed[k] if seen else np.zeros(4)
        month, recent = items.popularity[i, 1:]
        expected = {
            **{f"orders_decayed_{d}d": v for d, v in zip((10, 30, 90, 270), decayed, strict=True)},
            "orders": orders,
            "days_since_last": last,
            "days_since_first": first,
            "overdue_ratio": last / max(gap, 1) if seen else -1,
            "share_of_purchases": decayed[2] / people.mass[c],
            "popularity": items.popularity[i, 0],
            "popularity_30d": month,
            "popularity_trend": (recent + 0.002) / (month + 0.004),
            "rebuy_rate": items.rebuy_rate[i],
            "repeat_rate": items.repeat_rate[i],
            "gap_days": items.gap_days[i],
            "share_of_type": items.share_of_type[i],
            "popularity_at_location": items.popularity_at[people.location[c], i],
            **dict.fromkeys(FAMILY, 0),
            "ials": 2,
            "ease": 3,
            "type_decayed": 0 if kind is None else affinity.type_decayed[kind],
            "type_days": NEVER if kind is None else affinity.type_days[kind],
            "category_share": 0 if family is None else affinity.category_share[family],
            "visits": people.visits[c],
            "repeat_share": people.repeat_share[c],
            "newcomers_14d": items.newcomers[i, 0],
            "newcomers_30d": items.newcomers[i, 1],
            "newcomers_120d": items.newcomers[i, 2],
            "popularity_at_location_30d": items.recent_at[people.location[c], i],
            "newcomers_at_location_30d": items.newcomers_at[people.location[c], i],
        }
        named = dict(zip(PAIR_FEATURES, row, strict=True))
        assert named == pytest.approx({n: float(v) for n, v in expected.items()}, rel=1e-4)


class Dense:
    """A model that has no other answer than the scores of all items."""

    def __init__(self, model) -> None:
        self.model, self.n_items = model, model.n_items

    def score(self, histories):
        return self.model.score(histories)


def test_a_model_that_scores_all_items_finds_the_same(large):
    dense = replace(large, models={"ease": Dense(large.models["ease"])})
    own = replace(large, models={"ease": large.models["ease"]})
    mask = np.random.default_rng(4).random((3, 900)) < 0.5
    found = find_candidates(dense, np.arange(3), mask)
    assert same(found, find_candidates(own, np.arange(3), mask))
    assert same(found, find_candidates(own, np.arange(3), [*mask]))
