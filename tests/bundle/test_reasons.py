"""Reasons add up to the score, are told in words, and never tell what is protected."""

import lightgbm as lgb
import numpy as np
import pytest

from bundle.models import ScoringModel, TreeModel
from bundle.reasons import contributions, explain, explain_one
from decisioning.calibration import CalibrationCurve
from decisioning.customers.linear import Design
from decisioning.customers.logistic import LogisticModel

NAMES = (
    "days_since_last_purchase", "gap_days_median", "overdue_ratio", "orders_90d", "age_years",
    "spend_90d",
)  # fmt: skip
CURVE = CalibrationCurve(np.array([1.0, 1.0, 0.0]), np.eye(3) * 0.01)


def lapsing(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    gap = rng.uniform(5, 30, n)
    silence = rng.exponential(20, n)
    orders = rng.poisson(90 / gap).astype(float)
    age = rng.uniform(20, 80, n)
    return np.column_stack([silence, gap, silence / gap, orders, age, orders * 2000.0])


@pytest.fixture(scope="module")
def trees() -> ScoringModel:
    x = lapsing(2500, 1)
    odds = 0.06 * (x[:, 0] - 25) - 0.15 * (x[:, 3] - 5) + 0.05 * (x[:, 4] - 50)
    y = (np.random.default_rng(2).random(2500) < 1 / (1 + np.exp(-odds))).astype(float)
    settings = {
        "objective": "binary",
        "num_leaves": 8,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
    }
    booster = lgb.train(settings, lgb.Dataset(x, y, feature_name=list(NAMES)), 40)
    return ScoringModel(NAMES, TreeModel(booster.model_to_string()), CURVE)


@pytest.fixture(scope="module")
def line() -> LogisticModel:
    x = lapsing(500, 1)
    places = np.arange(6)
    design = Design(
        NAMES, np.median(x, axis=0), x.min(axis=0), x.max(axis=0), places, np.zeros(6, dtype=int),
        np.zeros(6), x.mean(axis=0), x.std(axis=0),
    )  # fmt: skip
    return LogisticModel(design, np.array([-1.0, 1.2, 0.0, 0.4, -0.8, 2.0, 0.1]), CURVE)


def test_the_contributions_of_trees_add_up_to_the_raw_score(trees: ScoringModel) -> None:
    x = lapsing(50, 3)
    whole = trees.trees.contributions(x)
    raw = trees.trees(x)
    np.testing.assert_allclose(whole.sum(axis=1), np.log(raw / (1 - raw)), atol=1e-9)
    np.testing.assert_array_equal(contributions(trees, x), whole[:, :-1])
    assert trees.trees.contributions(np.empty((0, 6))).shape == (0, 7)


def test_the_contributions_of_a_line_add_up_to_the_raw_score(line: LogisticModel) -> None:
    x = lapsing(50, 3)
    raw = line.raw(x)
    np.testing.assert_allclose(
        contributions(line, x).sum(axis=1) + line.coefficients[0], np.log(raw / (1 - raw))
    )


def test_who_is_long_silent_is_told_so(trees: ScoringModel) -> None:
    reasons = explain_one(trees, np.array([74.0, 12.0, 74 / 12, 1.0, 50.0, 2000.0]))
    assert reasons[0].column in ("days_since_last_purchase", "overdue_ratio")
    assert reasons[0].effect > 0
    assert reasons[0].en.startswith("no purchase for 74 days")
    assert reasons[0].fr.startswith("aucun achat depuis 74 jours")
    effects = [r.effect for r in reasons]
    assert [e > 0 for e in effects] == sorted((e > 0 for e in effects), reverse=True)


def test_what_speaks_for_comes_before_what_speaks_against(line: LogisticModel) -> None:
    reasons = explain_one(line, np.array([60.0, 12.0, 5.0, 12.0, 50.0, 24_000.0]), most=2)
    assert [r.effect > 0 for r in reasons] == [True, False]
    assert reasons[0].en == "no purchase for 60 days, usually every 12 days"
    assert reasons[0].fr == "aucun achat depuis 60 jours, d'ordinaire un tous les 12 jours"
    assert reasons[1].en == "12 orders in the last 90 days"


def test_a_protected_column_is_no_reason_however_much_it_moves(line: LogisticModel) -> None:
    for reasons in explain(line, lapsing(60, 4), most=6):
        assert "age_years" not in {r.column for r in reasons}


def test_one_is_told_as_in_a_batch(trees: ScoringModel, line: LogisticModel) -> None:
    x = lapsing(40, 5)
    for model in (trees, line):
        batch = explain(model, x)
        assert batch[7] == explain_one(model, x[7])
        assert {len(reasons) for reasons in batch} <= {0, 1, 2, 3}
        assert any(len(reasons) == 3 for reasons in batch)


def test_a_column_beside_the_model_completes_a_phrase() -> None:
    one = np.array([0])
    design = Design(
        NAMES[:1], *(np.array([v]) for v in (20.0, 0.0, 400.0)), one, one, np.zeros(1),
        np.array([20.0]), np.array([10.0]),
    )  # fmt: skip
    model = LogisticModel(design, np.array([-1.0, 1.0]), CURVE)
    (alone,) = explain_one(model, np.array([74.0]))
    assert alone.en == "no purchase for 74 days"
    (reason,) = explain_one(model, np.array([74.0]), beside={"gap_days_median": 12.0})
    assert reason.en == "no purchase for 74 days, usually every 12 days"
    several = explain(
        model, np.array([[74.0], [50.0]]), beside={"gap_days_median": np.array([12.0, 0.2])}
    )
    assert [r.en for (r,) in several] == [reason.en, "no purchase for 50 days"]


def test_of_nobody_nothing_is_said(trees: ScoringModel) -> None:
    x = lapsing(2, 6)
    x[1] = np.nan
    told = explain(trees, x)
    assert told[0]
    assert told[1] == ()
