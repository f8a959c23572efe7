"""What a customer will spend: histories read from columns, strangers, nulls, coverage."""

from dataclasses import replace

import numpy as np
import pytest

from decisioning.customers.rule_of_thumb import RuleOfThumb, daily_amount
from decisioning.customers.value import VALUE_COLUMNS, BuyTillYouDie, read_buyers

MODEL = BuyTillYouDie(
    columns=VALUE_COLUMNS,
    purchases=np.array([0.8, 40.0, 0.7, 120.0]),
    amounts=np.array([4.0, 5.0, 4000.0]),
    horizon_days=90.0,
    habit=0.0,
    scale=1.0,
    spread=1.0,
    strangers=np.array([300.0, 0.0, 900.0]),
)
NULL = np.nan


def rows(*values: tuple[float, ...]) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_columns_are_read_as_histories() -> None:
    buyers = read_buyers(rows((5, 80, 100, 9000, 4000), (1, 0, 30, 500, 500)))
    np.testing.assert_array_equal(buyers.histories.frequency, [4.0, 0.0])
    np.testing.assert_array_equal(buyers.histories.recency, [80.0, 0.0])
    np.testing.assert_array_equal(buyers.histories.age, [100.0, 30.0])
    np.testing.assert_array_equal(buyers.total, [9000.0, 500.0])
    np.testing.assert_allclose(buyers.daily, [4000 / 90, 500 / 30])


@pytest.mark.parametrize(
    "row", [(NULL, 80, 100, 9000, 0), (0, NULL, NULL, 0, 0), (3, 10, NULL, 500, 0)]
)
def test_who_has_not_bought_is_a_stranger(row: tuple[float, ...]) -> None:
    assert not read_buyers(rows(row)).known[0]
    said = MODEL.predict(rows(row))
    assert (said.mean[0], said.low[0], said.high[0]) == (300.0, 0.0, 900.0)


def test_a_lost_span_is_taken_for_an_even_one() -> None:
    assert read_buyers(rows((5, NULL, 100, 9000, 0))).histories.recency[0] == 80.0


@pytest.mark.parametrize("spend", [NULL, 0.0, -500.0])
def test_returns_that_ate_up_an_amount_say_nothing_of_baskets(spend: float) -> None:
    odd, plain = MODEL.predict(rows((5, 80, 100, spend, 0), (5, 80, 100, 5 * 4000, 0))).mean
    # Everybody's mean basket: 4 x 4000 / (5 - 1).
    assert odd == pytest.approx(plain, rel=0.05)


def test_nothing_known_is_not_scored() -> None:
    said = MODEL.predict(np.full((1, 5), NULL))
    assert np.isnan([said.mean, said.low, said.high]).all()


def test_silence_costs_and_frequency_pays() -> None:
    said = MODEL.predict(
        rows((9, 190, 200, 36_000, 0), (9, 60, 200, 36_000, 0), (3, 190, 200, 12_000, 0))
    ).mean
    assert said[0] > said[1]
    assert said[0] > said[2]


def test_a_habit_of_late_moves_the_forecast_its_way() -> None:
    row = rows((9, 190, 200, 36_000, 30_000))
    plain = MODEL.predict(row).mean[0]
    half = replace(MODEL, habit=0.5).predict(row).mean[0]
    assert half == pytest.approx((plain + 30_000) / 2)
    unknown = rows((9, 190, 200, 36_000, NULL))
    assert replace(MODEL, habit=0.5).predict(unknown).mean[0] == pytest.approx(plain)


def test_a_habit_of_nothing_is_a_chance_of_nothing() -> None:
    row = rows((9, 190, 200, 36_000, 0))
    model = replace(MODEL, habit=0.5)
    assert model.totals(read_buyers(row)).none[0] > 0.5
    assert model.predict(row).low[0] == 0.0


def test_scale_and_factor_multiply_everything() -> None:
    row = rows((9, 190, 200, 36_000, 5000))
    plain = MODEL.predict(row)
    scaled = replace(MODEL, scale=3.0).corrected(row, np.array([2.0]))
    for part in ("mean", "low", "high"):
        assert getattr(scaled, part)[0] == pytest.approx(6 * getattr(plain, part)[0])


def test_intervals_hold_nine_tenths_of_simulated_customers() -> None:
    rng = np.random.default_rng(17)
    n, (r, alpha, s, beta), (p, q, g) = 6000, MODEL.purchases, MODEL.amounts
    rate, life = rng.gamma(r, 1 / alpha, n), rng.exponential(1 / rng.gamma(s, 1 / beta, n))
    own, age = rng.gamma(q, 1 / g, n), rng.uniform(30, 300, n)
    x, came = np.zeros((n, 5)), np.zeros(n)
    for k in range(n):
        span = min(life[k], age[k] + 90.0)
        times = np.r_[0.0, rng.random(rng.poisson(rate[k] * span)) * span]
        amounts = rng.gamma(p, 1 / own[k], times.size)
        seen = times <= age[k]
        x[k] = seen.sum(), times[seen].max(), age[k], amounts[seen].sum(), 0.0
        came[k] = amounts[~seen].sum()
    said = MODEL.predict(x)
    covered = (said.low <= came) & (came <= said.high)
    assert 0.88 <= covered.mean() <= 0.94
    active = said.mean > np.quantile(said.mean, 0.7)
    assert 0.86 <= covered[active].mean() <= 0.94
    assert said.mean.sum() == pytest.approx(came.sum(), rel=0.06)


RULE = RuleOfThumb(
    columns=("spend_total", "customer_age_days"),
    least_days=30.0,
    knots=np.array([0.0, 10.0, 100.0]),
    mean=np.array([50.0, 500.0, 4000.0]),
    low=np.array([0.0, 0.0, 1000.0]),
    high=np.array([200.0, 900.0, 9000.0]),
    stranger=np.array([70.0, 0.0, 300.0]),
)


def test_a_rule_reads_between_its_knots_and_in_proportion_beyond() -> None:
    said = RULE.predict(rows((500, 100), (20_000, 100), (100, 1), (-5, 100)))
    np.testing.assert_allclose(said.mean, [275.0, 8000.0, 200.0, 50.0])
    np.testing.assert_allclose(said.high, [550.0, 18_000.0, 200 + 700 / 3, 200.0])


def test_a_rule_knows_strangers_and_the_unknown() -> None:
    said = RULE.predict(rows((NULL, 100), (NULL, NULL)))
    np.testing.assert_array_equal(said.mean, [70.0, NULL])
    np.testing.assert_array_equal(said.low, [0.0, NULL])


def test_an_amount_of_fixed_days_needs_no_second_column() -> None:
    np.testing.assert_array_equal(daily_amount(rows((900.0,), (-9.0,)), 90.0), [10.0, 0.0])
