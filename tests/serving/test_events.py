"""``POST /v1/events``: idempotent by id, the good taken, the bad named."""

from typing import Any

import pytest

from serving.posted import OF_AN_ITEM, EventType
from tests.serving.support import NOW, Service, refused

EVENTS = ("POST", "/v1/events")
PURCHASE = {
    "event_id": "e1",
    "customer_id": "c1",
    "event_type": "purchase",
    "item_id": "i1",
    "order_id": "o1",
    "channel": "web",
    "occurred_at": NOW - 5,
}
VIEW = {
    "event_id": "e2",
    "visitor_id": "v1",
    "session_id": "s1",
    "event_type": "product_view",
    "item_id": "a new item",
    "occurred_at": "2026-09-21T14:13:20Z",
    "query": "words searched",
    "referrer": "not kept",
    "device": "not kept",
}


def without(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {k: v for k, v in event.items() if k not in names}


def test_they_are_kept_for_the_next_decision(service: Service) -> None:
    answer = service.call(*EVENTS, "ingest", json={"events": [PURCHASE, VIEW]}).json()
    assert answer == {"accepted": 2, "duplicates": 0, "rejected": []}
    (bought,) = service.stores.events.of_customers(["c1"], 0)
    assert bought._asdict() == {**PURCHASE, "visitor_id": None, "session_id": None, "query": None}
    (seen,) = service.stores.events.of_visitors(["v1"], 0)
    assert (seen.item_id, seen.session_id, seen.occurred_at) == ("a new item", "s1", NOW)
    assert seen.query == "words searched"
    assert "not kept" not in seen


def test_an_event_sent_again_counts_once(service: Service) -> None:
    body = {"events": [PURCHASE]}
    assert service.call(*EVENTS, json=body).json()["accepted"] == 1
    again = service.call(*EVENTS, json={"events": [PURCHASE, VIEW]}).json()
    assert again == {"accepted": 1, "duplicates": 1, "rejected": []}
    assert len(service.stores.events.of_customers(["c1"], 0)) == 1


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({**PURCHASE, "event_type": "loved"}, "event_type"),
        ({**PURCHASE, "visitor_id": "v1"}, None),
        (without(PURCHASE, "customer_id"), None),
        (without(PURCHASE, "occurred_at"), "occurred_at"),
        ({**PURCHASE, "occurred_at": NOW + 3600}, "occurred_at"),
        ({**PURCHASE, "price": 3}, "price"),
        ("no event", None),
    ],
)
def test_good_events_are_taken_and_bad_ones_named(service: Service, bad: Any, field: Any) -> None:
    answer = service.call(*EVENTS, json={"events": [VIEW, bad]}).json()
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)
    (rejected,) = answer["rejected"]
    assert (rejected["index"], rejected["field"]) == (1, field)
    assert rejected["message"]


@pytest.mark.parametrize("event_type", EventType.__args__)  # type: ignore[attr-defined]
def test_what_is_about_an_item_names_it(service: Service, event_type: str) -> None:
    bare = without({**VIEW, "event_type": event_type}, "item_id")
    answer = service.call(*EVENTS, json={"events": [bare]}).json()
    assert answer["accepted"] == (event_type not in OF_AN_ITEM)
    assert all("item_id" in one["message"] for one in answer["rejected"])


def test_the_body_as_a_whole(service: Service) -> None:
    refused(service.call(*EVENTS, "decide", json={"events": [VIEW]}), 403, "missing_scope")
    refused(service.call(*EVENTS, json={"events": []}), 422, "invalid_value", "events")
    refused(service.call(*EVENTS, json={"events": [VIEW] * 1001}), 422, "invalid_value", "events")
    refused(service.call(*EVENTS, json=[VIEW]), 422, "invalid_value")
    service.ready = False
    refused(service.call(*EVENTS, json={"events": [VIEW]}), 503, "not_ready")
