"""What every estimator must do, and what each does by hand."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.training.off_policy.support import REWARD, TRUTH, world, worlds
from training.off_policy.estimators import ESTIMATORS, NEEDS_MODEL, Name
from training.off_policy.log import Log, RewardModel
from training.off_policy.support import measure_support
from training.off_policy.value import difference, estimate

EVERY = pytest.mark.parametrize("name", get_args(Name))
WRONG = np.full((2, 3), 0.3)
SLANTED = REWARD + np.array([0.2, -0.1, 0.05])
"""A model that is wrong of every action, and differently."""


def hand_made() -> Log:
    # Weights 2, 0.5, 4, 0.
    return Log(
        reward=np.array([1.0, 0.0, 3.0, 5.0]),
        logged=np.array([0.25, 0.5, 0.2, 0.5]),
        target=np.array([0.5, 0.25, 0.8, 0.0]),
        model=RewardModel(np.array([0.5, 1.0, 2.0, 4.0]), np.array([1.0, 0.5, 2.5, 1.0])),
    )


BY_HAND = {
    "ips": (2 * 1 + 0 + 4 * 3 + 0) / 4,
    "snips": 14 / 6.5,
    "dm": 5 / 4,
    # 1 + 2 (1 - 0.5), 0.5 + 0.5 (0 - 1), 2.5 + 4 (3 - 2), 1 + 0
    "dr": (2 + 0 + 6.5 + 1) / 4,
    # The third row's weight, 4, is above tau = 2; the first's is not.
    "switch_dr": (2 + 0 + 2.5 + 1) / 4,
}


@EVERY
def test_by_hand(name: Name) -> None:
    assert estimate(name, hand_made(), tau=2.0).value == pytest.approx(BY_HAND[name], rel=1e-12)


def test_the_interval_by_hand() -> None:
    # IPS: totals 2, 0, 12, 0 about their mean 3.5; sum of squares 99; divided by 3, and by 4 rows.
    by_row = estimate("ips", hand_made())
    assert by_row.error == pytest.approx(np.sqrt(99 / 3 / 4))
    assert (by_row.low, by_row.high) == pytest.approx(
        (3.5 - 1.959964 * by_row.error, 3.5 + 1.959964 * by_row.error), abs=1e-5
    )
    # SNIPS, delta method: residuals w (r - 14/6.5) over the mean weight 6.5 / 4.
    value = 14 / 6.5
    residuals = np.array([2 * (1 - value), 0.5 * -value, 4 * (3 - value), 0]) / (6.5 / 4)
    expected = np.sqrt(np.sum(residuals**2) / 3 / 4)
    assert estimate("snips", hand_made()).error == pytest.approx(expected)


def slates() -> Log:
    # Two decisions: one showed two actions (weights 2 and 0.5), one showed one (weight 1). The
    # target is expected to show 1.6 actions in the first and 1.2 in the second.
    return Log(
        reward=np.array([1.0, 4.0, 3.0]),
        logged=np.array([0.25, 0.8, 0.5]),
        target=np.array([0.5, 0.4, 0.5]),
        customers=np.array([0, 0, 1]),
        model=RewardModel(np.array([2.0, 2.0, 1.0]), np.array([3.0, 3.0, 2.0])),
        share=np.array([0.5, 0.5, 1.0]),
        places=np.array([0.8, 0.8, 1.2]),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ips", (2 + 2 + 3) / 2),
        ("snips", 7 / 3.5 * 1.4),
        ("dm", (3 + 2) / 2),
        # 3 + 2 (1 - 2) + 0.5 (4 - 2), and 2 + 1 (3 - 1)
        ("dr", (2 + 4) / 2),
        # tau 1: without the weight of 2.
        ("switch_dr", (4 + 4) / 2),
    ],
)
def test_slates_of_several_by_hand(name: Name, value: float) -> None:
    told = estimate(name, slates(), tau=1.0)
    assert told.value == pytest.approx(value)
    assert told.customers == 2
    assert ESTIMATORS[name](slates(), 1.0).influence.mean() == pytest.approx(value)


def test_the_weights_of_slates_are_held_against_their_places() -> None:
    assert measure_support(slates()).mean_weight == pytest.approx(3.5 / 2.8)


@EVERY
def test_the_mean_of_the_influence_is_the_estimate(name: Name) -> None:
    added = ESTIMATORS[name](hand_made(), 2.0)
    assert added.influence.mean() == pytest.approx(BY_HAND[name])


def test_switch_takes_the_weight_at_tau_and_dr_is_its_limit() -> None:
    log = hand_made()
    assert estimate("switch_dr", log, tau=4.0).value == pytest.approx(BY_HAND["dr"])
    assert estimate("switch_dr", log, tau=0.0).value == pytest.approx(BY_HAND["dm"])


@EVERY
def test_a_log_of_the_target_itself_gives_its_mean(name: Name) -> None:
    one = world(500, 1)
    log = Log(
        one.reward,
        np.full(500, 0.3),
        np.full(500, 0.3),
        model=RewardModel(one.reward, one.reward),
    )
    assert estimate(name, log).value == pytest.approx(one.reward.mean(), rel=1e-12)


@EVERY
@given(st.data())
def test_the_order_of_rows_and_the_names_of_customers_change_nothing(
    name: Name, data: st.DataObject
) -> None:
    n = data.draw(st.integers(2, 30))
    unit = arrays(np.float64, n, elements=st.floats(0.01, 1))
    log = Log(*(data.draw(unit) for _ in range(3)), np.arange(n) // 2 % 5,
              RewardModel(data.draw(unit), data.draw(unit)))  # fmt: skip
    order = np.array(data.draw(st.permutations(range(n))))
    moved = Log(
        log.reward[order],
        log.logged[order],
        log.target[order],
        7 - log.customers[order],
        RewardModel(log.model.shown[order], log.model.target[order]) if log.model else None,
    )
    one, other = estimate(name, log), estimate(name, moved)
    assert one.value == pytest.approx(other.value, rel=1e-9)
    assert one.error == pytest.approx(other.error, rel=1e-6, abs=1e-12, nan_ok=True)


@EVERY
@given(st.floats(0.1, 100), st.integers(0, 1_000))
def test_a_change_of_unit_changes_the_unit_alone(name: Name, unit: float, seed: int) -> None:
    one = world(60, seed)
    log = one.log(predicted=SLANTED)
    scaled = one._replace(reward=one.reward * unit).log(predicted=SLANTED * unit)
    assert estimate(name, scaled).value == pytest.approx(unit * estimate(name, log).value)


def test_dr_is_dm_where_no_weight_is() -> None:
    log = hand_made()
    none = Log(log.reward, log.logged, np.zeros(4), model=log.model)
    assert estimate("dr", none).value == estimate("dm", none).value == BY_HAND["dm"]


def test_dr_with_a_model_of_nothing_is_ips() -> None:
    one = world(300, 4)
    log = one.log(predicted=np.zeros((2, 3)))
    assert estimate("dr", log).value == pytest.approx(estimate("ips", log).value)


@pytest.mark.parametrize(
    ("name", "model"),
    [("ips", None), ("dr", WRONG), ("dr", SLANTED), ("dr", REWARD), ("dm", REWARD),
     ("switch_dr", REWARD), ("snips", None)],
)  # fmt: skip
def test_unbiased_over_many_logs(name: Name, model: np.ndarray | None) -> None:
    told = np.array([estimate(name, w.log(predicted=model)).value for w in worlds(400, 400)])
    z = (told.mean() - TRUTH) / (told.std(ddof=1) / np.sqrt(told.size))
    assert abs(z) < 4, f"{name}: mean {told.mean():.4f}, truth {TRUTH:.4f}, z {z:.1f}"


def test_a_wrong_model_misleads_dm_and_not_dr() -> None:
    one = world(40_000, 9).log(predicted=SLANTED)
    direct, robust = estimate("dm", one), estimate("dr", one)
    assert not direct.low < TRUTH < direct.high
    assert robust.low < TRUTH < robust.high


@pytest.mark.parametrize("name", ["ips", "snips", "dr", "switch_dr"])
@pytest.mark.parametrize("bootstrap", [False, True])
def test_the_interval_covers_the_truth(name: Name, bootstrap: bool) -> None:
    rng = np.random.default_rng(3) if bootstrap else None
    count = 120 if bootstrap else 600
    told = [estimate(name, w.log(predicted=REWARD), rng=rng) for w in worlds(count, 300)]
    covered = np.mean([one.low <= TRUTH <= one.high for one in told])
    # Four standard errors of a binomial share about 95 %.
    slack = 4 * np.sqrt(0.95 * 0.05 / count)
    assert 0.95 - slack - 0.01 <= covered <= 0.95 + slack


def test_a_good_model_narrows_dr() -> None:
    one = world(2_000, 2)
    assert estimate("dr", one.log(predicted=REWARD)).error < estimate("ips", one.log()).error


def test_repeating_a_customers_rows_makes_nobody_more_certain() -> None:
    one = world(400, 5)
    twice = one._replace(**{k: np.repeat(v, 2) for k, v in one._asdict().items()})
    once = estimate("ips", one.log())
    repeated = estimate("ips", twice.log(customers=np.arange(800) // 2))
    assert repeated.value == pytest.approx(once.value)
    assert repeated.error == pytest.approx(once.error)
    assert (repeated.rows, repeated.customers) == (800, 400)


@pytest.mark.parametrize("name", ["ips", "snips", "dr"])
def test_a_paired_difference_is_that_of_the_values_and_surer(name: Name) -> None:
    one = world(2_000, 6)
    near = 0.9 * np.array([[0.1, 0.1, 0.8], [0.6, 0.4, 0.0]]) + 0.1 / 3
    a, b = one.log(predicted=REWARD), one.log(predicted=REWARD, target=near)
    gap = difference(name, a, b)
    va, vb = estimate(name, a), estimate(name, b)
    assert gap.value == pytest.approx(va.value - vb.value)
    assert gap.error < 0.5 * np.hypot(va.error, vb.error)
    assert difference(name, a, a).value == 0


def test_a_difference_needs_the_same_log() -> None:
    with pytest.raises(ValueError, match="same log"):
        difference("ips", world(50, 1).log(), world(50, 2).log())


@pytest.mark.parametrize("name", sorted(NEEDS_MODEL))
def test_a_model_is_asked_for(name: Name) -> None:
    with pytest.raises(ValueError, match="reward model"):
        estimate(name, world(50, 1).log())
