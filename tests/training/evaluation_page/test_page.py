"""The page of a run: what a person finds on it, and that it is of the rows held out."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from decisioning.policy import DAY
from tests.training.promotion.made import T0, held, ids, model
from training.evaluation_page.figures import by_group, heaviest, lift_table, time_groups
from training.evaluation_page.page import Evaluated, evaluation_page
from training.models.metrics import Estimate
from training.promotion.gates import Gate
from training.trial_found import RankingFound, TrialFound

DRAW = np.random.default_rng(3)
RATE = DRAW.uniform(0.05, 0.95, 600)
CAME = (DRAW.uniform(size=600) < RATE).astype(np.float64)
SPENT = DRAW.gamma(2.0, 50.0, 600)
AGES = {c: ("25 to 34" if k % 3 else "<65 & more>") for k, c in enumerate(ids(600).tolist())}


def manifest(**more: object) -> Any:
    told = {
        "as_of": T0 + 30 * DAY,
        "columns": [{"name": "a", "purpose": "personalisation"}],
        "models": {"churn": ["a", "b"]},
        "recommenders": {"ease": "ItemItem"},
        "data_hashes": {"transactions": "abcdef0123456789", "events": "0" * 64},
        "simulated": ["events"],
    }
    return SimpleNamespace(**{**told, **more})


FIGURE = Estimate(0.0412, 0.021, 0.0613, 600)


def found(verdict: Any, reason: str = "s_logistic: Qini +0.024 above") -> TrialFound:
    rankings = tuple(
        RankingFound(name, FIGURE, Estimate(0.071, 0.05, 0.09, 600))
        for name in ("response", "s_logistic", "random")
    )
    return TrialFound(verdict, "s_logistic", reason, FIGURE, rankings)


def evaluated(**more: Any) -> Evaluated:
    uplift = replace(
        model(CAME, RATE / 10),
        kind="uplift",
        contacted=(DRAW.uniform(size=600) < 0.5).astype(np.float64),
        probability=np.full(600, 0.5),
        found=found("learned"),
    )
    kept = held(
        {"any": DRAW.uniform(size=600), "discover": DRAW.uniform(size=40)},
        {
            "churn": model(CAME, RATE),
            "value": model(SPENT, SPENT * 0.9, kind="amount"),
            "uplift_sms": uplift,
        },
    )
    told: dict[str, Any] = {
        "manifest": manifest(),
        "held": kept,
        "segments": {"age_band": AGES, "region": {}, "value": {}},
        "gates": [Gate("better", passed=False, said="better beyond chance in nothing")],
        "champion": "4",
        "parameters": {"seed": "7", "<b>": "bold"},
        "counts": {"transactions": 12345},
        "left_out": 17,
    }
    return Evaluated(**{**told, **more})


def test_the_page_has_every_part() -> None:
    page = evaluation_page(evaluated())
    for text in (
        "Against the champion", "Champion: version 4", "better beyond chance in nothing",
        "Recommendations", "NDCG@10", "Churn", "Value", "Uplift sms", "AUC", "ECE", "calibration",
        "lift", "Qini", "what it leans on", "Over time", "By age band", "Fairness",
        "times as often", "Data card", "12,345", "abcdef012345", "17 customers", "Model card",
        "what a contact changes",
    ):  # fmt: skip
        assert text in page, text


def test_it_loads_nothing_and_escapes_everything() -> None:
    page = evaluation_page(evaluated())
    assert "<b>" not in page
    assert "&lt;65 &amp; more&gt;" in page
    for loading in ("http://", "https://", "<script", "<link", 'src="/'):
        assert loading not in page.replace("http://www.w3.org", "")


def test_the_same_rows_give_the_same_page() -> None:
    told = evaluated()
    assert evaluation_page(told) == evaluation_page(told)


def test_a_first_run_has_no_champion() -> None:
    assert "There was no champion" in evaluation_page(evaluated(champion=None, gates=()))


def test_a_model_that_scored_nobody_says_so() -> None:
    nobody = held(models={"churn": model(CAME, np.full(600, np.nan))})
    assert "600 more could not be scored" in evaluation_page(evaluated(held=nobody))


def test_groups_of_few_customers_are_not_shown() -> None:
    groups = np.array(["few"] * 29 + ["many"] * 571)
    (found,) = by_group(model(CAME, RATE), groups)
    assert (found.name, found.customers, found.rows) == ("many", 571, 571)
    assert found.came == pytest.approx(CAME[29:].mean())
    assert found.said == pytest.approx(RATE[29:].mean())


def test_taken_is_the_share_among_the_highest() -> None:
    groups = np.where(np.arange(600) < 300, "a", "b")
    said = np.where(np.arange(600) < 120, 0.9, 0.1)
    first, second = by_group(model(CAME, said), groups)
    assert (first.taken, second.taken) == (0.4, 0.0)


def test_one_outcome_has_no_auc() -> None:
    (found,) = by_group(model(np.ones(40), RATE[:40]), np.full(40, "x"))
    assert np.isnan([found.auc, found.ece]).all()


def test_lift_is_over_everybody() -> None:
    tenths = lift_table(model(CAME, CAME))
    assert tenths[0][2] == pytest.approx(1 / CAME.mean())
    assert tenths[-1][2] == 0.0
    assert [said for said, _, _ in tenths] == sorted((said for said, _, _ in tenths), reverse=True)


def test_moments_are_days_and_weeks_when_they_are_many() -> None:
    few = replace(model(CAME, RATE), as_of=T0 + DAY * (np.arange(600) % 3))
    many = replace(model(CAME, RATE), as_of=T0 + DAY * (np.arange(600) % 28))
    assert np.unique(time_groups(few)).size == 3
    assert np.unique(time_groups(many)).size in (4, 5)


def test_the_heaviest_columns_come_first() -> None:
    assert heaviest(model(CAME, RATE)) == [("a", 0.75), ("b", 0.25)]
