"""Decisions of the village replayed over HTTP: later, by other bundles, from damaged records."""

import json
import sqlite3
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from bundle.files import CATALOGUE_FILES
from serving.rulebook import read_rules
from tests.integration.support import Shop, action_ids, item_ids
from tests.integration.village import DAY
from tests.serving.support import refused

OUTBOUND = {"channel": "email", "direction": "outbound"}
Alter = Callable[[dict[str, Any]], object]


def replay(front: Shop, answer: dict[str, Any], scope: str = "decide") -> Any:
    return front.ok("POST", f"/v1/decisions/{answer['decision_id']}/replay", scope=scope)


def alter(front: Shop, answer: dict[str, Any], change: Alter) -> str:
    """Change a stored record behind the service's back; return the path of its replay."""
    con = sqlite3.connect(front.settings.store_url.removeprefix("sqlite:///"))
    one = (answer["decision_id"],)
    (body,) = con.execute("select body from decisions where decision_id = ?", one).fetchone()
    held = json.loads(zlib.decompress(body))
    change(held)
    packed = zlib.compress(json.dumps(held).encode())
    con.execute("update decisions set body = ? where decision_id = ?", (packed, *one))
    con.commit()
    con.close()
    return f"/v1/decisions/{answer['decision_id']}/replay"


@pytest.mark.parametrize("scope", ["decide", "crm", "admin"])
def test_decisions_on_actions_are_identical(front: Shop, scope: str) -> None:
    arms = set()
    for customer in front.who_allows("personalisation", "web")[:25]:
        for asked in ({}, OUTBOUND):
            answer = front.act(customer, **asked, n=3)
            again = replay(front, answer, scope)
            assert again["differences"] == []
            assert again["identical"]
            assert again["decision_id"] == answer["decision_id"]
            assert again["decision"]["actions"] == answer["actions"]
            arms.add(again["decision"]["arm"])
    assert "policy" in arms


def test_decisions_on_items_are_identical(front: Shop) -> None:
    level = {"item_id": "i000", "location_id": "online", "quantity": 0, "status": "out_of_stock"}
    front.stock(level)
    fallbacks = set()
    for customer in [*front.bundle.customers.ids.tolist()[:20], "nobody"]:
        for goal in ("any", "discover", "replenish"):
            answer = front.recommend(customer, goal=goal)
            again = replay(front, answer)
            assert again["identical"], again["differences"]
            assert item_ids(again["decision"]) == item_ids(answer)
            fallbacks.add(again["decision"]["fallback"])
    assert fallbacks == {None, "no_consent", "cold_start"}


def test_what_happened_since_changes_no_replay(front: Shop) -> None:
    customer = front.regulars("marketing", "email")[0]
    actions, items = front.act(customer, **OUTBOUND), front.recommend(customer)
    front.act(customer, **OUTBOUND)
    front.consent(customer, "marketing", "withdrawn")
    front.consent(customer, "personalisation", "withdrawn")
    best = item_ids(items)[0]
    front.stock({"item_id": best, "location_id": "online", "quantity": 0, "status": "out_of_stock"})
    front.clock.now += 3 * DAY
    for answer in (actions, items):
        assert replay(front, answer)["identical"]
    assert item_ids(front.recommend(customer)) != item_ids(items)
    assert action_ids(front.act(customer, **OUTBOUND)) == ["do_nothing"]


def test_an_altered_record_shows_differences(front: Shop) -> None:
    customer = front.regulars("marketing", "email")[0]
    answer = front.act(customer, **OUTBOUND)

    def raise_priority(held: dict[str, Any]) -> None:
        held["candidates"][0]["priority"] = 1e6

    again = front.ok("POST", alter(front, answer, raise_priority))
    name = front.bundle.actions[0].action_id
    assert not again["identical"]
    (found,) = again["differences"]
    assert found["path"] == f"candidates.{name}.priority"
    assert found["recorded"] == 1e6


def test_a_record_of_before_is_refused_with_a_remedy(front: Shop) -> None:
    answer = front.recommend("c002")
    path = alter(front, answer, lambda held: held.pop("inputs"))
    error = refused(front.call("POST", path), 409, "not_replayable")
    assert "before records held" in error["message"]
    assert error["remedy"]


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held["inputs"].pop("consents"),
        lambda held: held["inputs"]["contacts"].append(["email"]),
        lambda held: held["inputs"].update(known="perhaps", columns=[]),
        lambda held: held["inputs"]["columns"].clear(),
        lambda held: held.pop("candidates"),
        lambda held: held["inputs"]["situation"].pop("seed"),
        lambda held: held["inputs"]["situation"].update(channel="pigeon"),
    ],
)
def test_a_record_that_holds_no_decision_is_refused(front: Shop, change: Alter) -> None:
    path = alter(front, front.act("c002"), change)
    assert "hold together" in refused(front.call("POST", path), 409, "not_replayable")["message"]


def test_a_decision_of_an_older_bundle_is_replayed_by_its_own_rules(front: Shop) -> None:
    """The store kept the rules; the bundle in use has others by now."""
    front.clock.now += 60
    customer = front.regulars("marketing", "email")[0]
    answer = front.act(customer, **OUTBOUND)
    rules = front.parts.stores.rules
    mine = rules.get(front.bundle.manifest.policy_version)
    assert mine is not None
    assert read_rules(mine).actions == front.bundle.actions
    assert read_rules(mine).policy == front.bundle.policy
    older = mine._replace(
        policy_version="older", actions=mine.actions.replace("value:", "lever: 2.0\n    value:")
    )
    assert rules.keep(older)
    path = alter(front, answer, lambda held: held.update(policy_version="older"))
    changed = {d["path"].split(".")[-1] for d in front.ok("POST", path)["differences"]}
    assert {"lever", "priority"} <= changed


def test_rules_that_nobody_kept_or_can_read_are_named(front: Shop) -> None:
    answer = front.act("c002")
    path = alter(front, answer, lambda held: held.update(policy_version="gone"))
    error = refused(front.call("POST", path), 409, "not_replayable")
    assert "gone" in error["message"]
    assert "NEXTBEST_BUNDLE" in error["remedy"]
    rules = front.parts.stores.rules
    mine = rules.get(front.bundle.manifest.policy_version)
    assert mine is not None
    rules.keep(mine._replace(policy_version="odd", policy="no_such_rule: 1\n"))
    path = alter(front, answer, lambda held: held.update(policy_version="odd"))
    assert "no longer" in refused(front.call("POST", path), 409, "not_replayable")["message"]


def test_a_replay_needs_a_key_and_a_decision(front: Shop) -> None:
    refused(front.call("POST", "/v1/decisions/nope/replay"), 404, "unknown_decision")
    refused(front.call("POST", "/v1/decisions/x/replay", scope="ingest"), 403, "missing_scope")
    refused(front.call("GET", "/v1/decisions/x/replay"), 405, "wrong_method")


def test_a_service_keeps_its_rules_once(open_front: Callable[..., Shop]) -> None:
    first, second = open_front(), open_front()
    version = first.bundle.manifest.policy_version
    kept = second.parts.stores.rules.get(version)
    assert kept is not None
    texts = [(first.settings.home / first.settings.bundle / n).read_text() for n in CATALOGUE_FILES]
    assert [kept.actions, kept.policy] == texts
    assert len(json.loads(kept.columns)) == len(first.bundle.manifest.columns)


def test_the_items_of_an_action_are_cut_again(front: Shop) -> None:
    answer = next(
        told
        for told in (front.act(c) for c in front.regulars("personalisation", "web"))
        if any(action["items"] for action in told["actions"])
    )
    action = next(a for a in answer["actions"] if a["items"])
    name, item = action["action_id"], action["items"][0]["item_id"]
    assert replay(front, answer)["identical"]

    def refuse(held: dict[str, Any]) -> None:
        lineup = held["inputs"]["fills"][name]["lineup"]
        for part in lineup.values():
            for row in part:
                if row[0] == item:
                    row[2:] = ["out_of_stock"]

    again = front.ok("POST", alter(front, answer, refuse))
    paths = {d["path"] for d in again["differences"]}
    assert f"actions.{name}.items.0.item_id" in paths
    assert item not in item_ids(next(a for a in again["decision"]["actions"] if a["items"]))


def test_an_item_of_a_record_that_was_altered_is_found(front: Shop) -> None:
    answer = front.recommend(front.regulars("personalisation", "web")[0])
    path = alter(front, answer, lambda held: held["items"][1].update(score=9.0, reason="popular!"))
    found = front.ok("POST", path)["differences"]
    assert [d["path"] for d in found] == ["items.1.score", "items.1.reason"]
