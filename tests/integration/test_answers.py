"""Every answer is what the OpenAPI document says, and JSON that anyone can read."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from serving.http.answers import DecisionAnswer, NextBestActionsAnswer, RecommendationsAnswer
from tests.integration.support import Shop

ITEM_FIELDS = {"item_id", "rank", "score", "reason", "stock"}
ACTION_FIELDS = {
    "action_id", "label", "kind", "channel", "rank", "priority", "propensity", "propensity_low",
    "propensity_high", "uplift", "value", "cost", "discount", "price_class", "context_weight",
    "lever", "action_probability",
    "items", "reason",
}  # fmt: skip
HEADER = {"decision_id", "bundle_version", "policy_version", "decided_at"}


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} in JSON")


def strictly(text: str) -> Any:
    """Read JSON as a strict reader does: NaN and Infinity are no JSON."""
    return json.loads(text, parse_constant=refuse_constant)


@pytest.fixture
def asked(front: Shop) -> list[str]:
    """Regular customers, a newcomer, one who refused, and somebody unknown."""
    allowed = front.who_allows("personalisation", "web")
    everyone = front.bundle.customers.ids.tolist()
    refused = next(c for c in everyone if c not in allowed and c.startswith("c"))
    return [*allowed[:3], "new0", refused, "nobody"]


@pytest.mark.parametrize("explain", [True, False])
def test_recommendations_have_the_documented_shape(
    front: Shop, asked: list[str], explain: bool
) -> None:
    for customer in asked:
        body = {
            "subject": {"customer_id": customer}, "channel": "web", "n": 7, "explain": explain
        }  # fmt: skip
        answer = strictly(front.call("POST", "/v1/recommendations", body).text)
        assert set(answer) == HEADER | {"items", "personalised", "fallback", "dropped"}
        TypeAdapter(RecommendationsAnswer).validate_python(answer, strict=True)
        assert [item["rank"] for item in answer["items"]] == list(range(1, 8))
        for item in answer["items"]:
            assert set(item) >= ITEM_FIELDS
            assert set(item["stock"]) == {"location_id", "quantity", "as_of"}
            assert isinstance(item["stock"]["as_of"], int)
        scores = [item["score"] for item in answer["items"]]
        if answer["fallback"] is not None:
            assert scores == sorted(scores, reverse=True)
        assert (answer["fallback"] is None) == answer["personalised"]
        for drop in answer["dropped"]:
            assert set(drop) == (
                {"item_id", "stage", "reason", "detail"}
                if explain
                else {"stage", "reason", "count"}
            )


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("channel", ["web", "email", "call_centre", "post"])
def test_actions_have_the_documented_shape(
    front: Shop, asked: list[str], channel: str, direction: str
) -> None:
    for customer in asked[:-1]:
        body = {
            "subject": {"customer_id": customer},
            "channel": channel,
            "direction": direction,
            "n": 5,
            "explain": True,
            "dry_run": True,
        }
        answer = strictly(front.call("POST", "/v1/next_best_actions", body).text)
        assert set(answer) == HEADER | {"arm", "actions", "dropped"}
        TypeAdapter(NextBestActionsAnswer).validate_python(answer, strict=True)
        assert answer["arm"] in {"policy", "control", "random"}
        catalogue = {a.action_id for a in front.bundle.actions}
        chosen = {a["action_id"] for a in answer["actions"]}
        assert chosen | {d["action_id"] for d in answer["dropped"]} | {"do_nothing"} == catalogue
        for action in answer["actions"]:
            assert set(action) == ACTION_FIELDS
            assert action["channel"] == channel
        for drop in answer["dropped"]:
            assert set(drop) == {"action_id", "stage", "reason", "detail"}
            assert drop["detail"]
        worth = [a["priority"] for a in answer["actions"]]
        # What a draw put forward says so; without one, the order is that of the priorities.
        if answer["arm"] == "policy" and "explored" not in {a["reason"] for a in answer["actions"]}:
            assert worth == sorted(worth, reverse=True)


def test_records_are_strict_json_for_everyone(front: Shop, asked: list[str]) -> None:
    for customer in asked[:-1]:
        for answer in (front.recommend(customer), front.act(customer, channel="email")):
            path = f"/v1/decisions/{answer['decision_id']}"
            record = strictly(front.call("GET", path).text)
            TypeAdapter(DecisionAnswer).validate_python(record)
            assert {"decision_id", "decided_at", "kind", "subject", "channel", "outcomes"} <= set(
                record
            )


def test_the_response_model_scores_and_its_absence_is_the_prior(front: Shop) -> None:
    """The village fits a model of type A; of type B nobody ever answered, so its prior stands."""
    assert set(front.bundle.models) == {"churn", "campaign_type_a"}
    seen: dict[str, set[float]] = {"campaign_type_a": set(), "campaign_type_b": set()}
    for customer in front.regulars("marketing", "post")[:25]:
        answer = front.act(customer, channel="post", direction="outbound", dry_run=True)
        record = front.act(customer, channel="post", direction="outbound")
        assert [a["action_id"] for a in answer["actions"]] == [
            a["action_id"] for a in record["actions"]
        ]
        for row in front.record(record["decision_id"])["candidates"]:
            if row["action_id"] in seen and row["propensity"] is not None:
                seen[row["action_id"]].add(row["propensity"])
    assert seen["campaign_type_b"] == {0.04}
    assert len(seen["campaign_type_a"]) > 1


def test_churn_makes_the_come_back_offer(front: Shop) -> None:
    """Eligibility reads the churn model: offered to those at risk only."""
    risk: dict[str, list[float]] = {"condition_false": [], "other": []}
    for customer in front.who_allows("personalisation", "email")[:80]:
        answer = front.act(customer, channel="email", direction="outbound")
        record = front.record(answer["decision_id"])
        row = next(c for c in record["candidates"] if c["action_id"] == "win_back")
        orders, churn = (
            record["inputs"]["columns"][name] for name in ("orders_365d", "churn_probability")
        )
        if orders >= 3 and row["verdict"] != "channel_not_supported":
            kind = "condition_false" if row["verdict"] == "condition_false" else "other"
            risk[kind].append(churn)
    assert max(risk["condition_false"]) <= 0.4 < min(risk["other"])
