"""A decision given again is the one that would be taken: whatever happens in between."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from decisioning.item_policy import ItemPolicy
from decisioning.policy import DAY
from serving.decider import Decider
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.stores.opening import Stores
from serving.stores.ports import (
    ConsentRow,
    ContactRow,
    DecisionRecord,
    EventRow,
    LinkRow,
    PersonRow,
    StockRow,
)
from serving.visitors import consent_key
from tests.integration.support import Shop, ids, item_ids

HEADS = ("decision_id", "decided_at")
GOALS = ("discover", "replenish", "trending", "recently_viewed", "abandoned_basket", "in_session")


class Twins:
    """Two deciders over one store and one clock; the second remembers nothing."""

    def __init__(self, front: Shop) -> None:
        self.front, self.stores = front, front.parts.stores
        world = front.parts.application.world
        self.one = Decider(world.bundle, self.stores, front.clock, ids("a"), remembered=50)
        self.other = Decider(world.bundle, self.stores, front.clock, ids("b"), remembered=0)

    def recommend(self, customer: str = "", **more: Any) -> dict[str, Any]:
        asked = {"subject": _subject(customer), "channel": "web", "n": 8, **more}
        request = RecommendationsRequest.model_validate(asked)
        return self._same(self.one.recommend(request), self.other.recommend(request))

    def act(self, customer: str, **more: Any) -> dict[str, Any]:
        asked = {"subject": _subject(customer), "channel": "web", **more}
        request = NextBestActionsRequest.model_validate(asked)
        return self._same(
            self.one.next_best_actions(request), self.other.next_best_actions(request)
        )

    def _same(self, told: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
        assert _bare(told) == _bare(fresh)
        records = [self.stores.decisions.get(one["decision_id"]) for one in (told, fresh)]
        first, second = (record and _bare(record.body) for record in records)
        if first and second:
            situations = [one["inputs"].pop("situation", None) for one in (first, second)]
            assert situations[0] == situations[1]
        assert first == second
        return told


def _subject(customer: str) -> dict[str, str]:
    return {"visitor_id": customer} if customer.startswith("ck") else {"customer_id": customer}


def _bare(told: Any) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in HEADS}


@pytest.fixture
def twins(front: Shop) -> Twins:
    return Twins(front)


def counted(decider: Decider, patch: pytest.MonkeyPatch) -> list[int]:
    """Count how often a decider has to think."""
    thought = [0]
    for name in ("_decide_items", "_decide_actions"):
        real = getattr(decider, name)

        def think(*told: Any, real: Callable[..., Any] = real) -> Any:
            thought[0] += 1
            return real(*told)

        patch.setattr(decider, name, think)
    return thought


def test_the_same_question_is_thought_of_once(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = twins.front.regulars("personalisation", "web")[0]
    thought = counted(twins.one, monkeypatch)
    told = [twins.recommend(customer)["decision_id"] for _ in range(3)]
    told += [twins.act(customer)["decision_id"] for _ in range(3)]
    assert thought[0] == 2
    assert len(set(told)) == 6
    twins.recommend(customer, request_id="r1")
    assert thought[0] == 2, "an id of the caller's makes no other question"
    twins.recommend(customer, explain=True)
    assert thought[0] == 3


def test_every_change_is_seen_at_once(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    """One change after another, of everything a decision reads; each must be thought of anew."""
    front, stores = twins.front, twins.stores
    customer, friend = front.regulars("personalisation", "web")[:2]
    now = front.clock.now
    item = item_ids(twins.recommend(customer))[0]
    twins.act(customer)
    thought = counted(twins.one, monkeypatch)

    def changed(write: Callable[[], object]) -> None:
        before = thought[0]
        write()
        twins.recommend(customer)
        twins.act(customer)
        assert thought[0] > before, "nobody noticed"
        before = thought[0]
        twins.recommend(customer)
        assert thought[0] == before, "nothing has changed since"

    def consent(status: str, at: int) -> None:
        row = ConsentRow(customer, "personalisation", "any", status, at, None, "test")
        stores.consents.append([row])

    def contact() -> None:
        record = DecisionRecord("x1", now, "next_best_actions", customer, "web", {})
        action = front.bundle.actions[0]
        row = ContactRow(customer, "web", action.action_id, action.kind, "rejected", now, "x1")
        stores.decisions.append([record], [row])

    changed(lambda: consent("withdrawn", now - 2))
    changed(lambda: consent("granted", now - 1))
    changed(lambda: stores.stock.put([StockRow(item, "online", 0.0, "out_of_stock", now)]))
    changed(lambda: stores.stock.put([StockRow(item, "online", 7.0, "in_stock", now)]))
    changed(lambda: stores.stock.put([StockRow(item, "online", 6.0, "in_stock", now)]))
    changed(
        lambda: stores.events.record([EventRow(customer, None, "e1", "purchase", now - 9, item)])
    )
    changed(contact)
    changed(lambda: outcome(stores, customer, item, "purchased", now))
    changed(lambda: stores.persons.replace([PersonRow(friend, customer, customer)]))


def outcome(stores: Stores, customer: str, item: str, said: str, at: int) -> None:
    """Have somebody report what came of an item."""
    record = DecisionRecord(f"{said} {at}", at, "recommendations", customer, "web", {})
    row = ContactRow(customer, "web", item, "item", said, at, record.decision_id)
    stores.decisions.append([record], [row])


def looked_at(who: str, at: int, kind: str = "product_view", item: str = "i3") -> EventRow:
    named = (None, who) if who.startswith("ck") else (who, None)
    return EventRow(*named, f"{who} {kind} {at}", kind, at, item)


def test_what_is_only_looked_at_changes_nothing_for_who_has_bought(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    front, stores, now = twins.front, twins.stores, twins.front.clock.now
    customer, item = front.regulars("personalisation", "web")[0], front.bundle.items.ids[3]
    goals = ["any", "discover", "replenish", "trending", "new_arrivals"]

    def ask() -> None:
        for goal in goals:
            twins.recommend(customer, goal=goal)
        twins.recommend(customer, goal="similar", context={"item_id": str(item)})
        twins.act(customer)

    ask()
    thought = counted(twins.one, monkeypatch)
    for kind in ("product_view", "add_to_cart", "remove_from_cart", "wishlist"):
        stores.events.record([looked_at(customer, now - 5, kind, str(item))])
        ask()
    for said in ("shown", "clicked", "ignored"):
        outcome(stores, customer, str(item), said, now - 5)
        ask()
    assert thought[0] == 0
    stores.events.record([looked_at(customer, now - 5, "purchase", str(item))])
    ask()
    assert thought[0] == 7


@pytest.mark.parametrize("goal", ["recently_viewed", "abandoned_basket", "in_session"])
def test_what_is_looked_at_counts_where_the_place_is_about_that(
    twins: Twins, goal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = twins.front.regulars("personalisation", "web")[0]
    twins.recommend(customer, goal=goal)
    thought = counted(twins.one, monkeypatch)
    items = twins.front.bundle.items.ids[:3].tolist()
    for k, item in enumerate(items, start=1):
        at = twins.front.clock.now - 9 + k
        twins.stores.events.record([looked_at(customer, at, "add_to_cart", item)])
        twins.recommend(customer, goal=goal)
        assert thought[0] == k


def test_what_is_looked_at_counts_for_who_never_bought(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, items = twins.front.clock.now, twins.front.bundle.items.ids[:3].tolist()
    row = ConsentRow(consent_key("ck1"), "personalisation", "any", "granted", now - 9, None, "test")
    twins.stores.consents.append([row])
    twins.recommend("ck1")
    thought = counted(twins.one, monkeypatch)
    for k, item in enumerate(items, start=1):
        twins.stores.events.record([looked_at("ck1", now - 9 + k, item=item)])
        told = twins.recommend("ck1")
        assert thought[0] == k
    assert {one["reason"] for one in told["items"]} & {"in_session"}


def test_of_more_than_is_read_nothing_is_left_out(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decision reads the newest events; a view too many pushes a purchase out of them."""
    customer, now = twins.front.regulars("personalisation", "web")[0], twins.front.clock.now
    items = twins.front.bundle.items.ids.tolist()
    record = twins.stores.events.record
    record([looked_at(customer, now - 900, "purchase", items[5])])
    before = item_ids(twins.recommend(customer, goal="replenish", n=40))
    assert items[5] in before
    thought = counted(twins.one, monkeypatch)
    record([looked_at(customer, now - 800 + k, item=items[3]) for k in range(499)])
    twins.recommend(customer, goal="replenish", n=40)
    assert thought[0] == 1
    record([looked_at(customer, now - 1, item=items[3])])
    twins.recommend(customer, goal="replenish", n=40)
    assert thought[0] == 2


def test_time_alone_makes_another_decision(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    front, stores = twins.front, twins.stores
    customer = front.regulars("personalisation", "web")[0]
    now = front.clock.now - front.clock.now % 900
    front.clock.now = now
    row = ConsentRow(customer, "personalisation", "any", "granted", now, now + 60, "test")
    stores.consents.append([row])
    thought = counted(twins.one, monkeypatch)
    assert twins.recommend(customer)["personalised"]
    front.clock.now = now + 59
    assert twins.recommend(customer)["personalised"]
    assert thought[0] == 1
    front.clock.now = now + 60
    assert twins.recommend(customer)["fallback"] == "no_consent"
    assert thought[0] == 2
    front.clock.now = now + 30  # a clock that is set back
    assert twins.recommend(customer)["personalised"]
    front.clock.now = now + DAY
    twins.recommend(customer)
    assert thought[0] == 4


def test_midnight_draws_new_lots_for_actions_and_leaves_items_alone(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = twins.front
    customer = front.regulars("personalisation", "web")[0]
    midnight = (front.clock.now // DAY + 1) * DAY
    front.clock.now = midnight - 10
    twins.recommend(customer)
    twins.act(customer)
    thought = counted(twins.one, monkeypatch)
    front.clock.now = midnight + 10
    twins.recommend(customer)
    assert thought[0] == 0
    twins.act(customer)
    assert thought[0] == 1
    front.clock.now = midnight - 10 + DAY
    twins.recommend(customer)
    assert thought[0] == 2


class Walk:
    """Things that happen, drawn by a seed."""

    def __init__(self, twins: Twins, seed: int) -> None:
        self.twins, self.drawn = twins, random.Random(seed)
        self.clock, self.stores = twins.front.clock, twins.stores
        self.people = [*twins.front.regulars("personalisation", "web")[:3], "new0", "ck1"]
        self.items = twins.front.bundle.items.ids.tolist()[:40]

    def step(self) -> None:
        some = (self.consent, self.stock, self.event, self.contact, self.link, self.wait, self.wait)
        self.drawn.choice(some)()

    def consent(self) -> None:
        one = self.drawn.choice
        row = ConsentRow(
            one([*self.people, consent_key("ck1")]),
            one(["personalisation", "marketing"]),
            one(["any", "web"]),
            one(["granted", "granted", "refused", "withdrawn"]),
            self.clock.now + one([-50, 0, 40]),
            one([None, self.clock.now + 30, self.clock.now + 4000]),
            "test",
        )
        self.stores.consents.append([row])

    def stock(self) -> None:
        left, place = self.drawn.choice([0.0, 3.0, 50.0]), self.drawn.choice(["online", "s1"])
        item = self.drawn.choice(self.items)
        self.stores.stock.put([StockRow(item, place, left, "in_stock", self.clock.now)])

    def event(self) -> None:
        who, item = self.drawn.choice(self.people), self.drawn.choice(self.items)
        kind = self.drawn.choice(["purchase", "product_view", "product_view", "add_to_cart"])
        at = self.clock.now + self.drawn.choice([-100, -1, 20])
        named = (None, who) if who == "ck1" else (who, None)
        self.stores.events.record([EventRow(*named, f"e{self.drawn.random()}", kind, at, item)])

    def contact(self) -> None:
        whom = _subject(self.drawn.choice(self.people[:3]))
        asked = {"subject": whom, "channel": "email", "direction": "outbound"}
        self.twins.one.next_best_actions(NextBestActionsRequest.model_validate(asked))

    def link(self) -> None:
        whom = self.drawn.choice(self.people[:3])
        self.stores.links.put([LinkRow("ck1", whom, self.clock.now)])

    def wait(self) -> None:
        self.clock.now += self.drawn.choice([1, 29, 61, 901, 4000, DAY // 2, 8 * DAY])


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_answers_are_those_of_one_who_forgets(
    twins: Twins, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk, thought, asked = Walk(twins, seed), counted(twins.one, monkeypatch), 0
    for _ in range(25):
        walk.step()
        for who in walk.people:
            twins.recommend(who, channel=walk.drawn.choice(["web", "shop"]))
            twins.recommend(who, goal=walk.drawn.choice(GOALS))
            asked += 2
            if who.startswith("c0"):
                twins.act(who)
                asked += 1
    assert 0 < thought[0] < asked, "some are given again, some are not"


def test_where_each_second_has_its_lot_nothing_is_remembered(
    front: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins, world = Twins(front), front.parts.application.world
    items = ItemPolicy(new_item_share=0.5)
    bundle = replace(world.bundle, policy=replace(world.bundle.policy, items=items))
    decider = Decider(bundle, twins.stores, front.clock, ids("c"), remembered=50)
    thought = counted(decider, monkeypatch)
    customer = front.regulars("personalisation", "web")[0]
    asked = {"subject": {"customer_id": customer}, "channel": "web"}
    for _ in range(3):
        decider.recommend(RecommendationsRequest.model_validate(asked))
    assert thought[0] == 3
