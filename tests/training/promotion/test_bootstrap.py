"""Intervals over customers, and the losses they are of."""

import numpy as np
import pytest

from tests.training.promotion.made import ids
from training.promotion.bootstrap import clustered_mean
from training.promotion.losses import log_losses, relative_errors


def test_rows_of_one_customer_are_not_independent() -> None:
    draw = np.random.default_rng(1)
    alone = draw.normal(0, 1, 100)
    wide = clustered_mean(np.repeat(alone, 9), np.repeat(ids(100), 9), confidence=0.95,
                          resamples=1000, seed=2)  # fmt: skip
    narrow = clustered_mean(np.repeat(alone, 9), ids(900), confidence=0.95, resamples=1000, seed=2)
    once = clustered_mean(alone, ids(100), confidence=0.95, resamples=1000, seed=2)
    assert (wide.value, wide.n) == (pytest.approx(once.value), 100)
    assert (wide.low, wide.high) == (pytest.approx(once.low), pytest.approx(once.high))
    assert wide.high - wide.low > 2.5 * (narrow.high - narrow.low)


def test_the_interval_covers_as_often_as_it_says() -> None:
    draw = np.random.default_rng(3)
    held = 0
    for seed in range(200):
        found = clustered_mean(
            draw.normal(1, 1, 80), ids(80), confidence=0.9, resamples=300, seed=seed
        )
        held += found.low <= 1 <= found.high
    assert 165 <= held <= 195


def test_nothing_has_no_mean() -> None:
    found = clustered_mean(np.empty(0), ids(0), confidence=0.9, resamples=300, seed=0)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.n == 0


def test_losses() -> None:
    y = np.array([1.0, 0.0, 1.0])
    np.testing.assert_allclose(
        log_losses(y, np.array([0.5, 0.25, 0.0])), [np.log(2), -np.log(0.75), -np.log(1e-6)]
    )
    said = np.array([2.0, 0.0, 0.0])
    np.testing.assert_allclose(relative_errors(y, said, said), [1.5, 0.0, 1.5])
    np.testing.assert_array_equal(relative_errors(y, y, y), [0, 0, 0])
    assert relative_errors(np.empty(0), np.empty(0), np.empty(0)).size == 0
