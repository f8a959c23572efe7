"""The loop: decisions are recorded, outcomes come in, and the next training learns from both."""

import dataclasses

import numpy as np
import pytest

from bundle.contents import LearnedResponses
from decisioning.compiled import learned_name
from decisioning.customers.linear import LINEAR, Design
from decisioning.customers.uplift import AS_IT_IS, LinearUplift
from decisioning.policy import DAY
from decisioning.uplift import PersonalUplift, UpliftTable
from nextbest.lessons import WINDOW, exposures
from serving.world import World
from tests.integration.support import Shop
from training.lessons import learn

pytestmark = pytest.mark.slow
OUTBOUND = {"channel": "email", "direction": "outbound", "n": 1}


def test_the_log_teaches_what_came_of_each_action(front: Shop) -> None:
    asked = front.who_allows("marketing", "email")[:80]
    answers = {c: front.act(c, **OUTBOUND) for c in asked}
    chosen = {c: a["actions"][0]["action_id"] for c, a in answers.items() if a["actions"]}
    shown = {c: name for c, name in chosen.items() if name != "do_nothing"}
    assert len(shown) > 10
    happy = sorted(shown)[::2]
    front.clock.now += DAY
    front.ok(
        "POST",
        "/v1/outcomes",
        {
            "outcomes": [
                {
                    "outcome_id": f"o-{c}",
                    "decision_id": answers[c]["decision_id"],
                    "action_id": shown[c],
                    "outcome": "accepted",
                    "occurred_at": front.clock.now,
                }
                for c in happy
            ]
        },
        "ingest",
    )
    stores = front.parts.stores
    too_soon = list(exposures(stores, front.clock.now, set(asked)))
    assert too_soon == [], "whose window of outcomes is not over teaches nothing yet"
    later = front.clock.now + WINDOW + DAY
    log = list(exposures(stores, later, set(asked)))
    told = learn(log).responses
    mine = {name: (n, r) for name, n, r in zip(told.ids, told.shown, told.responded, strict=True)}
    for name in set(shown.values()):
        full_price = [
            c for c, a in shown.items() if a == name and not answers[c]["actions"][0]["discount"]
        ]
        assert mine[name] == (len(full_price), len(set(full_price) & set(happy)))
    assert {e.subject for e in log if e.control} == {
        c for c, a in answers.items() if a["arm"] == "control" and any(
            one["reason"] == "control_group" for one in a["dropped"]
        )
    }  # fmt: skip
    nobody = list(exposures(stores, later, frozenset()))
    assert nobody == [], "no row of a customer who does not allow analytics"


def test_an_uplift_by_customer_reads_the_columns_it_names(front: Shop) -> None:
    bundle = front.bundle
    names = ("orders_365d", "days_since_last_purchase")
    design = Design(
        names, np.zeros(2), np.zeros(2), np.full(2, 1e6), np.arange(2), np.full(2, LINEAR),
        np.zeros(2), np.zeros(2), np.ones(2),
    )  # fmt: skip
    weights, none = np.array([0.1, 2.0, -1.0]), np.zeros((3, 1))
    model = LinearUplift(
        **vars(design), logistic=0, shown=weights, held=np.zeros(3), shown_spread=none,
        held_spread=none, calibration=np.array(AS_IT_IS),
    )  # fmt: skip
    table = UpliftTable(*(np.array([v]) for v in (0.0, 500.0, 60.0, 400.0, 30.0)))
    uplifts = {"ask_feedback": PersonalUplift(model, table), "gone": table}
    world = World(dataclasses.replace(bundle, uplifts=uplifts), front.parts.stores)
    profiles = bundle.customers.profiles[:5].copy()
    profiles[2] = np.nan
    found = world.uplifts({}, profiles)
    orders, days = (profiles[:, bundle.column_positions[name]] for name in names)
    expected = np.where(np.isnan(orders) & np.isnan(days), found["gone"].mean,
                        0.1 + 2.0 * np.nan_to_num(orders) - np.nan_to_num(days))  # fmt: skip
    np.testing.assert_allclose(found["ask_feedback"].mean, expected)
    assert found["ask_feedback"].mean[2] == found["gone"].mean[2]


def test_what_was_learned_stands_in_place_of_the_prior(front: Shop) -> None:
    bundle = front.bundle
    action = next(a for a in bundle.actions if a.action_id == "ask_feedback")
    learned = LearnedResponses(
        np.array(["ask_feedback", "gone"]), np.full(2, 80.0), np.full(2, 40.0)
    )
    world = World(dataclasses.replace(bundle, learned=learned), front.parts.stores)
    found = world.responses({}, 3)
    assert set(found) == {learned_name("ask_feedback")}
    told = found[learned_name("ask_feedback")]
    strength = action.prior.strength + 80
    assert told.strength.tolist() == [strength] * 3
    assert told.mean[0] == pytest.approx(
        (action.prior.mean * action.prior.strength + 40) / strength
    )
