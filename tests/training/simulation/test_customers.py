"""The simulated customers: the same by seed, with columns that the shop really has."""

import numpy as np

from features.definitions import FAMILIES
from features.registry import expand
from training.simulation.customers import BURN_IN, COLUMNS, draw_customers
from training.simulation.world import Rules, World


def test_a_seed_gives_the_same_customers_and_another_seed_others() -> None:
    one, same, other = (draw_customers(seed, 50, 4, 0.2) for seed in (1, 1, 2))
    for week in (0, 3):
        for name, column in one.columns(week).items():
            np.testing.assert_array_equal(column, same.columns(week)[name])
        assert not np.array_equal(
            one.columns(week)["orders_365d"], other.columns(week)["orders_365d"]
        )


def test_the_columns_are_columns_of_the_registry_or_scores() -> None:
    real = {feature.name for feature in expand(FAMILIES)}
    assert set(COLUMNS) - real == {"churn_probability"}


def test_columns_tell_what_was_done_before_the_week_only() -> None:
    customers = draw_customers(1, 200, 8, 0.2)
    before = customers.columns(4)
    customers.orders[BURN_IN + 4 :] += 5
    customers.carts[BURN_IN + 4 :] += 5
    after = customers.columns(4)
    for name, column in before.items():
        np.testing.assert_array_equal(column, after[name])


def test_counts_and_days_follow_from_the_orders() -> None:
    customers = draw_customers(1, 200, 8, 0.2)
    customers.orders[:] = 0
    customers.orders[BURN_IN + 1, 7] = 2
    columns = customers.columns(4)
    assert columns["orders_90d"][7] == columns["orders_365d"][7] == 2
    assert columns["days_since_last_purchase"][7] == 2 * 7 + 3.5
    assert np.isnan(columns["days_since_last_purchase"][8])
    assert np.isnan(columns["basket_value_mean_365d"][8])


def test_the_truth_of_a_seed_is_its_own_and_shows_more_than_nothing(rules: Rules) -> None:
    one, same, other = (World(rules, seed, 300, 6).truth.week(5) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.shown, same.shown)
    assert not np.allclose(one.shown, other.shown)
    assert (one.shown >= 0).all()
    assert (one.shown <= 1).all()
    none = [k for k, a in enumerate(rules.actions) if a.kind == "none"]
    assert (one.shown[:, none] == 0).all()


def test_a_discount_moves_the_response_by_its_odds_and_the_customers_elasticity(
    rules: Rules,
) -> None:
    truth = World(rules, 1, 300, 2).truth.week(0)
    odds = np.full(truth.shown.shape, 1.7)
    at = truth.at_odds(odds)
    shown = np.delete(truth.shown, -1, axis=1)
    moved = np.delete(at, -1, axis=1)
    log_odds = np.log(moved / (1 - moved)) - np.log(shown / (1 - shown))
    expected = np.broadcast_to(np.log(1.7) * truth.elasticity[:, None], shown.shape)
    np.testing.assert_allclose(log_odds, expected, rtol=1e-9)
    np.testing.assert_array_equal(truth.at_odds(np.ones(odds.shape)), truth.shown)
