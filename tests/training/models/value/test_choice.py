"""A model is taken where later customers say so, and the rule of thumb elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from bundle.value_trees import CorrectedValue
from decisioning.estimates import Amount
from tests.training.models.value.customers import lived
from training.models.contract import TooFewRowsError
from training.models.value.calibrating import fit_curve, total_factor, whole_group
from training.models.value.choice import choose, choose_value
from training.models.value.measures import measure_amounts

RULES = {"rule", "other rule"}


def squares(**levels: float) -> dict[str, np.ndarray]:
    noise = np.random.default_rng(1).exponential(1.0, 400)
    return {name.replace("_", " "): level * noise for name, level in levels.items()}


def test_a_better_model_is_taken_and_the_figures_are_told() -> None:
    name, reason = choose(squares(rule=2.0, other_rule=3.0, model=1.0), RULES)
    assert name == "model"
    assert "'model' against" in reason
    assert "of 'rule' on 400 later rows" in reason


def test_a_model_no_better_than_chance_is_not() -> None:
    tried = squares(rule=1.0, model=1.0)
    tried["model"] = np.random.default_rng(2).permutation(tried["model"]) * 0.99
    assert choose(tried, RULES)[0] == "rule"


def test_a_worse_model_is_not() -> None:
    assert choose(squares(rule=1.0, model=1.1, other_rule=0.9), RULES)[0] == "other rule"


def test_customers_who_leave_without_a_word_are_for_a_model() -> None:
    parts = [lived(700, seed)[0] for seed in (21, 22, 23)]
    fitted = choose_value(*parts, horizon_days=90.0, seed=7)
    assert fitted.name in fitted.metrics
    assert len(fitted.metrics) == 5
    assert "buy till you die" in fitted.name
    taken, rule = fitted.metrics[fitted.name], fitted.metrics["spend over time"]
    assert taken["rmse"].value < rule["rmse"].value
    assert taken["coverage"].low < 0.93
    np.testing.assert_array_equal(fitted.y, parts[2].y)
    assert fitted.said.mean.shape == fitted.y.shape
    if isinstance(fitted.model, CorrectedValue):
        assert fitted.model.columns == parts[0].columns


def test_a_test_window_of_nothing_is_refused() -> None:
    train, later, test = (lived(150, seed)[0] for seed in (31, 32, 33))
    with pytest.raises(TooFewRowsError, match="none of whom spent"):
        choose_value(train, later, replace(test, y=np.zeros(len(test))), horizon_days=90.0, seed=7)


def test_measures_of_a_forecast() -> None:
    y = np.array([0.0, 10.0, 20.0, 30.0])
    said = Amount(y + 1.0, y - 1.0, np.array([5.0, 15.0, 25.0, 20.0]))
    measured = measure_amounts(y, said, np.arange(4), seed=1, resamples=50)
    assert measured["mae"].value == measured["rmse"].value == 1.0
    assert measured["total_bias"].value == pytest.approx(4 / 60)
    assert measured["coverage"].value == 0.75
    assert measured["rank_correlation"].value == pytest.approx(1.0)
    assert measured["coverage"].low < 0.75 < measured["coverage"].high + 0.3


def test_a_customers_rows_are_drawn_together() -> None:
    y = np.array([0.0, 0.0, 10.0, 10.0])
    said = Amount(np.full(4, 5.0), np.zeros(4), np.full(4, 9.0))
    alone = measure_amounts(y, said, np.arange(4), seed=1, resamples=400)["coverage"]
    together = measure_amounts(y, said, np.array([0, 0, 1, 1]), seed=1, resamples=400)["coverage"]
    assert (together.low, together.high) == (0.0, 1.0)
    assert alone.low <= 0.25


def test_every_moment_weighs_the_same_in_the_factor() -> None:
    assert total_factor(np.array([100.0, 1.0]), np.array([200.0, 0.5])) == pytest.approx(1.0)
    assert total_factor(np.array([0.0]), np.array([5.0])) == 1.0


def test_a_group_gives_its_zeros_to_the_lower_bound() -> None:
    came = np.r_[np.zeros(30), np.linspace(1, 70, 70)]
    mean, low, high = whole_group(came)
    assert (mean, low) == (pytest.approx(came.mean()), 0.0)
    assert np.mean(came <= high) == pytest.approx(0.90, abs=0.01)
    np.testing.assert_array_equal(whole_group(np.empty(0)), np.zeros(3))


def test_a_curve_rises_whatever_the_noise() -> None:
    rng = np.random.default_rng(4)
    raw = np.r_[np.zeros(300), rng.gamma(2.0, 10.0, 300)]
    came = rng.gamma(1.0, 1.0 + 3.0 * raw)
    knots, mean, low, high = fit_curve(raw, came)
    for curve in (mean, low, high):
        assert (np.diff(curve) >= 0).all()
    assert (np.diff(knots) > 0).all()
    assert knots[0] == 0.0
    assert ((low <= mean) & (mean <= high)).all()
