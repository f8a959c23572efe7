"""An identity link posted now joins two histories, within what each of the two allows."""

from collections.abc import Callable
from typing import Any

from tests.integration.support import Clock, Shop, item_ids
from tests.serving.support import refused


def link(front: Shop, *links: dict[str, Any]) -> Any:
    return front.ok("POST", "/v1/identifiers", {"identifiers": list(links)}, "ingest")


def buy(front: Shop, visitor: str, item: str) -> None:
    event = {
        "event_id": f"{visitor} {item}",
        "visitor_id": visitor,
        "event_type": "purchase",
        "item_id": item,
        "occurred_at": front.clock.now - 60,
    }
    front.ok("POST", "/v1/events", {"events": [event]}, "ingest")


def visit(front: Shop, visitor: str) -> Any:
    body = {"subject": {"visitor_id": visitor}, "channel": "web", "n": 10}
    return front.ok("POST", "/v1/recommendations", body, "decide")


def test_two_histories_are_one_from_the_next_decision_on_in_every_process(
    front: Shop, open_front: Callable[..., Shop]
) -> None:
    other = open_front(front.settings.home, Clock())
    customer = front.regulars("personalisation", "web")[0]
    new = item_ids(front.recommend(customer, goal="discover"))[0]
    buy(front, "ck1", new)
    assert not visit(front, "ck1")["personalised"], "a visitor of whom nothing is allowed"
    assert link(front, {"visitor_id": "ck1", "customer_id": customer}) == {
        "accepted": 1,
        "rejected": [],
    }
    assert new not in item_ids(other.recommend(customer, goal="discover", n=100))
    told = visit(other, "ck1")
    assert told["personalised"]
    assert front.record(told["decision_id"])["subject"] == customer


def test_the_newest_link_holds_and_a_refusal_stays_one(front: Shop) -> None:
    first, second = front.regulars("personalisation", "web")[:2]
    now = front.clock.now
    link(front, {"visitor_id": "ck2", "customer_id": first, "observed_at": now - 10})
    link(front, {"visitor_id": "ck2", "customer_id": second, "observed_at": now - 20})
    links = front.parts.stores.links
    assert links.customers_of(["ck2"]) == {"ck2": first}
    new = item_ids(front.recommend(first, goal="discover"))[0]
    refusal = {"visitor_id": "ck2", "purpose": "personalisation", "status": "denied"}
    front.ok("PUT", "/v1/consents", {"consents": [{**refusal, "channel": "any"}]}, "ingest")
    buy(front, "ck2", new)
    assert new in item_ids(front.recommend(first, goal="discover", n=100))


def test_good_links_are_taken_and_bad_ones_named(front: Shop) -> None:
    told = link(
        front,
        {"visitor_id": "ck3", "customer_id": "c001"},
        {"visitor_id": "ck4"},
        {"visitor_id": "ck5", "customer_id": "c001", "observed_at": "2999-01-01T00:00:00Z"},
    )
    assert told["accepted"] == 1
    assert [(one["index"], one["field"]) for one in told["rejected"]] == [
        (1, "customer_id"),
        (2, "observed_at"),
    ]
    assert front.parts.stores.links.customers_of(["ck3", "ck4", "ck5"]) == {"ck3": "c001"}


def test_what_is_no_list_or_has_no_key_for_it_is_refused(front: Shop) -> None:
    one = {"identifiers": [{"visitor_id": "ck6", "customer_id": "c001"}]}
    refused(front.call("POST", "/v1/identifiers", one, "decide"), 403, "missing_scope")
    empty = front.call("POST", "/v1/identifiers", {"identifiers": []}, "ingest")
    assert empty.status_code == 422
