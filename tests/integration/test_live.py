"""A purchase posted now changes the next recommendation, without any training."""

from collections.abc import Callable
from typing import Any

import pytest

from decisioning.policy import DAY
from serving.batch import BatchJob, answers
from tests.integration.support import Clock, Shop, item_ids


def buy(front: Shop, item: str, name: str = "e1", **more: Any) -> Any:
    event = {
        "event_id": name,
        "event_type": "purchase",
        "item_id": item,
        "occurred_at": front.clock.now - 60,
        **more,
    }
    return front.ok("POST", "/v1/events", {"events": [event]}, "ingest")


def offered(front: Shop, customer: str, goal: str, n: int = 100) -> dict[str, dict[str, Any]]:
    answer = front.recommend(customer, goal=goal, n=n)
    return {item["item_id"]: item for item in answer["items"]}


@pytest.fixture
def regular(front: Shop) -> str:
    return front.regulars("personalisation", "web")[0]


def test_what_was_bought_a_minute_ago_is_no_discovery_and_may_be_due_again(
    front: Shop, regular: str
) -> None:
    new = item_ids(front.recommend(regular, goal="discover", n=3))[0]
    before = offered(front, regular, "any")
    assert new not in offered(front, regular, "replenish")
    assert buy(front, new, customer_id=regular)["accepted"] == 1
    assert new not in offered(front, regular, "discover")
    again = offered(front, regular, "replenish")[new]
    assert again["reason"] == "repeat_purchase"
    assert again["reason_text"].startswith("Bought once, last on 2024-11-26. Due again about 202")
    assert offered(front, regular, "any") != before


def test_the_record_of_it_is_replayed_to_the_bit(front: Shop, regular: str) -> None:
    new = item_ids(front.recommend(regular, goal="discover"))[0]
    buy(front, new, customer_id=regular)
    for goal in ("any", "discover", "replenish"):
        told = front.recommend(regular, goal=goal)
        buy(front, "i003", f"later {goal}", customer_id=regular)
        replay = front.ok("POST", f"/v1/decisions/{told['decision_id']}/replay", scope="crm")
        assert replay["identical"], replay["differences"]


def test_a_block_gives_what_each_gets_alone(front: Shop) -> None:
    asked = front.who_allows("personalisation", "web")[:12]
    asked += ["new0", "c000"]
    for k, customer in enumerate(asked[::3]):
        buy(front, f"i{k:03d}", f"e{k}", customer_id=customer, order_id="o1")
        buy(front, f"i{k + 40:03d}", f"f{k}", customer_id=customer, order_id="o1")
    job = BatchJob("recommendations", "web", 10)
    together = answers(front.parts.application, job, asked, front.clock.now)
    for customer, answer in zip(asked, together, strict=True):
        alone = front.recommend(customer, explain=True)
        assert alone | {"decision_id": answer["decision_id"]} == answer


def test_a_newcomer_is_served_personally_after_the_first_purchase(front: Shop) -> None:
    front.consent("new0", "personalisation", "granted")
    answer = front.recommend("new0")
    assert (answer["personalised"], answer["fallback"]) == (False, "cold_start")
    buy(front, item_ids(answer)[0], customer_id="new0")
    told = front.recommend("new0", explain=True)
    assert (told["personalised"], told["fallback"]) == (True, None)
    assert item_ids(front.recommend("new0", goal="replenish")) == [item_ids(answer)[0]]
    replay = front.ok("POST", f"/v1/decisions/{told['decision_id']}/replay", scope="crm")
    assert replay["identical"], replay["differences"]


def test_a_refusal_binds_the_next_decision_and_what_was_posted_stays_unread(
    front: Shop, regular: str
) -> None:
    front.consent(regular, "personalisation", "withdrawn")
    plain = front.recommend(regular, goal="discover")
    buy(front, item_ids(plain)[0], customer_id=regular)
    after = front.recommend(regular, goal="discover")
    assert after["fallback"] == "no_consent"
    assert item_ids(after) == item_ids(plain)
    front.clock.now += 1  # a refusal wins a tie
    front.consent(regular, "personalisation", "granted")
    assert item_ids(plain)[0] not in offered(front, regular, "discover")


def test_a_reported_purchase_counts_as_one_with_the_event_of_the_same_day(
    front: Shop, regular: str
) -> None:
    told = front.recommend(regular, goal="discover")
    item = item_ids(told)[0]
    outcome = {
        "outcome_id": "o1",
        "decision_id": told["decision_id"],
        "item_id": item,
        "outcome": "purchased",
        "occurred_at": front.clock.now - 30,
    }
    front.ok("POST", "/v1/outcomes", {"outcomes": [outcome]}, "ingest")
    assert offered(front, regular, "replenish")[item]["reason_text"].startswith("Bought once")
    buy(front, item, customer_id=regular)
    assert offered(front, regular, "replenish")[item]["reason_text"].startswith("Bought once")
    buy(front, item, "e2", customer_id=regular, occurred_at=front.clock.now - 40, order_id="o2")
    assert offered(front, regular, "replenish")[item]["reason_text"].startswith("Bought 2 times")


def test_clicks_on_an_item_are_no_purchase(front: Shop, regular: str) -> None:
    told = front.recommend(regular, goal="discover")
    outcome = {
        "outcome_id": "o1",
        "decision_id": told["decision_id"],
        "item_id": item_ids(told)[0],
        "outcome": "clicked",
        "occurred_at": front.clock.now - 30,
    }
    front.ok("POST", "/v1/outcomes", {"outcomes": [outcome]}, "ingest")
    assert item_ids(front.recommend(regular, goal="discover")) == item_ids(told)


def test_what_the_bundle_has_seen_is_not_counted_twice(front: Shop, regular: str) -> None:
    before = offered(front, regular, "any")
    buy(front, "i001", customer_id=regular, occurred_at=front.bundle.manifest.as_of - 1)
    buy(front, "in no catalogue", "e2", customer_id=regular)
    assert offered(front, regular, "any") == before


def visitor(front: Shop, name: str, **more: Any) -> Any:
    body = {"subject": {"visitor_id": name}, "channel": "web", "n": 10, **more}
    return front.ok("POST", "/v1/recommendations", body, "decide")


def allow(front: Shop, name: str, status: str) -> None:
    one = {"visitor_id": name, "purpose": "personalisation", "channel": "any", "status": status}
    front.ok("PUT", "/v1/consents", {"consents": [one]}, "ingest")


def test_a_visitor_is_read_only_by_their_own_leave(front: Shop) -> None:
    plain = visitor(front, "ck9", goal="discover")
    buy(front, item_ids(plain)[0], visitor_id="ck9")
    assert visitor(front, "ck9", goal="discover")["fallback"] == "cold_start"
    allow(front, "ck9", "granted")
    told = visitor(front, "ck9", goal="discover")
    assert told["personalised"]
    assert item_ids(plain)[0] not in item_ids(told)
    assert not visitor(front, "ck8", goal="discover")["personalised"], "another one"
    front.clock.now += 1
    allow(front, "ck9", "withdrawn")
    assert item_ids(visitor(front, "ck9", goal="discover")) == item_ids(plain)


def test_a_device_linked_to_a_customer_is_theirs_unless_it_refused(
    front: Shop, regular: str
) -> None:
    from serving.stores.ports import LinkRow

    new = item_ids(front.recommend(regular, goal="discover"))[0]
    buy(front, new, visitor_id="ck7")
    assert new in offered(front, regular, "discover")
    front.parts.stores.links.put([LinkRow("ck7", regular, front.clock.now)])
    assert new not in offered(front, regular, "discover")
    allow(front, "ck7", "denied")
    assert new in offered(front, regular, "discover")


def test_every_process_reads_it_at_once(open_front: Callable[..., Shop], front: Shop) -> None:
    other = open_front(front.settings.home, Clock())
    customer = front.regulars("personalisation", "web")[0]
    new = item_ids(front.recommend(customer, goal="discover"))[0]
    buy(front, new, customer_id=customer)
    assert new not in offered(other, customer, "discover")


def test_an_action_is_filled_with_what_is_known_now(front: Shop) -> None:
    """The items of an action and the gate before it know the purchase too."""
    customer = front.regulars("personalisation", "email")[0]
    sellable = front.parts.application
    new = item_ids(front.recommend(customer, goal="discover"))[0]
    buy(front, new, customer_id=customer)
    told = front.act(customer, n=20, dry_run=True)
    for action in told["actions"]:
        for item in action["items"]:
            if item["item_id"] == new:
                assert item["reason"] == "repeat_purchase"
    assert sellable.unknown_items([new]) == set()


def test_old_events_are_deleted_when_the_service_starts(
    open_front: Callable[..., Shop], front: Shop
) -> None:
    buy(front, "i001", customer_id="c001")
    stores = front.parts.stores
    clock = Clock(front.clock.now + 401 * DAY)
    open_front(front.settings.home, clock)
    assert stores.events.of_customers(["c001"], 0) == []
