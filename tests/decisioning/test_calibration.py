"""Probabilities that are probabilities, in the order of the scores, with an honest interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import beta

from decisioning.calibration import CalibrationCurve, CalibrationTable, from_prior
from decisioning.catalogue import Prior
from tests.decisioning.support import quick


@st.composite
def tables(draw):
    size = draw(st.integers(1, 6))
    total = np.array(draw(st.lists(st.integers(1, 3000), min_size=size, max_size=size)), float)
    shares = sorted(draw(st.lists(st.floats(0, 1), min_size=size, max_size=size)))
    return CalibrationTable(np.linspace(0.1, 0.9, size), np.floor(total * shares), total)


RAW = np.array([-np.inf, -5.0, 0.0, 0.1, 0.3, 0.5, np.nan, 0.7, 0.9, 7.0, np.inf])


@quick
@given(tables())
def test_a_probability_between_its_bounds(table):
    found = table.apply(RAW)
    known = ~np.isnan(RAW)
    for part in (found.mean, found.low, found.high):
        assert part.shape == RAW.shape
        assert np.isnan(part[~known]).all()
        assert ((part[known] >= 0) & (part[known] <= 1)).all()
    assert ((found.mean[known] > 0) & (found.mean[known] < 1)).all(), "nothing is certain"
    assert (found.low[known] <= found.mean[known]).all()
    assert (found.mean[known] <= found.high[known]).all()


@quick
@given(tables())
def test_a_higher_score_is_never_less_likely(table):
    raw = np.sort(RAW[~np.isnan(RAW)])
    assert (np.diff(table.apply(raw).mean) >= 0).all()


@quick
@given(st.integers(1, 3000), st.floats(0, 1), st.integers(2, 50))
def test_more_data_narrow_the_interval(total, share, factor):
    # One step: with several, more data also part steps that few data had pooled.
    rows, positives = np.array([float(total)]), np.array([np.floor(total * share)])
    edges, raw = np.array([0.5]), np.array([0.5])
    few = CalibrationTable(edges, positives, rows).apply(raw)
    many = CalibrationTable(edges, positives * factor, rows * factor).apply(raw)
    assert (many.high - many.low <= few.high - few.low + 1e-12).all()
    assert (many.strength > few.strength).all()


def test_a_step_is_the_posterior_of_what_it_was_fitted_on():
    table = CalibrationTable(np.array([0.0, 0.5]), np.array([2.0, 9.0]), np.array([20.0, 10.0]))
    overall = 11.5 / 31
    found = table.apply(np.array([[0.2], [0.5]]))
    assert found.mean.shape == (2, 1)
    for k, (positives, total) in enumerate([(2, 20), (9, 10)]):
        posterior = beta(positives + overall, total - positives + 1 - overall)
        assert found.mean[k, 0] == pytest.approx(posterior.mean())
        assert found.low[k, 0] == pytest.approx(posterior.ppf(0.05))
        assert found.high[k, 0] == pytest.approx(posterior.ppf(0.95))


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_a_table_that_saw_one_answer_only_still_has_bounds(answer: float):
    table = CalibrationTable(np.array([0.0, 0.5]), np.full(2, 8.0) * answer, np.full(2, 8.0))
    found = table.apply(np.array([0.1, 0.9]))
    assert np.isfinite([found.mean, found.low, found.high]).all()
    assert ((found.low < found.mean) & (found.mean < found.high)).all()


def test_the_prior_never_turns_the_order_of_two_steps():
    """One row without response says less than a thousand with one: they are one step."""
    positives, total = np.array([0.0, 1.0, 100.0]), np.array([1.0, 1000.0, 500.0])
    low, middle, high = (
        CalibrationTable(np.arange(3.0), positives, total).apply(np.arange(3.0)).mean
    )
    assert low == middle == pytest.approx(1 / 1000, rel=0.2)
    assert high == pytest.approx(0.2, rel=0.01)


@quick
@given(st.floats(0.0001, 0.9999), st.floats(0.1, 1e4), st.integers(0, 4))
def test_a_prior_is_its_mean_and_stronger_is_narrower(mean, strength, m):
    found, stronger = from_prior(Prior(mean, strength), m), from_prior(Prior(mean, strength * 4), m)
    np.testing.assert_allclose(found.mean, np.full(m, mean))
    assert ((found.low <= found.mean) & (found.mean <= found.high)).all()
    # Far under one observation a Beta prior lies on 0 and 1 and is narrow for that reason.
    if min(mean, 1 - mean) * strength > 1:
        assert (stronger.high - stronger.low < found.high - found.low).all()


def curve(a=0.8, b=1.3, c=0.2, spread=0.1):
    return CalibrationCurve(np.array([a, b, c]), np.eye(3) * spread**2)


def test_a_curve_is_the_formula_and_its_interval_the_delta_method():
    """Worked by hand at s = 0.25: logit p = 0.8 ln 0.25 - 1.3 ln 0.75 + 0.2."""
    found = curve().apply(np.array([0.25]))
    odds = 0.8 * np.log(0.25) - 1.3 * np.log(0.75) + 0.2
    deviation = 0.1 * np.sqrt(np.log(0.25) ** 2 + np.log(0.75) ** 2 + 1)
    sigmoid = [1 / (1 + np.exp(-(odds + z * deviation))) for z in (0, -1.6448536, 1.6448536)]
    np.testing.assert_allclose([found.mean[0], found.low[0], found.high[0]], sigmoid, rtol=1e-6)
    p = sigmoid[0]
    np.testing.assert_allclose(found.strength, 1 / (p * (1 - p) * deviation**2))


def test_a_curve_says_nothing_of_nan_and_is_never_certain():
    found = curve().apply(np.array([[0.0, np.nan], [1.0, 0.5]]))
    assert np.isnan(found.mean).tolist() == [[False, True], [False, False]]
    assert np.isnan(found.strength[0, 1])
    told = found.mean[~np.isnan(found.mean)]
    assert ((told > 0) & (told < 1)).all()


def test_a_curve_gives_one_row_the_bits_of_a_batch():
    raw = np.random.default_rng(3).random(257)
    batch = curve().apply(raw)
    for k in (0, 100, 256):
        one = curve().apply(raw[k : k + 1])
        assert one.mean[0] == batch.mean[k]
        assert one.high[0] == batch.high[k]


def test_a_curve_without_doubt_still_has_an_interval():
    found = curve(spread=0.0).apply(np.array([0.3]))
    assert np.isfinite(found.strength).all()
    assert found.low <= found.mean <= found.high


@pytest.mark.parametrize("shape", [(), (1,), (40,), (4, 5)])
def test_a_curve_says_what_its_formula_says_to_the_last_bit(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    spread = rng.normal(size=(3, 3))
    curve = CalibrationCurve(np.array([0.9, 1.2, -0.4]), spread @ spread.T / 10)
    raw = rng.random(shape)
    terms = [np.log(raw), -np.log1p(-raw), np.ones_like(raw)]
    odds = sum(w * t for w, t in zip(curve.coefficients, terms, strict=True))
    variance = np.zeros(shape)
    for i in range(3):
        for j in range(3):
            variance = variance + curve.covariance[i, j] * terms[i] * terms[j]
    said = curve.apply(raw)
    mean = expit(odds)
    np.testing.assert_array_equal(said.mean, mean)
    np.testing.assert_array_equal(said.strength, 1.0 / (mean * (1.0 - mean) * variance))


def test_as_many_curves_as_scores_are_each_its_own() -> None:
    rng = np.random.default_rng(4)
    curves = [CalibrationCurve(rng.random(3), np.eye(3) * rng.random()) for _ in range(5)]
    raw = rng.random(5)
    raw[2] = np.nan
    together = CalibrationCurve(
        np.stack([c.coefficients for c in curves], axis=-1),
        np.stack([c.covariance for c in curves], axis=-1),
    ).apply(raw)
    for k, curve in enumerate(curves):
        alone = curve.apply(raw[k : k + 1])
        for part in ("mean", "low", "high", "strength"):
            np.testing.assert_array_equal(getattr(together, part)[k : k + 1], getattr(alone, part))
