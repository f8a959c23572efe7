"""Customers who enter one after another: looked at any time, wrong as seldom as promised."""

import numpy as np
import pytest

from tests.training.experiments.support import spend
from training.experiments.sequence import Sequence, confidence_sequence, mixing_rate
from training.experiments.trial import MIN_ARM, Trial

DAY = 86_400
M, DAYS = 4_000, 60
LOOKS = np.arange(1, DAYS + 1) * DAY


def follow(seed: int, lift: float = 0.0, share: float = 0.7) -> Sequence:
    rng = np.random.default_rng(seed)
    policy = rng.random(M) < share
    one = Trial(spend(rng, (M,)) + lift * policy, policy)
    return confidence_sequence(one, rng.integers(0, DAYS * DAY, M), LOOKS, planned=M)


def test_by_hand() -> None:
    # 200 an arm, alternating 0 and 1 about means 1/2 + 1 and 1/2; variance of the difference
    # 2 * (1/4) / 199.
    policy = np.arange(400) % 2 == 0
    value = (np.arange(400) // 2 % 2) + 1.0 * policy
    made = confidence_sequence(
        Trial(value, policy), np.zeros(400, np.int64), np.array([0]), planned=400
    )
    variance, m = 0.5 / 199, mixing_rate(0.05)
    half = np.sqrt(2 * variance * (1 + 1 / m) * np.log(np.sqrt(1 + m) / 0.05))
    assert made.difference == pytest.approx(1.0)
    assert made.high - made.low == pytest.approx(2 * half)
    assert made.p == pytest.approx(np.sqrt(1 + m) * np.exp(-1 / (2 * variance * (1 + 1 / m))))


def test_a_trial_without_effect_seldom_alarms_and_looking_daily_at_a_t_test_does() -> None:
    ours = theirs = 0
    for seed in range(400):
        made = follow(seed)
        # The width of a normal interval for one look, from ours.
        mixing = made.customers * mixing_rate(0.05) / M
        factor = np.sqrt(2 * (1 + 1 / mixing) * (np.log1p(mixing) / 2 - np.log(0.05)))
        error = (made.high - made.difference) / factor
        seen = np.isfinite(error)
        ours += bool(np.any((made.low > 0) | (made.high < 0)))
        theirs += bool(np.any(np.abs(made.difference[seen]) > 1.96 * error[seen]))
    assert ours / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert theirs / 400 > 0.15


def test_the_truth_is_covered_at_every_look() -> None:
    missed = 0
    for seed in range(300):
        made = follow(seed, lift=3.0)
        missed += bool(np.any((made.low > 3.0) | (made.high < 3.0)))
    assert missed / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_an_effect_is_found() -> None:
    # A lift of 5 of the standard errors, about 0.8, of the end.
    found = np.mean([follow(seed, lift=4.0).p[-1] < 0.05 for seed in range(100)])
    assert found > 0.9


def test_p_and_interval_agree_and_p_never_rises() -> None:
    for seed in range(30):
        made = follow(seed, lift=1.5)
        outside = (made.low > 0) | (made.high < 0)
        assert np.array_equal(np.logical_or.accumulate(outside), made.p <= 0.05)
        assert (np.diff(made.p) <= 0).all()


def test_it_is_narrowest_for_its_width_where_planned() -> None:
    def at(planned: int) -> float:
        rng = np.random.default_rng(1)
        policy = rng.random(M) < 0.5
        one = Trial(spend(rng, (M,)), policy)
        made = confidence_sequence(one, np.zeros(M, np.int64), np.array([0]), planned=planned)
        return float(made.high[0] - made.low[0])

    assert at(M) < min(at(M // 8), at(M * 8))


def test_before_enough_customers_nothing_is_said() -> None:
    policy = np.arange(1_000) % 2 == 0
    entered = np.arange(1_000)
    looks = np.array([-1, 2 * MIN_ARM - 2, 2 * MIN_ARM - 1, 999])
    made = confidence_sequence(Trial(np.arange(1_000.0), policy), entered, looks, planned=500)
    assert np.isnan(made.low).tolist() == [True, True, False, False]
    assert made.customers.tolist() == [0, 199, 200, 1_000]
    assert made.p[:2].tolist() == [1.0, 1.0]


def test_later_customers_change_no_earlier_look() -> None:
    rng = np.random.default_rng(2)
    policy, value = rng.random(M) < 0.5, spend(rng, (M,))
    entered = np.sort(rng.integers(0, DAYS * DAY, M))
    early = entered <= LOOKS[29]
    whole = confidence_sequence(Trial(value, policy), entered, LOOKS[:30], planned=M)
    part = confidence_sequence(
        Trial(value[early], policy[early]), entered[early], LOOKS[:30], planned=M
    )
    assert whole.low == pytest.approx(part.low, nan_ok=True)
    assert whole.p == pytest.approx(part.p)


@pytest.mark.parametrize(("planned", "alpha"), [(0, 0.05), (10, 0.0), (10, 1.0)])
def test_settings_are_checked(planned: int, alpha: float) -> None:
    with pytest.raises(ValueError, match="planned is above 0"):
        confidence_sequence(
            Trial(np.ones(2), np.array([True, False])),
            np.zeros(2, np.int64),
            np.array([0]),
            planned=planned,
            alpha=alpha,
        )
