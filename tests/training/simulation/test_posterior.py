"""The regression: it finds the truth, knows how sure it is, and lets go of what is old."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from training.simulation.posterior import Logistic, moments

TRUE = np.array([-2.0, 0.6, -0.4])
START = Logistic.before_data(-2.5, 1.0, 0.5, 3)


def _rows(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.standard_normal((n, 2))])
    offset = np.where(rng.random(n) < 0.3, np.log(1.5), 0.0)
    return x, (rng.random(n) < expit(x @ TRUE + offset)).astype(float), offset


def test_many_rows_lead_to_the_true_coefficients() -> None:
    found = START.learnt(*_rows(1, 20_000), keep=1.0)
    sd = np.sqrt(np.diag(np.linalg.inv(found.precision)))
    assert (np.abs(found.mean - TRUE) < 4 * sd).all()
    assert sd.max() < 0.05


def test_an_offset_is_taken_as_known() -> None:
    x, y, offset = _rows(1, 20_000)
    without = START.learnt(x, y, np.zeros(offset.size), keep=1.0)
    assert without.mean[0] > START.learnt(x, y, offset, keep=1.0).mean[0] + 0.05


def test_ninety_per_cent_intervals_hold_the_truth_nine_times_in_ten() -> None:
    at = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, -1.0], [1.0, -1.0, 0.5]])
    truth, held, fits = expit(at @ TRUE), [], 200
    for seed in range(fits):
        told = START.learnt(*_rows(100 + seed, 300), keep=1.0).propensity(at)
        assert ((told.low <= told.mean) & (told.mean <= told.high)).all()
        held.append((told.low <= truth) & (truth <= told.high))
    # The prior's mean is off by half its standard deviation, which costs next to nothing.
    assert 0.85 < np.mean(held) < 0.95


def test_weeks_one_by_one_come_to_nearly_what_all_at_once_does() -> None:
    x, y, offset = _rows(3, 6_000)
    at_once = START.learnt(x, y, offset, keep=1.0)
    by_week = START
    for part in np.array_split(np.arange(y.size), 6):
        by_week = by_week.learnt(x[part], y[part], offset[part], keep=1.0)
    means, deviations = zip(by_week.log_odds(x[:50]), at_once.log_odds(x[:50]), strict=True)
    # Laplace's approximation of each week differs a little from that of the sum.
    np.testing.assert_allclose(*means, atol=0.05)
    np.testing.assert_allclose(*deviations, rtol=0.1)


def test_what_is_not_refreshed_is_forgotten_towards_the_start() -> None:
    known = START.learnt(*_rows(1, 5_000), keep=1.0)
    nothing = np.empty((0, 3)), np.empty(0), np.empty(0)
    later = known
    for _ in range(400):
        later = later.learnt(*nothing, keep=0.97)
    np.testing.assert_allclose(later.mean, START.mean, atol=0.02)
    assert later.log_odds(np.eye(3))[1].min() > known.log_odds(np.eye(3))[1].max()


def test_the_strength_is_that_of_a_beta_with_the_same_moments() -> None:
    found = START.learnt(*_rows(1, 400), keep=1.0)
    at = np.array([[1.0, 0.3, 0.2]])
    told = found.propensity(at)
    p, variance = moments(*found.log_odds(at))
    assert told.mean == pytest.approx(p)
    assert told.mean * (1 - told.mean) / (told.strength + 1) == pytest.approx(variance)


@pytest.mark.parametrize(("mean", "sd"), [(-3.0, 0.2), (-1.0, 1.0), (0.5, 0.7), (-4.0, 1.2)])
def test_moments_are_those_of_the_integral(mean: float, sd: float) -> None:
    def moment(power: int) -> float:
        return float(quad(lambda z: expit(mean + sd * z) ** power * norm.pdf(z), -9, 9)[0])

    p, variance = moments(np.array([mean]), np.array([sd]))
    assert p[0] == pytest.approx(moment(1), rel=1e-3)
    assert variance[0] == pytest.approx(moment(2) - moment(1) ** 2, rel=2e-2)
