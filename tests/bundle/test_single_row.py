"""One row, scored to the last bit as LightGBM's own call scores it."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import lightgbm as lgb
import numpy as np
import pytest
from numpy.typing import NDArray

from bundle.models import TreeModel
from bundle.single_row import SingleRow

PARAMS = {
    "verbosity": -1,
    "num_threads": 1,
    "min_data_in_leaf": 5,
    "seed": 1,
    "deterministic": True,
}


def rows(seed: int, count: int = 300) -> NDArray[np.float64]:
    drawn = np.random.default_rng(seed).normal(size=(count, 6))
    drawn[drawn > 1.0] = np.nan
    return drawn


def booster(objective: str) -> lgb.Booster:
    x = rows(0)
    filled = np.nan_to_num(x)
    y = filled[:, 0] + filled[:, 1] * filled[:, 2] > 0
    told = {"label": y.astype(float)} | ({"group": [150, 150]} if objective == "lambdarank" else {})
    return lgb.train({**PARAMS, "objective": objective}, lgb.Dataset(x, **told), 30)


@pytest.fixture(scope="module", params=["binary", "regression", "lambdarank"])
def trained(request: pytest.FixtureRequest) -> lgb.Booster:
    return booster(request.param)


def test_every_bit_is_that_of_a_matrix(trained: lgb.Booster) -> None:
    alone, x = SingleRow(trained), rows(2)
    expected = trained.predict(x, num_threads=1)
    np.testing.assert_array_equal([alone(row) for row in x], expected)


def test_float32_and_strided_rows_are_read_as_they_are(trained: lgb.Booster) -> None:
    alone, x = SingleRow(trained), rows(3)
    short = x.astype(np.float32)
    expected = trained.predict(short, num_threads=1)
    np.testing.assert_array_equal([alone(row) for row in short], expected)
    by_column = np.asfortranarray(x)
    assert alone(by_column[7]) == alone(x[7])


def test_a_model_takes_one_row_as_it_takes_many(trained: lgb.Booster) -> None:
    model, x = TreeModel(trained.model_to_string()), rows(4)
    one_by_one = np.concatenate([model(x[k : k + 1]) for k in range(len(x))])
    np.testing.assert_array_equal(one_by_one, trained.predict(x, num_threads=1))


def test_threads_do_not_meet(trained: lgb.Booster) -> None:
    alone, x = SingleRow(trained), rows(5)
    expected = trained.predict(x, num_threads=1)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(alone, np.tile(x, (8, 1))))
    np.testing.assert_array_equal(found, np.tile(expected, 8))


def test_it_is_freed_with_its_booster() -> None:
    held = booster("binary")
    alone = SingleRow(held)
    gone = weakref.ref(held)
    assert np.isfinite(alone(np.zeros(6)))
    del alone, held
    gc.collect()
    assert gone() is None
