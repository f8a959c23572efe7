"""All models on one customer at once say what each says by itself, to the last bit."""

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bundle.grove import Grove, fits
from bundle.models import Classifier, ScoringModel, TreeModel
from bundle.panel import Panel
from bundle.tree_text import read_trees
from decisioning.calibration import CalibrationCurve, CalibrationTable
from decisioning.customers.linear import Design
from decisioning.customers.logistic import LogisticModel

PARTS = ("mean", "low", "high", "strength")
COLUMNS = {f"c{k}": k for k in range(9)}
CURVE = CalibrationCurve(np.array([0.9, 1.1, -0.2]), np.eye(3) * 0.01 + 0.001)
OTHER = CalibrationCurve(np.array([1.3, 0.4, 0.1]), np.eye(3) * 0.2 - 0.01)
TABLE = CalibrationTable(np.array([0.0, 0.5]), np.array([2.0, 9.0]), np.array([30.0, 20.0]))


def rows(seed: int, count: int, columns: int) -> NDArray[np.float64]:
    """Rows with what is hard to compare: nulls, infinities, and numbers next to 0."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(count, columns)), 2)
    hard = np.array([np.nan, np.inf, -np.inf, 0.0, 1e-36, -1e-36, np.float32(1e-35), 2e-35])
    places = rng.random(x.shape) < 0.35
    x[places] = rng.choice(hard, places.sum(), p=[0.65, *[0.05] * 7])
    return x


def trees(seed: int, columns: int, **parameters: object) -> TreeModel:
    rng = np.random.default_rng(seed)
    x = rows(seed, 300, columns)
    y = np.nan_to_num(x[:, 0]) + rng.normal(size=300) + np.isnan(x[:, 1]) > 0.3
    told = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 2, "seed": 1}
    data = lgb.Dataset(x, y.astype(float))
    booster = lgb.train({**told, "objective": "binary", **parameters}, data, 9)
    return TreeModel(booster.model_to_string())


def model(seed: int, calibration: object, **parameters: object) -> ScoringModel:
    names = tuple(np.random.default_rng(seed).permutation(list(COLUMNS))[: 3 + seed % 4].tolist())
    return ScoringModel(names, trees(seed, len(names), **parameters), calibration)  # type: ignore[arg-type]


def logistic(calibration: CalibrationCurve | CalibrationTable) -> LogisticModel:
    two, three = np.array([0.5, 1.0]), np.array([0, 0, 1])
    scale = np.array([1.0, 2.0, 3.0])
    kind, knot = np.array([0, 1, 2]), np.array([0.0, 0.2, 0.0])
    design = Design(("c1", "c7"), two, two - 9, two + 9, three, kind, knot, np.ones(3), scale)
    return LogisticModel(design, np.array([0.1, 1.0, -2.0, 0.5]), calibration)


def assert_alike(models: dict[str, Classifier], profiles: NDArray[np.float64]) -> None:
    panel = Panel.of(models, COLUMNS)
    for k in range(len(profiles)):
        row = profiles[k : k + 1]
        told = panel.score(row)
        assert list(told) == list(models)
        for name, one in models.items():
            alone = one.score(row, panel.positions[name])
            for part in PARTS:
                np.testing.assert_array_equal(getattr(told[name], part), getattr(alone, part), name)


MODELS: dict[str, Classifier] = {
    "a": model(1, CURVE, num_leaves=8),
    "l": logistic(OTHER),
    "b": model(2, OTHER, num_leaves=5, use_missing=False),
    "t": model(3, TABLE, num_leaves=8),
    "lt": logistic(TABLE),
    "c": model(4, CURVE, num_leaves=2),
}


def test_one_customer_is_told_what_each_model_says() -> None:
    x = rows(11, 60, len(COLUMNS))
    x[3] = np.nan
    x[4, 4:] = np.nan
    assert_alike(MODELS, x)
    assert set(Panel.of(MODELS, COLUMNS).names) == {"a", "b", "t", "c", "l"}


@pytest.mark.parametrize("leaves", [12, 31, 60])
def test_longer_words_for_larger_trees(leaves: int) -> None:
    assert_alike({"x": model(5, CURVE, num_leaves=leaves), **MODELS}, rows(12, 25, len(COLUMNS)))


@pytest.mark.parametrize("parameters", [{"num_leaves": 90}, {"zero_as_missing": True}])
def test_what_cannot_be_laid_out_is_asked_alone(parameters: dict[str, object]) -> None:
    odd = {"odd": model(6, CURVE, **parameters)}
    assert "odd" not in Panel.of(odd, COLUMNS).names
    assert_alike(odd, rows(13, 10, len(COLUMNS)))
    assert_alike(odd | MODELS, rows(13, 10, len(COLUMNS)))


def test_a_model_without_inputs_says_nothing() -> None:
    empty = replace(logistic(CURVE).design, columns=(), fill=np.empty(0), least=np.empty(0))
    none = replace(
        empty, most=np.empty(0), source=np.empty(0, int), kind=np.empty(0, int),
        knot=np.empty(0), centre=np.empty(0), scale=np.empty(0),
    )  # fmt: skip
    models = {"n": LogisticModel(none, np.array([0.4]), CURVE), **MODELS}
    assert_alike(models, rows(14, 5, len(COLUMNS)))
    assert Panel.of({}, COLUMNS).score(rows(14, 1, 9)) == {}


@pytest.mark.parametrize("count", [0, 2, 5])
def test_a_block_goes_through_each_model(count: int) -> None:
    panel, x = Panel.of(MODELS, COLUMNS), rows(15, count, len(COLUMNS))
    for name, told in panel.score(x).items():
        alone = MODELS[name].score(x, panel.positions[name])
        np.testing.assert_array_equal(told.mean, alone.mean)


@given(seed=st.integers(0, 2**32 - 1), leaves=st.sampled_from([2, 3, 8, 9, 33]))
@settings(max_examples=15, deadline=None)
def test_a_grove_has_the_bits_of_lightgbm(seed: int, leaves: int) -> None:
    many = [trees(seed + k, 4, num_leaves=leaves, learning_rate=0.3) for k in range(3)]
    forests = [read_trees(one.text) for one in many]
    assert all(f is not None and fits(f) for f in forests)
    grove = Grove.of([f for f in forests if f], [np.arange(k, k + 4) for k in range(3)])
    for row in rows(seed, 20, 6):
        alone = [one(row[None, k : k + 4])[0] for k, one in enumerate(many)]
        np.testing.assert_array_equal(grove(row), alone)


def test_a_sum_without_a_logistic_function_stays_a_sum() -> None:
    plain = trees(21, 4, objective="regression")
    forest = read_trees(plain.text)
    assert forest is not None
    grove = Grove.of([forest], [np.arange(4)])
    x = rows(21, 20, 4)
    np.testing.assert_array_equal([grove(row)[0] for row in x], plain._booster.predict(x))


def test_trees_that_test_nothing_are_asked_alone() -> None:
    constant = {"k": model(7, CURVE, min_data_in_leaf=400)}
    assert Panel.of(constant, COLUMNS).names == ()
    assert_alike(constant | MODELS, rows(22, 5, len(COLUMNS)))
