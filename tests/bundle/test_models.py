"""LightGBM's text as a function: by tables or by LightGBM, the same bits and the same refusals."""

import lightgbm as lgb
import numpy as np
import pytest

from bundle.models import TreeModel


@pytest.fixture(scope="module")
def booster():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(600, 4))
    data = lgb.Dataset(x, (x[:, 0] + x[:, 1] > 0).astype(float))
    trained = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 20)
    return lgb.Booster(model_str=trained.model_to_string())


@pytest.mark.parametrize("rows", [1, 63, 64, 500])
def test_few_rows_and_many_are_scored_to_the_same_bits(booster, rows):
    x = np.random.default_rng(6).normal(size=(rows, 4)).astype(np.float32)

    found = TreeModel(booster.model_to_string())(x)

    np.testing.assert_array_equal(found, booster.predict(x, num_threads=1))


@pytest.mark.parametrize("rows", [1, 500])
def test_a_column_too_many_is_refused_however_many_rows(booster, rows):
    with pytest.raises(lgb.basic.LightGBMError, match="number of features"):
        TreeModel(booster.model_to_string())(np.zeros((rows, 5)))


def test_many_rows_do_not_go_through_lightgbm(booster, monkeypatch):
    model = TreeModel(booster.model_to_string())
    monkeypatch.setattr(lgb.Booster, "predict", lambda *_, **__: pytest.fail("went through"))

    assert model(np.zeros((64, 4))).shape == (64,)
