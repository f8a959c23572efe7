"""Inference: learned from the past, calibrated, and never mistaken for an answer."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from tests.training.experience.support import AS_OF, DAY, START, granted, opened, shop, table
from training.experience.breakdown import Row
from training.experience.classes import Answers, calibrate, fit_ranked
from training.experience.effort import FACTS, contact_facts
from training.experience.inferred import (
    MIN_CLASS,
    NPS_CLASS,
    Inference,
    effort_classes,
    infer,
    infer_effort,
    infer_nps,
    nps_classes,
)
from training.experience.people import People, describe_people, inferred_rows
from training.experience.population import mean_with_interval
from training.experience.profiles import Profiles, lay_profiles
from training.experience.quality import auc, brier, measured
from training.experience.survey import Survey, read_survey

NO_WEIGHTS: "pd.Series[float]" = pd.Series(dtype=float, index=pd.Index([], dtype=object))
REFUSING = {"c002": "analytics", "c001": "personalisation"}
SEED = 7


@cache
def measured_shop() -> tuple[Survey, Profiles, Inference, Inference, People]:
    con = opened(shop(refusing=REFUSING))
    survey = read_survey(con, AS_OF)
    needed = pd.concat([survey.answers, survey.asked])[["customer_id", "at"]]
    profiles = lay_profiles(con, needed, AS_OF)
    nps = infer_nps(survey, profiles, NO_WEIGHTS, SEED)
    effort = infer_effort(con, survey, NO_WEIGHTS, SEED)
    return survey, profiles, nps, effort, describe_people(con, survey, profiles, nps, effort)


def drawn(n: int, seed: int) -> Answers:
    """Three classes whose log odds are linear in one column; the other is noise, a third null."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.uniform(-2, 2, n), rng.normal(size=n), np.full(n, np.nan)])
    odds = np.column_stack([np.zeros(n), x[:, 0], 2 * x[:, 0]])
    p = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    y = (rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1)
    return Answers(x, y.astype(np.int64), np.arange(n), np.ones(n))


def test_classes_of_scores() -> None:
    assert nps_classes(np.arange(11.0)).tolist() == [0] * 7 + [1] * 2 + [2] * 2
    assert effort_classes(np.arange(1, 8.0)).tolist() == [1] * 3 + [0] * 4


def test_probabilities_are_calibrated_and_sum_to_one() -> None:
    model = calibrate(fit_ranked(drawn(3_000, 1)), drawn(3_000, 2))
    test = drawn(6_000, 3)
    p = model.probabilities(test.x)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    for k in range(3):
        for part in np.array_split(np.argsort(p[:, k]), 5):
            assert (test.y[part] == k).mean() == pytest.approx(p[part, k].mean(), abs=0.05)


def test_the_unit_of_a_column_does_not_matter() -> None:
    train, later = drawn(800, 1), drawn(800, 2)
    once = calibrate(fit_ranked(train), later).probabilities(later.x)
    bent = [Answers(np.exp(3 * part.x), part.y, part.customers, part.weights)
            for part in (train, later)]  # fmt: skip
    again = calibrate(fit_ranked(bent[0]), bent[1]).probabilities(bent[1].x)
    np.testing.assert_allclose(again, once, atol=1e-9)


def test_measures_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    p = np.round(rng.random(200), 1)  # ties
    y = (rng.random(200) < p).astype(float)
    assert auc(y, p) == pytest.approx(roc_auc_score(y, p))
    assert brier(y, p) == pytest.approx(brier_score_loss(y, p))


def test_intervals_of_quality_are_over_customers() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(100)
    y = (rng.random(100) < p).astype(float)
    once = measured(y, p, np.arange(100), SEED)["auc"]
    again = measured(np.repeat(y, 5), np.repeat(p, 5), np.repeat(np.arange(100), 5), SEED)["auc"]
    assert once.low < once.value < once.high
    assert again.high - again.low == pytest.approx(once.high - once.low, rel=0.15)
    chance = measured(y, p, np.arange(100), SEED)
    assert chance["ece"].value < chance["ece_by_chance"].high  # p is calibrated by construction


def test_the_shop_is_learned_on_later_answers() -> None:
    _, _, nps, effort, _ = measured_shop()
    for model in (nps, effort):
        assert model.reason == ""
        assert model.model is not None
        assert model.quality["auc"].low > 0.55
        assert model.quality["brier"].value < model.baseline["brier"].value
    assert nps.counts["trained"] > nps.counts["tested"] == nps.y.size


def test_too_few_answers_make_no_model_and_it_says_which() -> None:
    con = opened(shop(customers=30))
    survey = read_survey(con, AS_OF)
    profiles = lay_profiles(con, survey.answers, AS_OF)
    nps = infer_nps(survey, profiles, NO_WEIGHTS, SEED)
    effort = infer_effort(con, survey, NO_WEIGHTS, SEED)
    assert nps.model is None
    assert "too few nps answers to train" in nps.reason
    assert "detractor" in nps.reason
    people = describe_people(con, survey, profiles, nps, effort)
    assert set(people.frame["source"].dropna()) == {"answered"}
    assert not list(inferred_rows(people, nps, effort, pd.Series(dtype=object), SEED))
    with pytest.raises(ValueError, match="too few nps answers"):
        mean_with_interval(nps, people.profiles, np.zeros(3), np.empty(0), SEED)


def test_nothing_to_learn_makes_no_model_rather_than_noise() -> None:
    rng = np.random.default_rng(6)
    n = 600
    noise = Answers(
        rng.normal(size=(n, 4)), rng.integers(0, 3, n).astype(np.int64), np.arange(n), np.ones(n)
    )
    found = infer(NPS_CLASS, noise, np.arange(n), SEED)
    assert found.model is None
    assert "no better than chance" in found.reason
    assert found.quality["auc"].low <= 0.5


def test_a_class_that_never_occurs_makes_no_model() -> None:
    answers = drawn(600, 1)
    never = Answers(answers.x, np.minimum(answers.y, 1), answers.customers, answers.weights)
    found = infer(NPS_CLASS, never, np.arange(600), SEED)
    assert f"{MIN_CLASS} of each class" in found.reason
    assert "0 promoter" in found.reason


def test_answered_and_inferred_are_never_mixed() -> None:
    survey, _, _, _, people = measured_shop()
    frame = people.frame.set_index("customer_id")
    late = survey.answers[survey.answers["at"] >= AS_OF - 90 * DAY]
    nps = late[late["metric"] == "nps"].groupby("customer_id")["score"].last()
    told = frame[frame["source"] == "answered"]
    assert set(told.index) == set(nps.index) & set(frame.index)
    p = told[["detractor", "passive", "promoter"]].to_numpy()
    assert np.isin(p, [0, 1]).all()
    assert (p.argmax(axis=1) == nps_classes(nps[told.index].to_numpy())).all()
    inferred = frame.loc[frame["source"] == "inferred", ["detractor", "passive", "promoter"]]
    np.testing.assert_allclose(inferred.sum(axis=1), 1)
    assert ((inferred > 0) & (inferred < 1)).all(axis=None)
    contacted = frame["hard_effort"].notna()
    assert (contacted == frame["effort_source"].notna()).all()


def test_nothing_is_inferred_of_who_refused_either_purpose() -> None:
    survey, _, _, _, people = measured_shop()
    assert not set(REFUSING) & set(people.frame["customer_id"])
    assert "c002" not in set(survey.answers["customer_id"])
    assert "c001" in set(survey.answers["customer_id"])  # measured, as analytics is allowed


def test_what_a_refuser_says_changes_no_model() -> None:
    frames = shop(refusing=REFUSING)
    answers = frames["feedback"]
    mine = (answers["customer_id"] == "c002") & (answers["metric"] == "nps")
    assert mine.any()
    frames["feedback"] = answers.assign(score=answers["score"].mask(mine, 10 - answers["score"]))
    con = opened(frames)
    survey = read_survey(con, AS_OF)
    needed = pd.concat([survey.answers, survey.asked])[["customer_id", "at"]]
    nps = infer_nps(survey, lay_profiles(con, needed, AS_OF), NO_WEIGHTS, SEED)
    np.testing.assert_array_equal(nps.p, measured_shop()[2].p)


def test_the_population_is_marked_inferred_and_told_apart() -> None:
    _, _, nps, effort, people = measured_shop()
    segments = pd.Series({"c003": "one", "c004": "one"})  # too few for a figure
    rows = {r.metric: r for r in inferred_rows(people, nps, effort, segments, SEED)}
    assert set(rows) == {"nps", "nps_population", "effort_hard"}
    assert {(r.source, r.by) for r in rows.values()} == {("inferred", "overall")}
    counts = people.frame["source"].value_counts()
    assert rows["nps"].n == counts["inferred"]
    assert rows["nps_population"].n == counts["inferred"] + counts["answered"]
    told = people.frame[people.frame["source"] == "answered"]
    said = 100 * (told["promoter"] - told["detractor"])
    pooled = rows["nps"].estimate * rows["nps"].n + said.sum()
    assert rows["nps_population"].estimate * rows["nps_population"].n == pytest.approx(pooled)
    for row in rows.values():
        assert _holds(row)


def _holds(row: Row) -> bool:
    return row.low < row.estimate < row.high and np.isnan(row.weighted)


def test_facts_of_a_contact_are_those_known_then() -> None:
    at = START + 100 * DAY
    rows = [
        ("a1", "a", at - 10 * DAY, at - 9 * DAY, True),
        ("a2", "a", at - 5 * DAY, at + DAY, True),  # closed later: open as far as anyone knows
        ("b1", "b", at - 2 * DAY, at - DAY, False),
        ("d1", "d", at - 91 * DAY, None, None),  # too old
        ("e1", "e", at, None, None),  # not yet
    ]
    contacts = table("contact_id customer_id opened_at closed_at resolved", rows)
    names = "feedback_id customer_id metric score answered_at"
    answers = table(names, [("f1", "b", "nps", 5, at - 3 * DAY), ("f2", "b", "nps", 9, at + DAY)])
    con = opened({"service_contacts": contacts.astype({"closed_at": "Int64"}), "feedback": answers,
                  "consents": granted("abcde")})  # fmt: skip
    ids = pd.Series(list("abcde"))
    facts = contact_facts(con, ids, np.full(5, at))
    found = {c: dict(zip(FACTS, row, strict=True)) for c, row in zip(ids, facts, strict=True)}
    assert found["a"]["settled"] == 0
    assert found["a"]["waited_days"] == 5
    assert (found["a"]["again"], found["a"]["earlier_contacts"]) == (1, 1)
    assert (found["b"]["settled"], found["b"]["last_level"]) == (0, 0.5)
    assert found["b"]["waited_days"] == pytest.approx(1, abs=1e-4)
    assert np.isnan(facts[[2, 3, 4]]).all()
