"""Intervals that hold what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.experience.intervals import (
    MIN_CUSTOMERS,
    Clusters,
    bootstrap,
    by_customer,
    effective_answers,
    figure,
    wilson,
)

SEED = 5


def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


def test_wilson_known_answers() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81/263, 15/148, 0/20, 1/29.
    for hits, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(hits / n, n) == pytest.approx((low, high), abs=5e-5)


@given(st.floats(0, 1), st.floats(0.5, 1e7))
def test_wilson_holds_the_share_and_stays_within_0_and_1(share: float, n: float) -> None:
    low, high = wilson(share, n)
    assert 0 <= low <= share <= high <= 1


@pytest.mark.parametrize(("share", "n"), [(-0.1, 5), (1.1, 5), (0.5, 0), (float("nan"), 5)])
def test_wilson_refuses_what_is_no_share(share: float, n: float) -> None:
    with pytest.raises(ValueError, match="share"):
        wilson(share, n)


def test_sums_by_customer() -> None:
    clusters = by_customer(
        np.array([9, 4, 9]), np.array([1.0, 0.0, 1.0]), np.array([2.0, 1.0, 0.5])
    )
    assert clusters.totals.tolist() == [0.0, 2.5]
    assert clusters.weights.tolist() == [1.0, 2.5]
    assert (clusters.answers, clusters.customers) == (3, 2)
    assert clusters.ratio == pytest.approx(2.5 / 3.5)


@given(st.data())
def test_the_estimate_lies_in_its_interval_and_repeats(data: st.DataObject) -> None:
    n = data.draw(st.integers(MIN_CUSTOMERS, 60))
    values = np.array(
        data.draw(st.lists(st.sampled_from([-100.0, 0, 100]), min_size=n, max_size=n))
    )
    made = figure(by_customer(np.arange(n), values), rng())
    assert made.low <= made.estimate + 1e-9
    assert made.estimate <= made.high + 1e-9
    assert made == figure(by_customer(np.arange(n), values), rng())


def test_one_fewer_than_enough_gives_no_figure() -> None:
    enough = by_customer(np.arange(MIN_CUSTOMERS), np.ones(MIN_CUSTOMERS))
    few = by_customer(np.arange(MIN_CUSTOMERS - 1), np.ones(MIN_CUSTOMERS - 1))
    assert figure(enough, rng(), share=True).method == "wilson"
    assert figure(few, rng(), share=True).method == "none"
    # Many answers of few customers are few people's word.
    assert figure(by_customer(np.arange(300) % 5, np.ones(300)), rng()).method == "none"


def test_answering_again_the_same_thing_makes_nobody_more_certain() -> None:
    values = np.random.default_rng(1).normal(size=80)
    once = figure(by_customer(np.arange(80), values), rng())
    again = figure(by_customer(np.repeat(np.arange(80), 4), np.repeat(values, 4)), rng())
    assert (again.low, again.high) == pytest.approx((once.low, once.high))
    share = (values > 0).astype(float)
    first = effective_answers(by_customer(np.arange(80), share))
    second = effective_answers(by_customer(np.repeat(np.arange(80), 4), np.repeat(share, 4)))
    assert first == pytest.approx(second)
    assert first == pytest.approx(79)


def test_all_alike_is_as_certain_as_there_are_customers() -> None:
    assert effective_answers(by_customer(np.repeat(np.arange(40), 9), np.ones(360))) == 40


def test_bootstrap_and_linearised_agree_where_they_meet() -> None:
    draw = np.random.default_rng(2)
    weights = draw.integers(1, 5, 5_000).astype(float)
    clusters = Clusters(weights * draw.normal(3, 1, 5_000), weights, int(weights.sum()))
    drawn = bootstrap(clusters, rng())
    assert drawn.std() == pytest.approx(clusters.error, rel=0.08)
    assert drawn.mean() == pytest.approx(clusters.ratio, abs=clusters.error)


def test_many_customers_use_the_linearised_interval() -> None:
    values = np.random.default_rng(3).normal(size=20_001)
    made = figure(by_customer(np.arange(values.size), values), rng())
    assert made.method == "linearised"
    assert made.high - made.low == pytest.approx(2 * 1.96 / np.sqrt(values.size), rel=0.03)


def test_blocks_of_the_bootstrap_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clusters = by_customer(np.arange(50), np.arange(50.0))
    whole = bootstrap(clusters, rng(), 40)
    monkeypatch.setattr("training.experience.intervals._BLOCK", 150)
    np.testing.assert_array_equal(bootstrap(clusters, rng(), 40), whole)


@pytest.mark.parametrize("share", [True, False])
def test_ninety_five_in_a_hundred_hold_the_truth(share: bool) -> None:
    """Customers answer 1 to 4 times, alike: an interval over answers would hold far fewer."""
    draw = np.random.default_rng(4)
    held = 0
    for _ in range(300):
        times = draw.integers(1, 5, 60)
        kind = draw.choice([-100.0, 0.0, 100.0], 60, p=[0.3, 0.3, 0.4])
        values = (kind > 0).astype(float) if share else kind
        truth = 0.4 if share else 10.0
        customers = np.repeat(np.arange(60), times)
        made = figure(by_customer(customers, np.repeat(values, times)), draw, share=share)
        held += made.low <= truth <= made.high
    assert 0.91 <= held / 300 <= 0.985
