"""Regressions whose penalties the data choose."""

import numpy as np
import pytest
from scipy.special import expit

from training.models.uplift.bayes import by_column, fit_logistic, fit_ridge

GROUP = by_column(np.array([0, 1, 2]))


def draw(n: int, seed: int, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    terms = np.column_stack([np.ones(n), rng.standard_normal((n, 3))])
    return terms, (rng.random(n) < expit(terms @ truth)).astype(float)


def test_logistic_finds_what_is_there_and_shrinks_what_is_not():
    truth = np.array([-1.0, 0.8, 0.0, 0.0])
    terms, y = draw(20_000, 1, truth)
    found = fit_logistic(terms, y, np.ones(len(y)), GROUP)
    np.testing.assert_allclose(found.mean, truth, atol=0.06)
    free = fit_logistic(terms, y, np.ones(len(y)), np.full(4, -1))
    assert np.abs(found.mean[2:]).max() < np.abs(free.mean[2:]).max()


def test_the_covariance_is_how_far_fits_lie_from_the_truth():
    truth = np.array([-1.0, 0.5, -0.3, 0.2])
    z = []
    for seed in range(40):
        terms, y = draw(1500, seed, truth)
        found = fit_logistic(terms, y, np.ones(len(y)), GROUP)
        z.append((found.mean - truth) / np.sqrt(np.diag(found.covariance)))
    assert 0.8 < np.std(z) < 1.2


def test_ridge_finds_coefficients_and_the_noise():
    rng = np.random.default_rng(1)
    terms, _ = draw(5000, 1, np.zeros(4))
    y = terms @ np.array([0.2, 0.1, 0.0, -0.05]) + 0.5 * rng.standard_normal(5000)
    found = fit_ridge(terms, y, np.ones(5000), GROUP, 0.1)
    np.testing.assert_allclose(found.mean, [0.2, 0.1, 0.0, -0.05], atol=0.03)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(0.5 / np.sqrt(5000), rel=0.05)


def test_a_weight_counts_as_so_many_rows():
    terms, y = draw(400, 3, np.array([0.0, 1.0, 0.0, 0.0]))
    twice = np.r_[np.arange(400), np.arange(200)]
    weight = np.where(np.arange(400) < 200, 2.0, 1.0)
    for fit in (fit_logistic, lambda *a: fit_ridge(*a, 0.1)):
        one = fit(terms, y, weight, GROUP)
        many = fit(terms[twice], y[twice], np.ones(600), GROUP)
        np.testing.assert_allclose(one.mean, many.mean, atol=2e-3)


def test_equal_terms_share_what_one_would_tell():
    terms, y = draw(2000, 4, np.array([0.0, 1.0, 0.0, 0.0]))
    doubled = np.column_stack([terms[:, :2], terms[:, 1]])
    found = fit_logistic(doubled, y, np.ones(2000), by_column(np.array([0, 0])))
    assert found.mean[1] == pytest.approx(found.mean[2], abs=1e-3)
    assert found.mean[1:].sum() == pytest.approx(1.0, abs=0.15)
