"""The same request twice is one decision: over HTTP, over a restart, and from many at once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from serving.auth import issue_key
from serving.repeats import claim_of
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.steps import taken_now
from serving.stores.ports import DecisionRecord
from tests.integration.support import Shop
from tests.serving.support import refused, send

ITEMS, ACTIONS = "/v1/recommendations", "/v1/next_best_actions"


def body(customer: str = "c001", **more: Any) -> dict[str, Any]:
    return {"subject": {"customer_id": customer}, "channel": "web", "request_id": "r-1", **more}


def outbound(front: Shop, **more: Any) -> dict[str, Any]:
    """A request that contacts a customer who may be contacted now."""
    told = {"channel": "email", "direction": "outbound", "n": 1, **more}
    for customer in front.bundle.customers.ids.tolist():
        dry = body(customer, **told, dry_run=True)
        if any(one["kind"] != "none" for one in front.ok("POST", ACTIONS, dry)["actions"]):
            return body(customer, **told)
    raise AssertionError("nobody may be contacted")


def decisions(front: Shop) -> int:
    log = front.parts.stores.decisions
    kinds = ("recommendations", "next_best_actions")
    return sum(len(list(log.of_kind(kind, 0, 2**40))) for kind in kinds)


@pytest.mark.parametrize("path", [ITEMS, ACTIONS, "/v1/similar_items", "/v1/rank"])
@pytest.mark.parametrize("explain", [False, True])
def test_the_answer_is_the_first_to_the_last_byte(front: Shop, path: str, explain: bool) -> None:
    best = front.ok("POST", ITEMS, body(request_id="other"))["items"][0]["item_id"]
    asked: dict[str, Any] = body(explain=explain)
    if path == "/v1/similar_items":
        asked = {"item_id": best, "channel": "web", "request_id": "r-1", "explain": explain}
    if path == "/v1/rank":
        asked |= {"item_ids": [best]}
    before = decisions(front)
    one = front.call("POST", path, asked)
    front.clock.now += 3600
    front.stock({"item_id": best, "location_id": "online", "quantity": 0, "status": "out_of_stock"})
    two = front.call("POST", path, asked)
    assert (one.status_code, two.status_code) == (200, 200)
    assert one.content == two.content
    assert decisions(front) == before + 1


def test_nobody_is_contacted_twice(front: Shop) -> None:
    asked = outbound(front)
    customer = asked["subject"]["customer_id"]
    before = len(front.parts.stores.ledger.recent([customer], 0))
    told = [front.ok("POST", ACTIONS, asked) for _ in range(3)]
    assert len({one["decision_id"] for one in told}) == 1
    assert len(front.parts.stores.ledger.recent([customer], 0)) == before + 1


def test_another_body_under_the_same_id_is_refused(front: Shop) -> None:
    front.ok("POST", ITEMS, body())
    before = decisions(front)
    for path, other in ((ITEMS, body(n=3)), (ITEMS, body("c002")), (ACTIONS, body())):
        refused(front.call("POST", path, other), 409, "request_id_reused", "request_id")
    assert decisions(front) == before


def test_an_id_belongs_to_its_key(front: Shop) -> None:
    stores = front.parts.stores
    front.keys["crm"] = issue_key(stores.keys, ["decide"], "another shop", front.clock())
    mine = front.ok("POST", ITEMS, body(), "decide")
    theirs = front.ok("POST", ITEMS, body(n=3), "crm")
    assert len(theirs["items"]) == 3
    assert theirs["decision_id"] != mine["decision_id"]
    assert front.ok("POST", ITEMS, body(), "decide") == mine


def test_another_process_knows_the_answer(open_front: Callable[..., Shop]) -> None:
    one, other = open_front(), open_front()
    assert one.ok("POST", ACTIONS, body()) == other.ok("POST", ACTIONS, body())


def test_of_many_at_once_one_is_decided(front: Shop) -> None:
    asked, before = outbound(front), decisions(front)
    headers = {"Authorization": f"Bearer {front.keys['decide']}"}

    async def run() -> list[Any]:
        jobs = [send(front.app, "POST", ACTIONS, headers=headers, json=asked) for _ in range(8)]
        return await asyncio.gather(*jobs)

    told = asyncio.run(run())
    assert {one.status_code for one in told} == {200}
    assert len({one.content for one in told}) == 1
    assert decisions(front) == before + 1


def test_the_slower_of_two_processes_gives_the_answer_of_the_faster(
    open_front: Callable[..., Shop],
) -> None:
    one, other = open_front(), open_front()
    request = NextBestActionsRequest.model_validate(body())
    slower = one.parts.application.acting(request)
    entry = next(slower)
    faster = other.parts.application.next_best_actions(request)
    (refusal,) = one.parts.stores.decisions.append_each([entry])
    assert refusal is not None
    with pytest.raises(StopIteration) as end:
        slower.throw(refusal)
    assert end.value.value == faster


def test_a_dry_run_takes_no_id_and_meets_none(front: Shop) -> None:
    dry = front.ok("POST", ACTIONS, body(dry_run=True))
    real = front.ok("POST", ACTIONS, body())
    again = front.ok("POST", ACTIONS, body(dry_run=True))
    assert len({dry["decision_id"], real["decision_id"], again["decision_id"]}) == 3


def test_a_decision_under_no_id_is_taken_each_time(front: Shop) -> None:
    asked = body()
    del asked["request_id"]
    one, other = front.ok("POST", ITEMS, asked), front.ok("POST", ITEMS, asked)
    assert one["decision_id"] != other["decision_id"]


def test_an_id_whose_answer_is_gone_is_refused(front: Shop) -> None:
    decider = front.parts.application
    request = RecommendationsRequest.model_validate(body())
    decider.recommend(request)

    class Forgetful:
        def answered(self, request_id: str) -> Any:
            return front.parts.stores.decisions.answered(request_id)

        def get(self, decision_id: str) -> DecisionRecord | None:
            return None

    world = decider.world
    world.stores = replace(world.stores, decisions=Forgetful())  # type: ignore[arg-type]
    steps = decider.recommending(request)
    with pytest.raises(Exception, match="kept no longer"):
        taken_now(steps, front.parts.stores.decisions)


def test_what_is_kept_names_neither_the_id_nor_the_customer() -> None:
    claim = claim_of(RecommendationsRequest.model_validate(body("c-secret")), "key")
    assert claim is not None
    assert "r-1" not in claim.request_id
    assert len(claim.request_id) == len(claim.fingerprint) == 64
    assert "c-secret" not in claim.fingerprint
