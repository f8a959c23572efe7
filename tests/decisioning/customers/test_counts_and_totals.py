"""Whole-number forecasts, totals with their interval, and what a purchase is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning.customers.buy_till_you_die.counts import (
    Moments,
    binomial,
    least_error,
    of_binomial,
    ways,
    whole_quantile,
)
from decisioning.customers.buy_till_you_die.gamma_gamma import GammaGamma, Worth
from decisioning.customers.buy_till_you_die.totals import Totals, of_purchases


def ones(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_no_time_no_purchases() -> None:
    shape = ones(0.5, 4.0)
    shares = binomial(ways(shape, 6), shape, ones(2.0, 2.0), ones(0.0, 0.0))
    np.testing.assert_allclose(shares[:, 0], 1.0)
    np.testing.assert_allclose(shares[:, 1:], 0.0, atol=1e-300)


def test_the_last_column_holds_what_is_left() -> None:
    shape = ones(3.0)
    shares = binomial(ways(shape, 2), shape, ones(1.0), ones(2.0))
    assert shares.shape == (1, 3)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0, 2] == pytest.approx(1 - (1 / 3) ** 3 - 3 * (1 / 3) ** 3 * (2 / 3))


def test_moments_of_a_binomial() -> None:
    shape = ones(2.5)
    shares = binomial(ways(shape, 300), shape, ones(3.0), ones(4.0))
    moments, n = of_binomial(shape, ones(3.0), ones(4.0)), np.arange(301)
    np.testing.assert_allclose(moments.none, shares[:, 0])
    np.testing.assert_allclose(moments.mean, shares @ n)
    np.testing.assert_allclose(moments.square, shares @ n**2)


def test_quantile_is_the_least_number_that_reaches_the_level() -> None:
    shares = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    np.testing.assert_array_equal(whole_quantile(shares, 0.5), [0, 2])
    np.testing.assert_array_equal(whole_quantile(shares, 0.51), [1, 2])
    np.testing.assert_array_equal(whole_quantile(shares, 0.99), [2, 2])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(0, 10), st.integers(0, 2**32 - 1))
def test_no_other_whole_numbers_of_that_total_err_less(m: int, total: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(5), m)
    figures, level = least_error(shares, float(total))
    assert 0.0 < level <= 1.0
    assert figures.sum() <= total
    n = np.arange(5)

    def error(forecast: np.ndarray) -> float:
        return float((shares * np.abs(n - forecast[:, None])).sum())

    for _ in range(30):
        other = rng.multinomial(int(figures.sum()), np.ones(m) / m).astype(np.float64)
        if other.max() < 5:
            assert error(figures) <= error(other) + 1e-9


def test_nobody_has_no_forecast() -> None:
    figures, level = least_error(np.empty((0, 5)), 0.0)
    assert figures.shape == (0,)
    assert level == 1.0


def test_more_than_there_can_be_gives_all_but_the_last_step() -> None:
    figures, _ = least_error(np.array([[0.5, 0.3, 0.2]]), 50.0)
    assert figures[0] == 1.0


def test_worth_goes_from_everybodys_mean_to_ones_own() -> None:
    model = GammaGamma(p=6.25, q=3.74, g=15.44)
    worth = model.worth(ones(0, 1, 10, 1000), ones(0, 80, 800, 80_000))
    everybody = 6.25 * 15.44 / 2.74
    assert worth.mean[0] == pytest.approx(everybody)
    assert (np.diff(worth.mean) > 0).all()
    assert worth.mean[-1] == pytest.approx(80.0, rel=0.01)
    assert (np.diff(worth.between) != 0).all()
    assert worth.between[-1] < worth.between[1]


def test_worth_is_the_posterior_of_simulated_purchases() -> None:
    rng = np.random.default_rng(5)
    p, q, g, n = 4.0, 5.0, 60.0, 400_000
    rate = rng.gamma(q, 1 / g, n)
    seen, after = rng.gamma(p, 1 / rate, (3, n)), rng.gamma(p, 1 / rate)
    total = seen.sum(axis=0)
    near = (total > 190) & (total < 210)
    worth = GammaGamma(p, q, g).worth(np.full(n, 3.0), total)
    assert worth.mean[near].mean() == pytest.approx(after[near].mean(), rel=0.02)
    spread = worth.within[near].mean() + worth.between[near].mean()
    assert spread == pytest.approx(after[near].var(), rel=0.05)


def test_likelihood_of_amounts_integrates_to_one() -> None:
    mean = np.linspace(1e-3, 3000, 300_001)
    density = np.exp(GammaGamma(2.0, 4.0, 50.0).log_likelihood(np.full(mean.size, 3.0), mean))
    assert density.sum() * (mean[1] - mean[0]) == pytest.approx(1.0, abs=1e-3)


def test_a_total_is_a_number_of_amounts() -> None:
    rng = np.random.default_rng(9)
    counts = rng.poisson(2.0, 200_000)
    own = rng.normal(50.0, 5.0, counts.size)
    totals = counts * own + rng.normal(0, 8.0, counts.size) * np.sqrt(counts)
    moments = Moments(ones(np.exp(-2.0)), ones(2.0), ones(6.0))
    said = of_purchases(moments, Worth(ones(50.0), ones(64.0), ones(25.0)))
    assert said.mean[0] == pytest.approx(totals.mean(), rel=0.01)
    assert said.variance[0] == pytest.approx(totals.var(), rel=0.02)


def test_the_interval_holds_nine_tenths_of_what_it_is_made_of() -> None:
    rng = np.random.default_rng(11)
    for none in (0.0, 0.02, 0.05, 0.3, 0.7):
        some = rng.random(200_000) >= none
        came = np.where(some, rng.gamma(3.0, 20.0, some.size), 0.0)
        square = (1 - none) * (1200.0 + 3600.0)
        said = Totals(
            ones(none), ones(60 * (1 - none)), ones(square - (60 * (1 - none)) ** 2)
        ).amounts()  # fmt: skip
        covered = np.mean((said.low[0] <= came) & (came <= said.high[0]))
        assert covered == pytest.approx(0.90, abs=0.006 if none != 0.02 else 0.02)
        assert (said.low[0] == 0.0) == (none >= 0.05)


def test_the_interval_is_widened_to_hold_the_mean() -> None:
    said = Totals(ones(0.99), ones(10.0), ones(1e5)).amounts()
    assert said.low[0] == 0.0
    assert said.high[0] == 10.0


def test_certainly_nothing_is_nothing() -> None:
    said = Totals(ones(1.0), ones(0.0), ones(0.0)).amounts()
    assert (said.mean[0], said.low[0], said.high[0]) == (0.0, 0.0, 0.0)


def test_nearly_certainly_nothing_overflows_nothing() -> None:
    said = Totals(ones(1.0, 1.0 - 1e-16), ones(1e-3, 1e6), ones(1e9, 1e14)).amounts()
    np.testing.assert_array_equal(said.low, 0.0)
    np.testing.assert_array_equal(said.mean, [1e-3, 1e6])
    assert (said.high >= said.mean).all()


def test_a_wider_spread_is_wider() -> None:
    totals = Totals(ones(0.01), ones(100.0), ones(900.0))
    narrow, wide = totals.amounts(0.5), totals.amounts(2.0)
    assert wide.low[0] < narrow.low[0]
    assert narrow.high[0] < wide.high[0]
    assert narrow.mean[0] == wide.mean[0] == 100.0


def test_totals_mixed_are_one_or_the_other() -> None:
    a, b = Totals(ones(0.2), ones(10.0), ones(4.0)), Totals(ones(0.6), ones(30.0), ones(9.0))
    mixed = a.mixed(b, 0.25)
    assert mixed.none[0] == pytest.approx(0.3)
    assert mixed.mean[0] == pytest.approx(15.0)
    assert mixed.variance[0] == pytest.approx(0.75 * 104 + 0.25 * 909 - 225)
    doubled = a.times(2.0)
    assert (doubled.none[0], doubled.mean[0], doubled.variance[0]) == (0.2, 20.0, 16.0)
