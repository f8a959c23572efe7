"""The same customers, looked at daily."""

from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from tests.training.experiments.support import habitual
from training.experiments.looks import Looks, bounds, measure_looks
from training.experiments.trial import Refusal

M, DAYS = 800, 30


@cache
def follow(seed: int, lift: float = 0.0, days: int = DAYS) -> Looks:
    rng = np.random.default_rng(seed)
    policy = rng.random(M) < 0.6
    totals = habitual(rng, M, DAYS) + np.outer(policy, lift * np.arange(1, DAYS + 1) / DAYS)
    made = measure_looks(
        totals[:, :days], policy, planned=DAYS, rng=np.random.default_rng(0), draws=4_000
    )
    assert isinstance(made, Looks)
    return made


def test_a_trial_without_effect_seldom_alarms_and_looking_daily_at_a_t_test_does() -> None:
    made = [follow(seed) for seed in range(300)]
    ours = np.mean([one.decided_at is not None for one in made])
    theirs = np.mean([np.any(np.abs(one.difference) > 1.96 * one.error) for one in made])
    assert ours <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
    assert theirs > 0.12


def test_days_taken_for_independent_would_alarm_too_often() -> None:
    # As a test of a stream of days would take them: customers keep their habits, so an arm that
    # drew heavy buyers shows it every day, and no number of days makes it go away.
    alarms = []
    for seed in range(300):
        daily = np.diff(follow(seed).difference, prepend=0.0)
        alarms.append(abs(daily.mean()) > 2.05 * daily.std(ddof=1) / np.sqrt(DAYS))
    assert np.mean(alarms) > 0.15


def test_the_truth_is_covered_at_every_look() -> None:
    truth = 6.0 * np.arange(1, DAYS + 1) / DAYS
    made = [follow(seed, lift=6.0) for seed in range(200)]
    missed = np.mean([np.any((one.low > truth) | (one.high < truth)) for one in made])
    assert missed <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_an_effect_is_found_early() -> None:
    made = [follow(seed, lift=40.0) for seed in range(60)]
    assert np.mean([one.error[-1] for one in made]) * 4 < 40
    found = [one.decided_at for one in made if one.decided_at is not None]
    assert len(found) > 0.9 * len(made)
    assert np.median(found) < DAYS - 1


def test_a_days_verdict_stands_when_others_follow() -> None:
    whole, part = follow(3, lift=20.0), follow(3, lift=20.0, days=17)
    assert part.bound == pytest.approx(whole.bound[:17], rel=1e-6)
    assert part.low == pytest.approx(whole.low[:17], rel=1e-6)


def test_one_look_that_spends_all_is_the_normal_bound() -> None:
    found = bounds(np.eye(1), np.array([0.05]), np.random.default_rng(1), 200_000)
    assert found == pytest.approx([norm.isf(0.025)], abs=0.02)


def test_two_independent_looks_by_the_product_rule() -> None:
    # 1 % first, then the bound that 4 % of all trials first cross at the second.
    found = bounds(np.eye(2), np.array([0.01, 0.05]), np.random.default_rng(1), 400_000)
    second = norm.isf(0.04 / 0.99 / 2)
    assert found == pytest.approx([norm.isf(0.005), second], abs=0.03)


def test_the_same_look_twice_crosses_at_the_smaller_bound() -> None:
    # The second tells nothing new, so all that is left is spent by widening the first.
    found = bounds(np.ones((2, 2)), np.array([0.01, 0.05]), np.random.default_rng(1), 400_000)
    assert found[1] == pytest.approx(norm.isf(0.025), abs=0.03)


def test_nothing_to_spend_bounds_nothing() -> None:
    found = bounds(np.eye(2), np.array([0.0, 0.05]), np.random.default_rng(1), 1_000)
    assert np.isinf(found[0])
    assert np.isfinite(found[1])


def test_days_before_the_first_outcome_say_nothing() -> None:
    rng = np.random.default_rng(1)
    totals = habitual(rng, M, 10)
    totals[:, :3] = 0.0
    made = measure_looks(totals, rng.random(M) < 0.5, planned=10, rng=rng, draws=2_000)
    assert isinstance(made, Looks)
    assert np.isinf(made.high[:3]).all()
    assert np.isfinite(made.high[3:]).all()


def test_one_look_is_enough_and_few_customers_are_not() -> None:
    rng = np.random.default_rng(1)
    totals, policy = habitual(rng, 300, 1), np.arange(300) < 150
    assert isinstance(measure_looks(totals, policy, planned=1, rng=rng, draws=2_000), Looks)
    few = measure_looks(totals, np.arange(300) < 50, planned=1, rng=rng, draws=2_000)
    assert isinstance(few, Refusal)
    assert "50 customers in arm policy" in few.message
    none = measure_looks(totals * 0, policy, planned=1, rng=rng, draws=2_000)
    assert isinstance(none, Refusal)
    assert none.reason == "no_variation"


@pytest.mark.parametrize(
    ("totals", "planned", "says"),
    [
        (np.ones(4), 1, r"totals \(4,\)"),
        (np.ones((3, 2)), 1, "policy"),
        (np.ones((4, 2)), 0, "planned=0"),
    ],
)
def test_settings_are_checked(totals: np.ndarray, planned: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        measure_looks(totals, np.ones(4, bool), planned=planned, rng=np.random.default_rng(1))
