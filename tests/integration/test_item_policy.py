"""What policy.yaml says of items binds the next slate, and its record is replayed to the bit."""

from dataclasses import replace
from typing import Any

import pytest

from decisioning.item_policy import ItemPolicy
from decisioning.recommender.diversity import Diversity
from serving.batch import BatchJob, answers
from serving.decider import Decider
from serving.swapping.served import Served, Standing
from tests.integration.support import Shop, ids, item_ids


def govern(front: Shop, rules: ItemPolicy) -> None:
    """Serve the same bundle under other rules for items."""
    world = front.parts.application.world
    bundle = replace(world.bundle, policy=replace(world.bundle.policy, items=rules))
    decider = Decider(bundle, front.parts.stores, front.clock, ids("d"))
    front.parts = replace(front.parts, served=Served(Standing(decider)))


@pytest.fixture
def regular(front: Shop) -> str:
    return front.regulars("personalisation", "web")[0]


def replayed(front: Shop, answer: Any) -> None:
    replay = front.ok("POST", f"/v1/decisions/{answer['decision_id']}/replay", scope="crm")
    assert replay["identical"], replay["differences"]


def category(front: Shop, item: str) -> str:
    bundle = front.bundle
    path = str(bundle.items.category_paths[bundle.item_map.index_of([item])[0]])
    return " > ".join(path.split(" > ")[:2])


def test_a_cap_binds_and_is_replayed(front: Shop, regular: str) -> None:
    plain = front.recommend(regular)
    govern(front, ItemPolicy(Diversity(category_cap=2)))
    capped = front.recommend(regular)
    counts: dict[str, int] = {}
    for item in item_ids(capped):
        counts[category(front, item)] = counts.get(category(front, item), 0) + 1
    assert len(capped["items"]) == 10
    assert max(counts.values()) <= 2
    assert capped["items"][0]["item_id"] == plain["items"][0]["item_id"]
    replayed(front, capped)


def test_what_was_shown_and_ignored_gives_way_until_it_is_clicked(
    front: Shop, regular: str
) -> None:
    govern(front, ItemPolicy(Diversity(ignored_penalty=1.0)))
    first = front.recommend(regular)

    def report(what: str, name: str) -> None:
        outcome = {
            "outcome_id": name,
            "decision_id": first["decision_id"],
            "item_id": item_ids(first)[0],
            "outcome": what,
            "occurred_at": front.clock.now,
        }
        front.ok("POST", "/v1/outcomes", {"outcomes": [outcome]}, "ingest")

    report("shown", "o1")
    after = front.recommend(regular)
    assert item_ids(after)[0] == item_ids(first)[1]
    replayed(front, after)
    job = BatchJob("recommendations", "web", 10)
    (block,) = answers(front.parts.application, job, [regular], front.clock.now)
    assert item_ids(block) == item_ids(after)
    report("clicked", "o2")
    assert item_ids(front.recommend(regular)) == item_ids(first)


def test_nothing_is_told_of_a_sensitive_category(front: Shop, regular: str) -> None:
    open_ = front.recommend(regular, n=100)["items"]
    hidden = category(front, open_[0]["item_id"])
    govern(front, ItemPolicy(sensitive_categories=(hidden,)))
    for item in front.recommend(regular, n=100)["items"]:
        inside = category(front, item["item_id"]) == hidden
        if inside:
            assert item["because"] is None
            assert "ought" not in item["reason_text"]
        elif item["because"]:
            assert category(front, item["because"]) != hidden
    texts = {i["reason_text"] for i in front.recommend(regular, goal="replenish", n=50)["items"]}
    assert "Chosen for you." in texts
    french = front.recommend(regular, goal="replenish", n=50, language="fr")["items"]
    assert "Choisi pour vous." in {i["reason_text"] for i in french}


def test_a_new_item_is_tried_by_lot_logged_and_replayed(front: Shop) -> None:
    world = front.parts.application.world
    govern(front, ItemPolicy(new_item_share=0.5))
    shelves = world.bundle.shelves
    decider = front.parts.application
    decider.world.fresh = shelves.age_days.argsort()[:6]
    asked = front.bundle.customers.ids.tolist()[:40]
    job = BatchJob("recommendations", "web", 10)
    together = answers(decider, job, asked, front.clock.now)
    tried = 0
    for customer, told in zip(asked, together, strict=True):
        answer = front.recommend(customer, explain=True)
        assert answer["items"] == told["items"]
        *others, last = answer["items"]
        assert {item["action_probability"] for item in others} == {1.0}
        if last["reason"] == "new_item_tried":
            tried += 1
            assert last["action_probability"] <= 0.5
            assert last["reason_text"] == "New here."
        replayed(front, answer)
    assert 10 <= tried <= 30
