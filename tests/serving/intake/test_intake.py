"""The broker's messages do what the routes do, once each, and what is at fault gets a letter."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from serving.http.endpoint import House
from serving.intake import consumer
from serving.intake.brokers import Line, open_line
from serving.intake.consumer import connect, house_of
from serving.intake.messages import KINDS, NotNowError, take
from serving.stores.ports import StoreUnavailableError
from tests.integration.support import Shop

pytest.importorskip("faststream.nats", reason="the extra nextbest[broker] is not installed")


@dataclass
class Desk:
    """A consumer over the village, and what it sent to the dead."""

    house: House
    line: Line
    counts: list[str] = field(default_factory=list)
    dead: list[dict[str, Any]] = field(default_factory=list)

    def send(self, kind: str, *bodies: object) -> None:
        """Put messages on a subject, one after the other; each is consumed at once."""
        from faststream.nats import TestNatsBroker

        async def run() -> None:
            async with TestNatsBroker(self.line.broker) as broker:
                for body in bodies:
                    data = body if isinstance(body, bytes) else json.dumps(body).encode()
                    await broker.publish(data, f"shop.{kind}", stream="shop")

        asyncio.run(run())


@pytest.fixture
def desk(front: Shop) -> Iterator[Desk]:
    line = open_line("nats://nobody:4222", "shop")
    house = house_of(lambda: front.parts.application, front.parts.stores, front.clock)
    made = Desk(house, line)
    connect(line, "shop", house, made.counts.append)

    async def bury(body: bytes) -> None:
        made.dead.append(json.loads(body))

    line.listen("shop.dead", bury)
    yield made
    house.commits.close()


def event(front: Shop, name: str, **more: Any) -> dict[str, Any]:
    told = {
        "event_id": name,
        "customer_id": "c001",
        "event_type": "product_view",
        "item_id": "i003",
        "occurred_at": front.clock.now - 60,
    }
    return told | more


def test_every_kind_does_what_its_route_does(desk: Desk, front: Shop) -> None:
    stores, now = front.parts.stores, front.clock.now
    told = front.recommend("c001")
    level = {"item_id": "i003", "location_id": "s9", "quantity": 3, "status": "in_stock"}
    granted = {"customer_id": "new1", "purpose": "marketing", "channel": "any"}
    outcome = {"outcome_id": "o1", "decision_id": told["decision_id"], "occurred_at": now}
    outcome |= {"item_id": told["items"][0]["item_id"], "outcome": "clicked"}
    desk.send("events", {"events": [event(front, "e1")]})
    desk.send("stock", {"levels": [level]})
    desk.send("consents", {"consents": [{**granted, "status": "granted"}]})
    desk.send("outcomes", {"outcomes": [outcome]})
    desk.send("identifiers", {"identifiers": [{"visitor_id": "k1", "customer_id": "c001"}]})
    assert [row.event_id for row in stores.events.of_customers(["c001"], now - 99)] == ["e1"]
    assert [row.location_id for row in stores.stock.changes_since(0)[0]].count("s9") == 1
    assert [row.status for row in stores.consents.for_customers(["new1"])] == ["granted"]
    assert [row.outcome_id for row in stores.ledger.outcomes(told["decision_id"])] == ["o1"]
    assert stores.links.customers_of(["k1"]) == {"k1": "c001"}
    assert (desk.counts, desk.dead) == (["taken"] * len(KINDS), [])


def test_a_message_that_comes_twice_counts_once(desk: Desk, front: Shop) -> None:
    body = {"events": [event(front, "e1")]}
    desk.send("events", body, body)
    held = front.parts.stores.events.of_customers(["c001"], front.clock.now - 99)
    assert [row.event_id for row in held] == ["e1"]
    assert desk.counts == ["taken", "taken"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b'{"events": []}', "invalid_value"),
        (b"x" * (5 * 2**20 + 1), "body_too_large"),
    ],
    ids=["no JSON", "no text", "no list", "too large"],
)
def test_poison_gets_a_letter_and_holds_up_nobody(
    desk: Desk, front: Shop, body: bytes, code: str
) -> None:
    desk.send("events", body, {"events": [event(front, "e2")]})
    assert desk.counts == ["buried", "taken"]
    (letter,) = desk.dead
    assert letter["kind"] == "events"
    assert [one["code"] for one in letter["faults"]] == [code]
    assert letter.get("body") or letter["body_base64"]


def test_of_a_list_the_good_are_taken_and_the_bad_are_in_the_letter(
    desk: Desk, front: Shop
) -> None:
    bad = event(front, "e4", event_type="juggling")
    desk.send("events", {"events": [event(front, "e3"), bad]})
    held = front.parts.stores.events.of_customers(["c001"], front.clock.now - 99)
    assert [row.event_id for row in held] == ["e3"]
    (letter,) = desk.dead
    assert json.loads(letter["body"]) == {"events": [bad]}
    assert letter["faults"][0]["field"] == "event_type"


def test_while_the_store_is_gone_a_message_is_given_back(
    desk: Desk, front: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Any:
        raise StoreUnavailableError("gone")

    body = {"events": [event(front, "e5")]}
    monkeypatch.setattr(consumer, "PAUSE_S", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(type(front.parts.stores.events), "record", gone)
        with pytest.raises(NotNowError):  # what makes the broker hand it out again
            desk.send("events", body)
    assert (desk.counts, desk.dead) == (["given_back"], [])
    desk.send("events", body)
    assert desk.counts[-1] == "taken"


def test_nothing_is_taken_before_there_is_a_bundle(front: Shop) -> None:
    house = house_of(lambda: None, front.parts.stores, front.clock)
    with pytest.raises(NotNowError):
        take(house, "events", json.dumps({"events": [event(front, "e6")]}).encode())
    house.commits.close()


def test_what_breaks_us_is_put_aside(
    desk: Desk, front: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(type(front.parts.stores.events), "record", broken)
    letter = take(desk.house, "events", json.dumps({"events": [event(front, "e7")]}).encode())
    assert letter is not None
    assert letter["faults"] == [{"code": "internal_error"}]
