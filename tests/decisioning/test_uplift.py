"""Uplift from the contacted and the control group, by band of the propensity."""

import numpy as np
import pytest

from decisioning.policy import Policy
from decisioning.uplift import PersonalUplift, UpliftTable
from tests.decisioning.customers.test_uplift import MODEL, X
from tests.decisioning.support import NOTHING, decide, make_action, make_block, situation

NAN = float("nan")


def table(**changes: list[float]) -> UpliftTable:
    facts = {
        "edges": [0.0, 0.1],
        "treated": [1000.0, 400.0],
        "treated_responses": [50.0, 100.0],
        "control": [500.0, 200.0],
        "control_responses": [5.0, 60.0],
    }
    return UpliftTable(**{k: np.array(v) for k, v in (facts | changes).items()})


def test_the_difference_of_the_two_rates_in_each_band():
    found = table().apply(np.array([0.05, 0.1, 0.9, NAN]))
    first, second = 50.5 / 1001 - 5.5 / 501, 100.5 / 401 - 60.5 / 201
    np.testing.assert_allclose(found.mean, [first, second, second, NAN])
    p, q = 50.5 / 1001, 5.5 / 501
    deviation = np.sqrt(p * (1 - p) / 1002 + q * (1 - q) / 502)
    assert found.high[0] - found.mean[0] == pytest.approx(1.6448536 * deviation)
    np.testing.assert_allclose(found.mean - found.low, found.high - found.mean)


def test_more_customers_narrow_the_interval():
    wide, narrow = table(), table(control=[50_000.0, 2e4], control_responses=[500.0, 6000.0])
    at = np.array([0.05])
    assert np.diff([narrow.apply(at).low, narrow.apply(at).high], axis=0) < np.diff(
        [wide.apply(at).low, wide.apply(at).high], axis=0
    )


@pytest.mark.parametrize("group", ["treated", "control"])
def test_a_band_without_one_of_the_groups_says_nothing(group):
    empty = {group: [0.0, 400.0], f"{group}_responses": [0.0, 100.0]}
    found = table(**empty).apply(np.array([0.05, 0.5]))
    assert np.isnan(found.mean[0])
    assert np.isnan(found.low[0])
    assert not np.isnan(found.mean[1])


def test_who_has_no_column_known_is_told_by_the_table():
    shared = table()
    personal = PersonalUplift(MODEL, shared)
    propensity = np.array([0.05, 0.05, 0.5, 0.5])
    found, own, banded = personal.apply(propensity, X), MODEL.predict(X), shared.apply(propensity)
    assert personal.columns == MODEL.columns
    for part in ("mean", "low", "high"):
        expected = [*getattr(own, part)[:2], getattr(banded, part)[2], getattr(own, part)[3]]
        np.testing.assert_array_equal(getattr(found, part), expected)
    assert not np.isnan(found.mean).any()


def test_uplift_stands_in_place_of_the_propensity():
    action = make_action("a", model="m", value=1000.0, cost=10.0)
    block = make_block(["c1", "c2"], propensities={"m": [0.5] * 2}, uplifts={"a": [0.03, NAN]})
    known, unknown = decide(block, [action, NOTHING], Policy(), situation())
    assert known.priority[0] == pytest.approx(0.03 * 1000 - 10)
    assert known.uplift[0] == pytest.approx(0.03)
    assert unknown.priority[0] == pytest.approx(0.5 * 1000 - 10)
    assert np.isnan(unknown.uplift[0])
