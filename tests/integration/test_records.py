"""The record of a decision, what came of it, and the ledger that both feed."""

from typing import Any

import pytest

from tests.integration.support import Shop, action_ids, item_ids
from tests.integration.village import DAY

OUTBOUND = {"channel": "email", "direction": "outbound"}


@pytest.fixture
def reachable(front: Shop) -> str:
    """A customer to whom an e-mail would go now, were it asked for."""
    return next(
        c
        for c in front.regulars("marketing", "email")
        if "do_nothing" not in action_ids(front.act(c, **OUTBOUND, dry_run=True))
    )


def outcome(name: str, answer: dict[str, Any], front: Shop, **more: Any) -> dict[str, Any]:
    return {
        "outcome_id": name,
        "decision_id": answer["decision_id"],
        "outcome": "clicked",
        "occurred_at": front.clock.now,
        **more,
    }


def post(front: Shop, *outcomes: dict[str, Any]) -> Any:
    return front.ok("POST", "/v1/outcomes", {"outcomes": list(outcomes)}, "ingest")


def test_an_action_record_holds_every_candidate_with_its_terms(front: Shop, reachable: str) -> None:
    answer = front.act(reachable, **OUTBOUND, n=2, request_id="mine", explain=True)
    record = front.record(answer["decision_id"])
    catalogue = [a.action_id for a in front.bundle.actions]
    candidates = record["candidates"]
    assert [c["action_id"] for c in candidates] == catalogue
    assert {c["action_id"] for c in candidates if c["rank"] is not None} == set(action_ids(answer))
    dropped = {d["action_id"]: (d["stage"], d["reason"]) for d in answer["dropped"]}
    for one in candidates:
        assert {"stage", "verdict", "propensity", "value", "cost", "lever"} <= set(one)
        if one["action_id"] in dropped:
            assert (one["stage"], one["verdict"]) == dropped[one["action_id"]]
    for action in answer["actions"]:
        row = next(c for c in candidates if c["action_id"] == action["action_id"])
        assert row["verdict"] == "passed"
        worth = (row["propensity"] * row["value"] - row["cost"]) * row["context_weight"]
        assert row["priority"] == pytest.approx(worth * row["lever"], abs=1e-12)
        assert row["propensity_low"] <= row["propensity"] <= row["propensity_high"]
        assert 0 < row["action_probability"] <= 1
    assert (record["bundle_version"], record["policy_version"]) == (
        front.bundle.manifest.bundle_version,
        front.bundle.manifest.policy_version,
    )
    assert record["seed"] == front.bundle.policy.seed
    assert record["decided_at"] == front.clock.now
    assert (record["subject"], record["channel"]) == (reachable, "email")
    assert record["request"]["request_id"] == "mine"
    assert set(record["inputs"]["columns"]) >= {"orders_90d", "churn_probability"}
    assert record["outcomes"] == []


def test_an_item_record_holds_slate_drops_counts_and_request(front: Shop) -> None:
    customer = front.regulars("personalisation", "web")[0]
    best = item_ids(front.recommend(customer))[0]
    level = {"item_id": best, "location_id": "online", "quantity": 0, "status": "out_of_stock"}
    front.stock(level)
    answer = front.recommend(customer, goal="any")
    record = front.record(answer["decision_id"])
    assert record["items"] == answer["items"]
    assert {"item_id": best, "stage": "stock", "reason": "out_of_stock"} in [
        {k: one[k] for k in ("item_id", "stage", "reason")} for one in record["dropped"]
    ]
    assert record["refused"] == {one["reason"]: one["count"] for one in answer["dropped"]}
    assert record["request"]["subject"] == {"customer_id": customer, "visitor_id": None}
    assert record["kind"] == "recommendations"


def test_the_consent_version_grows_with_every_statement(front: Shop) -> None:
    customer = front.regulars("personalisation", "web")[0]
    first = front.record(front.recommend(customer)["decision_id"])["consent_version"]
    front.consent(customer, "marketing", "denied")
    second = front.record(front.recommend(customer)["decision_id"])["consent_version"]
    assert 0 < first < second
    nobody = front.record(front.recommend("nobody")["decision_id"])
    assert nobody["consent_version"] == 0


def test_outcomes_appear_in_the_record_once(front: Shop, reachable: str) -> None:
    items = front.recommend(reachable)
    actions = front.act(reachable, **OUTBOUND)
    of_item = outcome("o1", items, front, item_id=item_ids(items)[0])
    of_action = outcome(
        "o2", actions, front, action_id=action_ids(actions)[0], outcome="purchased", value=12.5
    )
    assert post(front, of_item, of_action) == {"accepted": 2, "duplicates": 0, "rejected": []}
    assert post(front, of_item, of_action) == {"accepted": 0, "duplicates": 2, "rejected": []}
    (seen,) = front.record(actions["decision_id"])["outcomes"]
    assert (seen["outcome_id"], seen["outcome"], seen["value"]) == ("o2", "purchased", 12.5)
    assert len(front.record(items["decision_id"])["outcomes"]) == 1


def test_an_unknown_decision_takes_no_outcome(front: Shop) -> None:
    answer = post(front, outcome("o1", {"decision_id": "nope"}, front, item_id="i000"))
    assert answer["accepted"] == 0
    assert answer["rejected"][0]["field"] == "decision_id"
    assert front.call("GET", "/v1/decisions/nope").status_code == 404


def test_a_dry_run_leaves_no_trace(front: Shop, reachable: str) -> None:
    first = front.act(reachable, **OUTBOUND, dry_run=True)
    assert front.call("GET", f"/v1/decisions/{first['decision_id']}").status_code == 404
    assert front.parts.stores.ledger.recent([reachable], 0) == []
    again = front.act(reachable, **OUTBOUND, dry_run=True)
    assert action_ids(again) == action_ids(first)


def test_an_inbound_answer_is_no_contact(front: Shop, reachable: str) -> None:
    front.act(reachable)
    front.recommend(reachable)
    assert front.parts.stores.ledger.recent([reachable], 0) == []


def test_outbound_decisions_count_and_caps_hold(front: Shop, reachable: str) -> None:
    """Two e-mails within seven days are the limit, however often we ask, one at a time or more."""
    sent: list[str] = []
    for _ in range(6):
        sent += [a for a in action_ids(front.act(reachable, **OUTBOUND, n=1)) if a != "do_nothing"]
        front.clock.now += 3_600
    assert len(sent) == 2
    assert len(set(sent)) == 2
    contacts = front.parts.stores.ledger.recent([reachable], 0)
    assert [(c.action_id, c.outcome, c.channel) for c in contacts] == [
        (action, "shown", "email") for action in sent
    ]
    record = front.record(front.act(reachable, **OUTBOUND)["decision_id"])
    stopped = {c["verdict"] for c in record["candidates"] if c["stage"] == "contact_policy"}
    assert stopped == {"contact_cap"}


def test_one_slate_never_exceeds_the_cap(front: Shop, reachable: str) -> None:
    answer = front.act(reachable, **OUTBOUND, n=20)
    assert 1 <= len(answer["actions"]) <= 2
    assert (
        action_ids(front.act(reachable, **OUTBOUND, n=20)) == ["do_nothing"]
        or len(answer["actions"]) == 1
    )


def test_after_the_suppression_an_action_still_cools_down(front: Shop, reachable: str) -> None:
    first = action_ids(front.act(reachable, **OUTBOUND, n=1))[0]
    action = next(a for a in front.bundle.actions if a.action_id == first)
    front.clock.now += DAY
    record = front.record(front.act(reachable, **OUTBOUND, n=1)["decision_id"])
    row = next(c for c in record["candidates"] if c["action_id"] == first)
    assert (row["stage"], row["verdict"]) == ("contact_policy", "cool_down")
    assert action.cool_down_days > 1


def test_a_delivery_report_is_no_second_contact(front: Shop, reachable: str) -> None:
    answer = front.act(reachable, **OUTBOUND, n=1)
    name = action_ids(answer)[0]
    post(front, outcome("o1", answer, front, action_id=name, outcome="shown"))
    front.clock.now += 60
    again = front.act(reachable, **OUTBOUND, n=1)
    assert action_ids(again) not in ([name], ["do_nothing"])


def test_another_process_sees_the_contact(open_front: Any) -> None:
    one = open_front()
    other = open_front(clock=one.clock)
    customer = next(
        c
        for c in one.regulars("marketing", "email")
        if len(one.act(c, **OUTBOUND, n=1, dry_run=True)["actions"][0]["items"]) > 0
    )
    sent = []
    for shop in (one, other, one, other):
        sent += [a for a in action_ids(shop.act(customer, **OUTBOUND, n=1)) if a != "do_nothing"]
    assert len(sent) == 2


def test_items_shown_in_a_message_are_no_contacts_of_their_own(front: Shop, reachable: str) -> None:
    items = front.recommend(reachable, channel="email")
    before = action_ids(front.act(reachable, **OUTBOUND, dry_run=True))
    shown = [
        outcome(f"i{k}", items, front, item_id=item, outcome="shown")
        for k, item in enumerate(item_ids(items))
    ]
    assert post(front, *shown)["accepted"] == 10
    assert action_ids(front.act(reachable, **OUTBOUND, dry_run=True)) == before


def test_a_rejection_of_an_inbound_offer_counts_as_one_of_its_kind(front: Shop) -> None:
    kinds = {a.action_id: a.kind for a in front.bundle.actions}
    customer = front.regulars("personalisation", "web")[0]
    answer = front.act(customer)
    action = answer["actions"][0]["action_id"]
    post(front, outcome("no", answer, front, action_id=action, outcome="rejected"))
    world = front.parts.application.world
    (held,) = world.contacts(world.people([(customer, None)]), front.clock.now + 1)
    assert [(c.action_id, c.kind) for c in held if c.outcome == "rejected"] == [
        (action, kinds[action])
    ]
