"""The effect of the policy at one moment."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from tests.training.experiments.support import spend
from training.experiments.effect import Effect, measure_effect
from training.experiments.trial import MIN_ARM, Refusal, Trial


def trial(seed: int, m: int = 3_000, lift: float = 0.0, share: float = 0.8) -> Trial:
    rng = np.random.default_rng(seed)
    policy = rng.random(m) < share
    before = spend(rng, (m,))
    return Trial(0.5 * before + spend(rng, (m,)) + lift * policy, policy, before)


def plain(one: Trial) -> Trial:
    return Trial(one.value, one.policy)


def measured(one: Trial) -> Effect:
    found = measure_effect(one)
    assert isinstance(found, Effect)
    return found


def test_by_hand() -> None:
    # Arms of 200: half 0 and half 2 (mean 1), half 0 and half 1 (mean 0.5).
    value = np.concatenate([np.tile([0.0, 2.0], 100), np.tile([0.0, 1.0], 100)])
    one = measured(Trial(value, np.arange(400) < 200))
    assert (one.difference, one.relative) == (0.5, 1.0)
    assert (one.policy_mean, one.control_mean) == (1.0, 0.5)
    # Variances 200/199 and 50/199, over 200 each.
    assert one.error == pytest.approx(np.sqrt(250 / 199 / 200))


def test_the_interval_is_welchs() -> None:
    one = plain(trial(1))
    theirs = ttest_ind(one.value[one.policy], one.value[~one.policy], equal_var=False)
    interval = theirs.confidence_interval(0.95)
    ours = measured(one)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


@pytest.mark.parametrize("adjusted", [False, True])
def test_the_interval_covers_the_effect(adjusted: bool) -> None:
    made = (trial(seed, 1_000, lift=0.5) for seed in range(600))
    told = [measured(one if adjusted else plain(one)) for one in made]
    covered = np.mean([one.low <= 0.5 <= one.high for one in told])
    assert 0.90 <= covered <= 0.985
    z = np.mean([one.difference - 0.5 for one in told]) / (
        np.std([one.difference for one in told]) / np.sqrt(600)
    )
    assert abs(z) < 4


def test_the_time_before_makes_surer_and_a_constant_changes_nothing() -> None:
    one = trial(3)
    assert measured(one).error < 0.9 * measured(plain(one)).error
    same = Trial(one.value, one.policy, np.full(3_000, 7.0))
    assert measured(same).difference == pytest.approx(measured(plain(one)).difference)
    assert measured(one).control_mean == measured(plain(one)).control_mean


def test_swapping_the_arms_turns_the_sign() -> None:
    one = plain(trial(4))
    assert measured(Trial(one.value, ~one.policy)).difference == pytest.approx(
        -measured(one).difference
    )


@pytest.mark.parametrize("arm", ["policy", "control"])
def test_a_small_arm_gives_no_figure(arm: str) -> None:
    policy = np.arange(500) >= MIN_ARM - 1
    found = measure_effect(Trial(np.arange(500.0), policy if arm == "control" else ~policy))
    assert isinstance(found, Refusal)
    assert found.reason == "few_customers"
    assert f"99 customers in arm {arm}" in found.message


def test_no_outcome_at_all_gives_no_figure() -> None:
    found = measure_effect(Trial(np.zeros(500), np.arange(500) < 250))
    assert isinstance(found, Refusal)
    assert found.reason == "no_variation"


def test_a_control_that_brings_nothing_has_no_relative_effect() -> None:
    value = np.where(np.arange(400) < 200, np.arange(400.0), 0.0)
    assert np.isnan(measured(Trial(value, np.arange(400) < 200)).relative)


def test_a_malformed_trial_names_the_field() -> None:
    with pytest.raises(ValueError, match="policy has shape"):
        Trial(np.ones(3), np.ones(2, bool))
    with pytest.raises(ValueError, match="before holds"):
        Trial(np.ones(3), np.ones(3, bool), np.array([1, np.nan, 2]))
