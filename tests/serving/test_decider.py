"""The Application over the village, called as HTTP and the terminal call it."""

import re

import pytest

from decisioning.reasons import REASONS
from serving.action_decisions import decide_actions_for, fill_action, fill_slate
from serving.decider import Decider
from serving.problems import Problem
from serving.requests import NextBestActionsRequest, RecommendationsRequest, Subject
from tests.integration.support import Shop
from tests.integration.village import NOW


@pytest.fixture
def decider(front: Shop) -> Decider:
    return front.parts.application


def ask(customer: str, **more: object) -> RecommendationsRequest:
    body = {"subject": {"customer_id": customer}, "channel": "web", **more}
    return RecommendationsRequest.model_validate(body)


def act(customer: str, **more: object) -> NextBestActionsRequest:
    body = {"subject": {"customer_id": customer}, "channel": "web", **more}
    return NextBestActionsRequest.model_validate(body)


def test_the_same_question_has_the_same_answer(decider: Decider) -> None:
    one, other = decider.recommend(ask("c002")), decider.recommend(ask("c002"))
    assert one.pop("decision_id") != other.pop("decision_id")
    assert one == other
    one, other = (decider.next_best_actions(act("c002", dry_run=True)) for _ in range(2))
    assert one["actions"] == other["actions"]


def test_explanations_are_for_those_who_ask(decider: Decider) -> None:
    asked = decider.next_best_actions(act("c002", explain=True))
    brief = decider.next_best_actions(act("c002"))
    assert all(set(d) == {"action_id", "stage", "reason", "detail"} for d in asked["dropped"])
    assert [{k: v for k, v in d.items() if k != "detail"} for d in asked["dropped"]] == brief[
        "dropped"
    ]
    counted = decider.recommend(ask("c002"))["dropped"]
    stages = {(r.stage, r.code) for r in REASONS}
    assert {(d["stage"], d["reason"]) for d in counted} <= stages
    assert all(d["count"] > 0 for d in counted)


def test_actions_that_ask_for_the_same_items_share_them(decider: Decider) -> None:
    world = decider.world
    shared = 0
    for customer in world.bundle.customers.ids.tolist():
        request = act(customer, n=10, channel="email")
        people = world.people([(customer, None)])
        decided = decide_actions_for(world, people, request, NOW)[0]
        fills = fill_slate(world, people, decided, request)
        alone = [fill_action(world, people, decided, k, request) for k in decided.decision.slate]
        assert [one.items for one in fills] == [one.items for one in alone]
        assert [one.request for one in fills] == [one.request for one in alone]
        shared += len(fills) - len({id(one) for one in fills})
    assert shared > 0


def test_the_catalogue_knows_its_own(decider: Decider) -> None:
    assert decider.unknown_items(["i000", "nope", "i001"]) == {"nope"}
    assert decider.unknown_customers(["c000", "new1", "nobody"]) == {"nobody"}
    assert decider.unknown_items([]) == set()
    assert decider.decision("nope") is None


def test_somebody_unknown_has_no_next_action(decider: Decider) -> None:
    with pytest.raises(Problem) as caught:
        decider.next_best_actions(act("nobody"))
    assert (caught.value.status, caught.value.code) == (404, "unknown_customer")
    stranger = NextBestActionsRequest(
        subject=Subject(visitor_id="ck"), channel="email", direction="outbound"
    )
    answer = decider.next_best_actions(stranger)
    assert [a["kind"] for a in answer["actions"]] == ["none"]
    assert decider.world.stores.ledger.recent([""], 0) == []


def test_every_reason_is_in_words(decider: Decider, front: Shop) -> None:
    customer = front.regulars("personalisation", "web")[0]
    texts = {
        item["reason"]: item["reason_text"]
        for goal in ("any", "discover", "replenish")
        for item in decider.recommend(ask(customer, goal=goal, n=60))["items"]
    }
    assert set(texts) == {"repeat_purchase", "similar_customers", "popular"}
    assert texts["repeat_purchase"].startswith("Bought ")
    assert re.fullmatch(r".*, last on 2024-[01]\d-\d\d\.( Due again .*)?", texts["repeat_purchase"])
    french = decider.recommend(ask(customer, goal="replenish", language="fr"))["items"][0]
    assert re.fullmatch(
        r"Acheté .* fois, la dernière fois le 2024-\S+\. À racheter vers le 202\S+\.",
        french["reason_text"],
    )
