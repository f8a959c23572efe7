"""Probabilities that are probabilities, in the order of the scores, with an honest interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from decisioning.calibration import CalibrationTable, from_prior
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
