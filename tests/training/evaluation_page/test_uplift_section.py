"""The section of an uplift: its verdict in words, and effects that are those of the rows."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.training.evaluation_page.test_page import evaluated, found
from tests.training.promotion.made import ids, model
from training.evaluation_page.page import evaluation_page
from training.evaluation_page.uplift_section import uplift_section
from training.held_out import HeldOutModel

N = 2000
RNG = np.random.default_rng(5)
GIVEN = RNG.random(N) < 0.5
SAID = np.where(np.arange(N) % 2, 0.3, 0.0)
CAME = (RNG.random(N) < 0.2 + SAID * GIVEN).astype(np.float64)
HALVES = {"value": {c: ("odd" if k % 2 else "even") for k, c in enumerate(ids(N).tolist())}}


def trial(**more: Any) -> HeldOutModel:
    told = {
        "kind": "uplift",
        "contacted": GIVEN.astype(np.float64),
        "probability": np.full(N, 0.5),
        "found": found("learned"),
    }
    return replace(model(CAME, SAID), **{**told, **more})


def drawn(held: HeldOutModel, segments: Any = HALVES) -> str:
    return "".join(uplift_section("uplift_sms", held, segments))


def test_a_learned_uplift_stands_beside_the_response_model_and_chance() -> None:
    page = drawn(trial())
    for text in (
        "Uplift sms", f"{GIVEN.sum():,} contacts and {(~GIVEN).sum():,} customers held back",
        "s_logistic: Qini +0.024 above", "s_logistic (drawn)", "<td>response</td>",
        "<td>random</td>", "0.041 [0.021, 0.061]", "0.071 [0.050, 0.090]", "uplift_sms: Qini",
    ):  # fmt: skip
        assert text in page, text
    assert "plain table" not in page
    assert "class=note" not in page


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [("none", "No uplift found: of 5."), ("response", "Uplift modelling does not pay: so.")],
)
def test_a_run_that_falls_back_says_so(verdict: str, reason: str) -> None:
    page = drawn(trial(found=found(verdict, reason)))
    assert f"<p class=note>{reason} The bundle keeps the plain table" in page


def test_effects_by_segment_are_those_of_the_rows() -> None:
    page = drawn(trial())
    for name, mine in (("even", np.arange(N) % 2 == 0), ("odd", np.arange(N) % 2 == 1)):
        effect = CAME[mine & GIVEN].mean() - CAME[mine & ~GIVEN].mean()
        cells = re.search(rf"<td>{name}</td><td class=n>1,000</td><td class=n>(\S+) \[", page)
        assert cells is not None
        assert float(cells[1]) == pytest.approx(effect, abs=6e-4)


def test_a_contact_counts_by_the_odds_it_had() -> None:
    odds = np.where(np.arange(N) % 4 < 2, 0.9, 0.1)
    page = drawn(trial(probability=np.where(GIVEN, odds, 0.5)), {"all": dict.fromkeys(ids(N), "x")})
    rate = np.average(CAME[GIVEN], weights=1 / odds[GIVEN]) - CAME[~GIVEN].mean()
    cells = re.search(r"<td>x</td><td class=n>2,000</td><td class=n>(\S+) \[", page)
    assert cells is not None
    assert float(cells[1]) == pytest.approx(rate, abs=6e-4)


def test_a_segment_with_too_few_held_back_is_not_shown() -> None:
    rare = {c: "rare" for c in ids(N)[~GIVEN][:29].tolist()} | {
        c: "rare" for c in ids(N)[GIVEN][:100].tolist()
    }
    assert "rare" not in drawn(trial(), {"value": rare})


def test_who_could_not_be_scored_is_in_the_effect_and_not_on_the_curve() -> None:
    nobody = drawn(trial(mean=np.full(N, np.nan)))
    assert "Qini" in nobody
    assert "<td>even</td>" in nobody


def test_models_that_are_not_there_are_listed_with_their_reason() -> None:
    told = evaluated()
    lacking = replace(told.held, unfitted={"uplift_b": "12 effective customers contacted"})
    page = evaluation_page(replace(told, held=lacking))
    assert "<h2>Not fitted</h2>" in page
    assert "<td>uplift_b</td><td>12 effective customers contacted</td>" in page
    assert "<h2>Not fitted</h2>" not in evaluation_page(told)
