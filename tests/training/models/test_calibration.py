"""Calibrations against the maps that made the data, and the choice among them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from decisioning.calibration import CalibrationCurve, CalibrationTable
from training.models.calibration import choose_calibration, fit_beta, fit_platt


def answers(p: np.ndarray, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(p.size) < p).astype(np.float64)


def test_platt_finds_the_line_that_made_the_outcomes() -> None:
    raw = np.random.default_rng(1).uniform(0.02, 0.98, 40_000)
    curve = fit_platt(raw, answers(expit(0.6 * logit(raw) - 0.4), 2))
    a, b, c = curve.coefficients
    assert a == b == pytest.approx(0.6, abs=0.03)
    assert c == pytest.approx(-0.4, abs=0.03)


def test_beta_finds_the_curve_that_made_the_outcomes() -> None:
    raw = np.random.default_rng(3).uniform(0.01, 0.99, 60_000)
    truth = expit(0.5 * np.log(raw) - 1.6 * np.log1p(-raw) + 0.3)
    curve = fit_beta(raw, answers(truth, 4))
    np.testing.assert_allclose(curve.coefficients, [0.5, 1.6, 0.3], atol=0.08)
    np.testing.assert_allclose(curve.apply(raw).mean, truth, atol=0.01)


def test_its_interval_covers_the_curve() -> None:
    """Fitted on 60 draws of 500 rows, nine in ten intervals hold the true rate."""
    raw = np.random.default_rng(5).uniform(0.02, 0.98, 500)
    truth = expit(0.8 * logit(raw) + 0.2)
    at = np.array([0.1, 0.4, 0.8])
    told = [fit_platt(raw, answers(truth, seed)).apply(at) for seed in range(60)]
    right = expit(0.8 * logit(at) + 0.2)
    share = np.mean([(t.low <= right) & (right <= t.high) for t in told])
    assert 0.83 <= share <= 0.97


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(30, 200), st.floats(-3, 3))
def test_a_curve_keeps_the_order_of_scores(seed: int, n: int, slope: float) -> None:
    """Even where the outcomes run against the scores: then everybody gets one rate."""
    raw = np.random.default_rng(seed).uniform(0, 1, n)
    y = answers(expit(slope * (raw - 0.5) * 4), seed + 1)
    grid = np.linspace(0, 1, 40)
    for curve in (fit_platt(raw, y), fit_beta(raw, y)):
        said = curve.apply(grid)
        assert (np.diff(said.mean) >= -1e-12).all()
        assert np.isfinite(said.high).all()
        assert ((said.low <= said.mean) & (said.mean <= said.high)).all()


def test_scores_that_tell_the_outcomes_apart_wholly_are_still_no_certainty() -> None:
    raw = np.r_[np.full(40, 0.1), np.full(40, 0.9)]
    y = np.r_[np.zeros(40), np.ones(40)]
    for curve in (fit_platt(raw, y), fit_beta(raw, y)):
        said = curve.apply(np.array([0.1, 0.9])).mean
        assert 0 < said[0] < 0.05
        assert 0.95 < said[1] < 1


def test_the_rows_choose() -> None:
    """A line where a line made them, steps where a staircase did and there are rows to see it."""
    rng = np.random.default_rng(6)
    raw = rng.uniform(0.02, 0.98, 4000)
    line = choose_calibration(raw, answers(expit(0.7 * logit(raw)), 7), np.arange(4000), seed=1)
    assert line.method == "platt"
    assert isinstance(line.calibration, CalibrationCurve)
    stairs = np.where(raw < 0.3, 0.05, np.where(raw < 0.6, 0.5, 0.6))
    steps = choose_calibration(raw, answers(stairs, 8), np.arange(4000), seed=1)
    assert steps.method == "isotonic"
    assert isinstance(steps.calibration, CalibrationTable)
    assert steps.losses["isotonic"] < steps.losses["platt"]


def test_a_customers_rows_stay_in_one_fold() -> None:
    """Outcomes that only repeat themselves look learnable unless a customer's rows are together."""
    rng = np.random.default_rng(9)
    raw = np.repeat(rng.uniform(0.4, 0.6, 60), 40)
    y = np.repeat((rng.random(60) < 0.5).astype(float), 40)
    apart = choose_calibration(raw, y, np.arange(raw.size), seed=1).losses["isotonic"]
    together = choose_calibration(raw, y, np.repeat(np.arange(60), 40), seed=1).losses["isotonic"]
    assert together > apart + 0.05
