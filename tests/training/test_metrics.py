"""Measures against answers worked out by hand, and the intervals around them."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from decisioning.calibration import CalibrationTable
from training.customer_models import flat_estimates
from training.models.calibration import fit_steps
from training.models.metrics import (
    Estimate,
    expected_calibration_error,
    mean_estimate,
    measure,
    paired_gain,
)
from training.recommender.measure import ndcg


def test_ndcg_by_hand() -> None:
    """Customer 0 has items 1 and 2 relevant, at ranks 2 and 4; customer 2 has one, at rank 1."""
    slates = np.full((2, 10), -1)
    slates[0, :4] = [5, 1, 6, 2]
    slates[1, :1] = [3]
    relevant = np.array([0 * 10 + 1, 0 * 10 + 2, 2 * 10 + 3])
    found = ndcg(slates, np.array([0, 2]), relevant, n_items=10)
    by_hand = (1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    np.testing.assert_allclose(found, [by_hand, 1.0], rtol=0, atol=1e-12)


def test_ndcg_is_truncated_at_ten() -> None:
    """Twelve relevant items, ten shown, all right: 1, not 10 of 12."""
    slates = np.arange(10)[None, :]
    assert ndcg(slates, np.array([0]), np.arange(12), n_items=20)[0] == pytest.approx(1.0)
    assert ndcg(slates[:, ::-1], np.array([0]), np.arange(12), n_items=20)[0] == pytest.approx(1.0)
    assert ndcg(np.arange(10, 20)[None, :], np.array([0]), np.arange(5), n_items=20)[0] == 0.0


def test_an_empty_place_is_no_hit() -> None:
    """Customer 1 with an empty slate must not hit key 1 * n - 1, an item of customer 0."""
    slates = np.full((1, 10), -1)
    assert ndcg(slates, np.array([1]), np.array([9, 15]), n_items=10)[0] == 0.0


def test_calibration_error_by_hand() -> None:
    """Two bins of two: |1 - 0.4| and |1 - 1.6| of 4 rows."""
    y = np.array([0.0, 1.0, 1.0, 0.0])
    p = np.array([0.2, 0.2, 0.8, 0.8])
    assert expected_calibration_error(y, p, bins=2) == pytest.approx((0.6 + 0.6) / 4)


def test_calibration_error_of_ties_does_not_depend_on_their_order() -> None:
    rng = np.random.default_rng(3)
    y = (rng.random(400) < 0.3).astype(float)
    p = np.full(400, 0.25)
    p[:100] = 0.4
    order = rng.permutation(400)
    assert expected_calibration_error(y, p) == pytest.approx(
        expected_calibration_error(y[order], p[order]), abs=1e-12
    )
    constant = np.full(400, 0.25)
    assert expected_calibration_error(y, constant) == pytest.approx(abs(y.mean() - 0.25))
    assert expected_calibration_error(y, y) == 0.0


def test_measures_agree_with_scikit_learn_and_their_intervals_hold_them() -> None:
    rng = np.random.default_rng(4)
    p = rng.uniform(0.05, 0.95, 4000)
    y = (rng.random(4000) < p).astype(float)
    found = measure(y, p, seed=1)
    assert found["auc"].value == pytest.approx(roc_auc_score(y, p))
    assert found["brier"].value == pytest.approx(brier_score_loss(y, p))
    for name in ("auc", "brier"):
        estimate = found[name]
        assert estimate.low < estimate.value < estimate.high
        assert estimate.high - estimate.low < 0.05
        assert estimate.n == 4000
    assert measure(y, p, seed=1) == found
    assert measure(np.ones(5), np.ones(5), seed=1) == {}


def test_a_mean_and_its_interval() -> None:
    values = np.random.default_rng(5).normal(0.3, 0.1, 3000)
    estimate = mean_estimate(values, seed=2)
    assert estimate.low < values.mean() == estimate.value < estimate.high
    # 1.96 standard errors on each side, nearly.
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * 0.1 / np.sqrt(3000), rel=0.15)
    nothing = mean_estimate(np.empty(0), seed=2)
    assert np.isnan(nothing.value)
    assert nothing.n == 0


def test_what_is_not_finite_is_not_logged() -> None:
    nan = float("nan")
    flat = flat_estimates("x", {"auc": Estimate(0.7, 0.6, nan, 12), "ece": Estimate(nan, 0, 0, 0)})
    assert flat == {"x_auc": 0.7, "x_auc_low": 0.6, "x_auc_n": 12.0} | {
        "x_ece_low": 0,
        "x_ece_high": 0,
        "x_ece_n": 0.0,
    }


def test_a_calibration_table_holds_the_rows_it_was_fitted_on() -> None:
    """Two plateaus, 20 % and 60 %, come out as two steps with their own counts."""
    raw = np.r_[np.linspace(0.1, 0.4, 100), np.linspace(0.5, 0.9, 100)]
    y = np.r_[np.tile([1, 0, 0, 0, 0], 20), np.tile([1, 1, 0, 1, 0], 20)].astype(float)
    table = fit_steps(raw, y)
    assert table.positives.sum() == y.sum()
    assert table.total.sum() == y.size
    assert np.all(np.diff(table.edges) > 0)
    assert np.all(table.total >= 30)
    rates = table.apply(np.array([0.15, 0.85])).mean
    assert rates[0] == pytest.approx(0.2, abs=0.06)
    assert rates[1] == pytest.approx(0.6, abs=0.08)


@pytest.mark.parametrize("seed", range(5))
def test_calibration_is_monotone_inside_the_unit_interval(seed: int) -> None:
    rng = np.random.default_rng(seed)
    raw = np.round(rng.random(300), 1 if seed % 2 else 3)
    y = (rng.random(300) < raw).astype(float)
    table = fit_steps(raw, y)
    p = table.apply(np.linspace(-1, 2, 50))
    assert np.all(np.diff(p.mean) >= 0)
    assert np.all((p.mean > 0) & (p.mean < 1))
    assert np.all((p.low <= p.mean) & (p.mean <= p.high))
    assert table.total.sum() == 300
    assert np.isnan(table.apply(np.array([np.nan])).mean[0])


def test_rows_of_one_raw_score_share_a_step() -> None:
    raw = np.repeat([0.2, 0.7], [50, 60])
    y = np.r_[np.ones(5), np.zeros(45), np.ones(40), np.zeros(20)]
    table = fit_steps(raw, y)
    assert table.edges.tolist() == [0.2, 0.7]
    assert table.total.tolist() == [50.0, 60.0]
    assert table.positives.tolist() == [5.0, 40.0]


def test_a_small_period_is_one_step() -> None:
    table = fit_steps(np.linspace(0, 1, 20), np.tile([0.0, 1.0], 10))
    assert isinstance(table, CalibrationTable)
    assert table.total.tolist() == [20.0]


def test_the_interval_of_the_calibration_error_is_reflected() -> None:
    """Resamples of few rows look worse calibrated than the rows: taken as they are, all do."""
    rng = np.random.default_rng(8)
    p = rng.uniform(0.1, 0.9, 400)
    y = (rng.random(400) < p).astype(float)
    found = measure(y, p, seed=1)
    ece, chance = found["ece"], found["ece_by_chance"]
    assert ece.low <= ece.value <= ece.high
    assert ece.low < chance.value
    assert chance.low < ece.value < chance.high, "well calibrated by construction"
    wrong = measure(y, np.clip(p + 0.15, 0, 1), seed=1)
    assert wrong["ece"].value > wrong["ece_by_chance"].high


def test_a_paired_gain_is_narrower_than_either_figure() -> None:
    rng = np.random.default_rng(9)
    z = rng.normal(size=1500)
    y = (rng.random(1500) < 1 / (1 + np.exp(-2 * z))).astype(float)
    good, worse = z + rng.normal(0, 0.1, 1500), z + rng.normal(0, 0.3, 1500)
    gain = paired_gain(y, good, worse, seed=2, resamples=200)
    alone = measure(y, good, seed=2)["auc"]
    assert 0 < gain.low < gain.value < gain.high
    assert gain.high - gain.low < alone.high - alone.low
    assert gain.value == pytest.approx(roc_auc_score(y, good) - roc_auc_score(y, worse))


def test_rows_of_one_customer_are_drawn_together() -> None:
    """Every row four times over, told as four customers or as one: only one is sure of itself."""
    rng = np.random.default_rng(10)
    p = rng.random(200)
    y = (rng.random(200) < p).astype(float)
    y4, p4 = np.tile(y, 4), np.tile(p, 4)
    grouped = measure(y4, p4, seed=3, customer=np.tile(np.arange(200), 4))["auc"]
    alone = measure(y, p, seed=3)["auc"]
    naive = measure(y4, p4, seed=3)["auc"]
    assert grouped.high - grouped.low > 1.5 * (naive.high - naive.low)
    assert grouped.high - grouped.low == pytest.approx(alone.high - alone.low, rel=0.35)
