"""What a linear model says a contact adds."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from decisioning.customers.uplift import AS_IT_IS, LinearUplift, calibrated
from tests.decisioning.customers.test_linear import DESIGN

Z = 1.6448536269514722
SHOWN, HELD = np.array([0.2, 0.5, 0.0, 0.0, 0.1]), np.array([-0.1, 0.2, 0.0, 0.3, 0.0])
SPREAD = 0.1 * np.eye(5)
NONE = np.zeros((5, 5))
MODEL = LinearUplift(
    **vars(DESIGN),
    logistic=1,
    shown=SHOWN,
    held=HELD,
    shown_spread=np.hstack([SPREAD, NONE]),
    held_spread=np.hstack([NONE, 2 * SPREAD]),
    calibration=np.array(AS_IT_IS),
)
X = np.array([[6.0, 1.0], [np.nan, 0.0], [np.nan, np.nan], [3.0, 0.5]])


def test_probabilities_and_the_delta_method():
    said, terms = MODEL.predict(X), np.column_stack([np.ones(4), DESIGN.lay(X)])
    p, q = expit(terms @ SHOWN), expit(terms @ HELD)
    norm = np.sqrt((terms**2).sum(axis=1))
    error = np.hypot(p * (1 - p) * 0.1 * norm, q * (1 - q) * 0.2 * norm)
    known = [0, 1, 3]
    np.testing.assert_allclose(said.mean[known], (p - q)[known])
    np.testing.assert_allclose((said.high - said.mean)[known], (Z * error)[known])
    assert np.isnan([said.mean[2], said.low[2], said.high[2]]).all()


def test_figures_that_are_linear_themselves():
    said, terms = (
        replace(MODEL, logistic=0).predict(X),
        np.column_stack([np.ones(4), DESIGN.lay(X)]),
    )
    known = [0, 1, 3]
    np.testing.assert_allclose(said.mean[known], (terms @ (SHOWN - HELD))[known])
    error = np.sqrt(0.05 * (terms**2).sum(axis=1))
    np.testing.assert_allclose((said.mean - said.low)[known], (Z * error)[known])


def test_more_rows_than_are_scored_at_a_time():
    many = np.tile(X, (2500, 1))
    said = MODEL.predict(many)
    np.testing.assert_array_equal(
        said.mean.reshape(-1, 4), np.tile(MODEL.predict(X).mean, (2500, 1))
    )


@pytest.mark.parametrize(("slope", "kept"), [(2.0, 2.0), (0.5, 1.0)])
def test_calibration_moves_the_mean_and_never_narrows_the_model_s_own_error(slope, kept):
    mean, variance = np.array([0.1, 0.3]), np.array([0.01, 0.04])
    said = calibrated(mean, variance, np.array([0.05, slope, 0.2, 0.002, 0.1]))
    np.testing.assert_allclose(said.mean, 0.05 + slope * (mean - 0.2))
    error = np.sqrt(kept**2 * variance + 0.002 + 0.1 * 0.1**2)
    np.testing.assert_allclose(said.high - said.mean, Z * error)
    np.testing.assert_allclose(said.mean - said.low, Z * error)
