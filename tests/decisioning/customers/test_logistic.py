"""A logistic regression as arrays: worked by hand, and bounded where training saw nothing."""

import numpy as np
import pytest

from decisioning.calibration import CalibrationCurve
from decisioning.customers.linear import HINGE, LINEAR, NULL, Design
from decisioning.customers.logistic import LogisticModel

SAME = CalibrationCurve(np.array([1.0, 1.0, 0.0]), np.eye(3) * 0.01)


@pytest.fixture
def model() -> LogisticModel:
    design = Design(
        columns=("a", "b"),
        fill=np.array([1.0, 0.0]),
        least=np.array([-5.0, -5.0]),
        most=np.array([5.0, 5.0]),
        source=np.array([0, 0, 1, 1]),
        kind=np.array([LINEAR, HINGE, LINEAR, NULL]),
        knot=np.array([0.0, 2.0, 0.0, 0.0]),
        centre=np.zeros(4),
        scale=np.ones(4),
    )
    return LogisticModel(design, np.array([-0.5, 1.0, 0.5, 0.25, -2.0]), SAME)


def test_by_hand(model: LogisticModel) -> None:
    x = np.array([[3.0, 1.0], [3.0, np.nan], [np.nan, 1.0], [50.0, 0.0], [np.nan, np.nan]])
    odds = [-0.5 + 3 + 0.5 + 0.25, -0.5 + 3 + 0.5 - 2, -0.5 + 1 + 0.25, -0.5 + 5 + 1.5]
    np.testing.assert_allclose(model.raw(x)[:4], 1 / (1 + np.exp(-np.array(odds))))
    said = model.predict(x)
    np.testing.assert_allclose(said.mean[:4], model.raw(x)[:4])
    assert np.isnan([said.mean[4], said.low[4], said.high[4], said.strength[4]]).all()


def test_scored_by_profile_as_by_its_own_columns(model: LogisticModel) -> None:
    assert model.columns == ("a", "b")
    profiles = np.random.default_rng(1).normal(size=(30, 5))
    found = model.score(profiles, np.array([4, 1]))
    np.testing.assert_array_equal(found.mean, model.predict(profiles[:, [4, 1]]).mean)
