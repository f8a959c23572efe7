"""The stability index: known answers, chance, nulls, and what is made of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning.policy import DAY
from training.drift import OLD_DAYS, Drift, Shift, shift_of, shifts

T0 = 20_000 * DAY


def draw(seed: int, n: int, mean: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 1, n)


def test_a_known_answer() -> None:
    # Half and half becomes nine to one: (.9-.5) ln(.9/.5) + (.1-.5) ln(.1/.5).
    before = np.array([0.0] * 50 + [1.0] * 50)
    after = np.array([0.0] * 90 + [1.0] * 10)
    expected = 0.4 * np.log(0.9 / 0.5) - 0.4 * np.log(0.1 / 0.5)
    assert shift_of("x", before, after).psi == pytest.approx(expected)


def test_the_same_population_has_not_moved() -> None:
    assert shift_of("x", draw(1, 500), draw(1, 500)).psi == 0.0


def test_chance_exceeds_its_bound_seldom() -> None:
    over = 0
    for seed in range(300):
        shift = shift_of("x", draw(seed, 400), draw(seed + 1000, 300))
        over += shift.psi > shift.chance
    assert over <= 3


def test_a_small_sample_may_look_moved_and_is_not_large() -> None:
    found = [shift_of("x", draw(s, 30), draw(s + 100, 30)) for s in range(50)]
    assert any(shift.psi > 0.25 for shift in found)
    assert not any(shift.large for shift in found)


def test_a_moved_mean_is_large() -> None:
    shift = shift_of("x", draw(1, 2000), draw(2, 2000, 1.0))
    assert shift.large
    assert shift.after - shift.before == pytest.approx(1.0, abs=0.1)


def test_nulls_are_a_bin_of_their_own() -> None:
    after = draw(1, 1000)
    after[:400] = np.nan
    shift = shift_of("x", draw(1, 1000), after)
    assert shift.large
    assert (shift.null_before, shift.null_after) == (0.0, 0.4)


def test_a_value_never_seen_lands_in_the_outer_bin() -> None:
    assert shift_of("x", np.zeros(500), np.ones(500)).large


@pytest.mark.parametrize(("n", "m"), [(0, 10), (10, 0), (0, 0)])
def test_nobody_has_not_moved(n: int, m: int) -> None:
    shift = shift_of("x", draw(1, n), draw(2, m))
    assert (shift.psi, shift.large) == (0.0, False)


@settings(max_examples=60)
@given(st.lists(st.floats(-5, 5) | st.just(np.nan), min_size=1, max_size=40),
       st.lists(st.floats(-5, 5) | st.just(np.nan), min_size=1, max_size=40))  # fmt: skip
def test_the_index_is_never_negative(before: list[float], after: list[float]) -> None:
    shift = shift_of("x", np.array(before), np.array(after))
    assert shift.psi >= 0
    assert np.isfinite(shift.psi)


def test_columns_come_largest_first_with_their_weight() -> None:
    before = np.column_stack((draw(1, 900), draw(2, 900)))
    after = np.column_stack((draw(3, 900), draw(4, 900, 2.0)))
    first, second = shifts(("calm", "moved"), before, after, {"moved": 0.3})
    assert (first.name, first.weight, second.name, second.weight) == ("moved", 0.3, "calm", 0.0)


def shift(name: str, psi: float, weight: float) -> Shift:
    return Shift(name, psi, 0.01, weight, float("nan"), 1.0, 1.0, 0.0)


def test_reasons_to_retrain() -> None:
    drift = Drift(
        T0,
        T0 + 10 * DAY,
        [shift("churn", 0.3, 1.0), shift("calm", 0.1, 1.0)],
        [shift("heavy", 0.9, 0.2), shift("light", 0.9, 0.01), shift("still", 0.2, 0.5)],
    )
    assert drift.reasons() == [
        "what churn predicts has shifted (PSI 0.30)",
        "heavy has shifted (PSI 0.90) and carries 20% of a model",
    ]
    told = drift.as_json()
    assert told["retrain"] is True
    assert told["columns"][0]["before"] is None
    assert told["columns"][2]["large"] is False


@pytest.mark.parametrize(("days", "old"), [(OLD_DAYS, False), (OLD_DAYS + 1, True)])
def test_age_alone_is_a_reason(days: int, old: bool) -> None:
    reasons = Drift(T0, T0 + days * DAY, [], []).reasons()
    assert bool(reasons) is old
    assert not old or f"{days} days ago" in reasons[0]
