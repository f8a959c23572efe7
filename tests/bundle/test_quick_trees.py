"""Trees as tables give the bits of LightGBM, or say that they cannot."""

import hypothesis.strategies as st
import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings

from bundle.quick_trees import QuickTrees

PLAIN = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 1, "seed": 3}


def trained(rng, objective="binary", rows=400, columns=6, trees=12, categories=(), **parameters):
    """Train on values that are often 0, with labels that depend on them."""
    x = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < 0.7)
    x = np.round(x, rng.integers(0, 4)).astype(np.float32)
    x[:, categories] = np.abs(np.round(x[:, categories]))
    y = x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(size=rows) > 0
    groups = [rows // 2, rows - rows // 2] if objective == "lambdarank" else None
    data = lgb.Dataset(x, y.astype(float), group=groups, categorical_feature=list(categories))
    booster = lgb.train({**PLAIN, "objective": objective, **parameters}, data, trees)
    # From the text, as a bundle is read: what `train` holds may differ in the last digit.
    return x, lgb.Booster(model_str=booster.model_to_string())


def asked(rng, x, booster):
    """Rows as trained, rows at the thresholds, and values that are hard to compare."""
    other = rng.permuted(x, axis=0)
    other[0], other[1], other[2] = 0, np.inf, -np.inf
    other[3], other[4], other[5] = 1e-36, -1e-36, np.float32(1e-35)
    other[6], other[7] = -np.float32(1e-35), np.nan
    splits = [n["threshold"] for n in booster.trees_to_dataframe().to_dict("records")]
    at = np.array([s for s in splits if s == s])[:, None] * np.ones(x.shape[1])
    return np.concatenate([x, other]), at


@given(
    seed=st.integers(0, 2**32 - 1),
    objective=st.sampled_from(["binary", "regression", "lambdarank"]),
    leaves=st.sampled_from([2, 7, 31, 32]),
)
@settings(max_examples=25, deadline=None)
def test_the_same_bits_as_lightgbm(seed, objective, leaves):
    rng = np.random.default_rng(seed)
    x, booster = trained(rng, objective, num_leaves=leaves)

    quick = QuickTrees.of(booster.model_to_string())

    assert quick is not None
    for rows in asked(rng, x, booster):
        np.testing.assert_array_equal(quick(rows), booster.predict(rows, num_threads=1))


def test_one_row_is_the_same_alone_and_many_are_cut_into_blocks():
    x, booster = trained(np.random.default_rng(1), rows=2100)
    quick = QuickTrees.of(booster.model_to_string())

    together = quick(x)

    np.testing.assert_array_equal(together, booster.predict(x, num_threads=1))
    for size in (1, 2, 3, 63, 64, 65, 255, 300, 700):
        parts = [quick(x[start : start + size]) for start in range(0, 2100, size)]
        np.testing.assert_array_equal(np.concatenate(parts), together)


@given(
    seed=st.integers(0, 2**32 - 1),
    trees=st.sampled_from([1, 4, 40]),
    k=st.sampled_from([1, 70, 200]),
    share=st.sampled_from([0.0, 0.5, 1.0]),
)
@settings(max_examples=25, deadline=None)
def test_the_first_trees_choose_rows_and_all_trees_score_them(seed, trees, k, share):
    rng = np.random.default_rng(seed)
    x, booster = trained(rng, rows=150, trees=trees)
    counted = rng.random(150) < share

    kept, score = QuickTrees.of(booster.model_to_string()).best(x, counted, k)

    np.testing.assert_array_equal(score, booster.predict(x, num_threads=1)[kept])
    first = booster.predict(x, num_threads=1, num_iteration=-(-trees // 5), raw_score=True)
    rivals = np.sort(first[counted])[::-1]
    bar = rivals[k - 1] if rivals.size > k else -np.inf
    assert kept.tolist() == np.flatnonzero(first >= bar).tolist()


def test_no_rows_no_scores():
    x, booster = trained(np.random.default_rng(1))

    assert QuickTrees.of(booster.model_to_string())(x[:0]).tolist() == []


@pytest.mark.parametrize(
    "told",
    [
        {"num_leaves": 33, "rows": 2000},
        {"objective": "poisson"},
        {"linear_tree": True, "objective": "regression"},
        {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
        {"categories": [0]},
        {"zero_as_missing": True},
        {"objective": "multiclass", "num_class": 3},
        {"learning_rate": 1000.0},
    ],
)
def test_what_is_more_than_this_is_left_to_lightgbm(told):
    _, booster = trained(np.random.default_rng(2), **told)

    assert QuickTrees.of(booster.model_to_string()) is None


def test_trees_without_a_test_are_left_to_lightgbm():
    _, booster = trained(np.random.default_rng(2), min_data_in_leaf=10_000, rows=50)

    assert QuickTrees.of(booster.model_to_string()) is None


def test_values_that_may_be_missing_are_left_to_lightgbm():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(500, 3))
    y = x[:, 0] > 0
    x[rng.random(500) < 0.3, 0] = np.nan
    booster = lgb.train({**PLAIN, "objective": "binary"}, lgb.Dataset(x, y.astype(float)), 5)

    assert QuickTrees.of(booster.model_to_string()) is None
