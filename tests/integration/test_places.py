"""Every goal and place over the village: what it shows, why, and that it is full and sellable."""

from typing import Any

import numpy as np
import pytest

from serving.batch import BatchJob, answers
from tests.integration.support import Shop, item_ids

FILLED = ("similar", "complement", "complete_basket", "trending")
START: dict[str, dict[str, Any]] = {
    "similar": {"context": {"item_id": "i000"}},
    "complement": {"context": {"item_id": "i000"}},
    "complete_basket": {"context": {"basket": ["i000", "i001"]}},
}
GOALS = (*FILLED, "recently_viewed", "new_arrivals", "abandoned_basket", "in_session")


def do(front: Shop, kind: str, item: str, name: str, **who: str) -> None:
    event = {
        "event_id": name,
        "event_type": kind,
        "item_id": item,
        "occurred_at": front.clock.now,
        **who,
    }
    front.ok("POST", "/v1/events", {"events": [event]}, "ingest")


@pytest.fixture
def regular(front: Shop) -> str:
    return front.regulars("personalisation", "web")[0]


def allow_visitor(front: Shop, name: str) -> None:
    one = {
        "visitor_id": name,
        "purpose": "personalisation",
        "channel": "any",
        "status": "granted",
    }
    front.ok("PUT", "/v1/consents", {"consents": [one]}, "ingest")


def visitor(front: Shop, name: str, **more: Any) -> Any:
    body = {"subject": {"visitor_id": name}, "channel": "web", "n": 5, **more}
    return front.ok("POST", "/v1/recommendations", body, "decide")


@pytest.mark.parametrize("goal", FILLED)
def test_a_place_is_full_of_what_is_in_stock(front: Shop, regular: str, goal: str) -> None:
    first = front.recommend(regular, goal=goal, n=8, explain=True, **START.get(goal, {}))
    gone = item_ids(first)[0]
    front.stock(
        *(
            {"item_id": gone, "location_id": place, "quantity": 0, "status": "out_of_stock"}
            for place in {item["stock"]["location_id"] for item in first["items"]}
        )
    )
    again = front.recommend(regular, goal=goal, n=8, explain=True, **START.get(goal, {}))
    assert len(again["items"]) == 8 == len(set(item_ids(again)))
    assert gone not in item_ids(again)
    assert item_ids(again)[:7] == item_ids(first)[1:]
    assert gone in [one["item_id"] for one in again["dropped"]]
    started = START.get(goal, {}).get("context", {})
    assert not {started.get("item_id"), *started.get("basket", ())} & set(item_ids(again))


@pytest.mark.parametrize("goal", GOALS)
def test_every_place_is_replayed_to_the_bit(front: Shop, regular: str, goal: str) -> None:
    do(front, "add_to_cart", "i007", "e1", customer_id=regular)
    told = front.recommend(regular, goal=goal, **START.get(goal, {}))
    assert told["items"] or goal == "new_arrivals"
    replay = front.ok("POST", f"/v1/decisions/{told['decision_id']}/replay", scope="crm")
    assert replay["identical"], replay["differences"]


@pytest.mark.parametrize("goal", GOALS[3:])
def test_a_block_gives_what_each_gets_alone(front: Shop, goal: str) -> None:
    asked = front.bundle.customers.ids.tolist()[:20]
    for k, customer in enumerate(asked[::2]):
        do(front, "product_view", f"i{k:03d}", f"e{k}", customer_id=customer)
        do(front, "add_to_cart", f"i{k + 30:03d}", f"f{k}", customer_id=customer)
    job = BatchJob("recommendations", "web", 6, goal=goal)
    together = answers(front.parts.application, job, asked, front.clock.now)
    for customer, answer in zip(asked, together, strict=True):
        alone = front.recommend(customer, goal=goal, n=6, explain=True)
        assert alone | {"decision_id": answer["decision_id"]} == answer


def test_what_is_bought_together_is_named_and_true(front: Shop, regular: str) -> None:
    shelves, bundle = front.bundle.shelves, front.bundle
    item = int(np.diff(shelves.complements.indptr).argmax())
    start = str(bundle.items.ids[item])
    answer = front.recommend(regular, goal="complement", n=3, context={"item_id": start})
    assert (answer["personalised"], answer["fallback"]) == (False, None)
    for offered in answer["items"]:
        k = int(bundle.item_map.index_of([offered["item_id"]])[0])
        assert shelves.complements[item, k] > 0
        assert offered["reason"] == "bought_together"
        assert offered["because"] == start
        assert offered["reason_text"] == f"Often bought with Thing {start}."


def test_similar_items_need_nobody(front: Shop) -> None:
    body = {"item_id": "i000", "channel": "web", "n": 4}
    answer = front.ok("POST", "/v1/similar_items", body, "decide")
    assert len(answer["items"]) == 4
    assert {item["because"] for item in answer["items"]} == {"i000"}
    both = {**body, "basket": ["i001"]}
    for bad in (both, {"channel": "web"}):
        assert front.call("POST", "/v1/similar_items", bad, "decide").status_code == 422
    by_goal = visitor(front, "anyone", goal="similar", n=4, context={"item_id": "i000"})
    assert item_ids(by_goal) == item_ids(answer)
    french = front.ok("POST", "/v1/similar_items", {**body, "language": "fr"}, "decide")
    assert french["items"][0]["reason_text"].endswith("Thing i000.") or (
        french["items"][0]["reason_text"].endswith("l'achètent.")
    )


def test_a_list_is_put_in_the_order_of_the_recommendation(front: Shop, regular: str) -> None:
    best = item_ids(front.recommend(regular, n=12))
    shuffled = [*best[6:], *best[:6]]
    body = {"subject": {"customer_id": regular}, "channel": "web", "item_ids": shuffled}
    answer = front.ok("POST", "/v1/rank", body, "decide")
    assert item_ids(answer) == best
    everything = front.bundle.items.ids.tolist()[:100]
    answer = front.ok("POST", "/v1/rank", {**body, "item_ids": everything}, "decide")
    sellable = front.recommend(regular, n=100, filter={"item_ids": everything})
    assert set(item_ids(answer)) == set(item_ids(sellable)) <= set(everything)
    stranger = {**body, "item_ids": ["in no catalogue", best[0]]}
    assert item_ids(front.ok("POST", "/v1/rank", stranger, "decide")) == [best[0]]


def test_what_was_seen_and_left_comes_back_until_it_is_bought(front: Shop, regular: str) -> None:
    who = {"customer_id": regular}
    for k, item in enumerate(("i003", "i004", "i003")):
        do(front, "product_view", item, f"v{k}", **who)
    do(front, "add_to_cart", "i005", "a1", **who)
    do(front, "add_to_cart", "i006", "a2", **who)
    do(front, "remove_from_cart", "i005", "r1", **who)
    seen = front.recommend(regular, goal="recently_viewed")
    assert item_ids(seen) == ["i006", "i005", "i003", "i004"]
    assert seen["items"][0]["reason"] == "recently_viewed"
    left = front.recommend(regular, goal="abandoned_basket")
    assert item_ids(left) == ["i006"]
    assert left["items"][0]["reason_text"] == "Left in the basket."
    do(front, "purchase", "i006", "p1", **who)
    assert item_ids(front.recommend(regular, goal="abandoned_basket")) == []
    assert "i006" not in item_ids(front.recommend(regular, goal="recently_viewed"))
    front.clock.now += 1
    front.consent(regular, "personalisation", "withdrawn")
    refused = front.recommend(regular, goal="recently_viewed")
    assert refused["fallback"] == "no_consent"
    assert {item["reason"] for item in refused["items"]} == {"popular"}


def test_a_visitor_gets_what_follows_from_the_last_events_alone(front: Shop) -> None:
    plain = visitor(front, "ck1")
    do(front, "product_view", "i010", "v1", visitor_id="ck1")
    do(front, "add_to_cart", "i011", "v2", visitor_id="ck1")
    assert item_ids(visitor(front, "ck1")) == item_ids(plain), "not without their leave"
    allow_visitor(front, "ck1")
    told = visitor(front, "ck1")
    assert (told["personalised"], told["fallback"]) == (True, None)
    first = told["items"][0]
    assert first["reason"] == "in_session"
    named = {item["item_id"]: item["because"] for item in told["items"] if item["because"]}
    assert set(named.values()) <= {"i010", "i011"}
    assert named
    assert all(item != because for item, because in named.items())
    assert "i011" not in item_ids(told), "it lies in the basket already"
    assert len(told["items"]) == 5
    assert visitor(front, "ck1", goal="replenish")["fallback"] == "cold_start"
    replay = front.ok("POST", f"/v1/decisions/{told['decision_id']}/replay", scope="crm")
    assert replay["identical"], replay["differences"]


def test_what_is_due_says_when(front: Shop, regular: str) -> None:
    answer = front.recommend(regular, goal="replenish", n=5)
    for item in answer["items"]:
        assert item["due_at"] > front.bundle.manifest.as_of - 400 * 86_400
        day = np.datetime64(item["due_at"], "s").astype("datetime64[D]")
        assert item["reason_text"].endswith(f"Due again about {day}.")
    assert all(item["due_at"] is None for item in front.recommend(regular)["items"])


def test_trends_are_of_the_place_that_is_asked_about(front: Shop, regular: str) -> None:
    bundle = front.bundle
    for place, row in bundle.place_rows.items():
        if not row:
            continue
        answer = front.recommend(regular, goal="trending", context={"location_id": place})
        assert answer["fallback"] is None
        assert not answer["personalised"]
        for item in answer["items"]:
            k = int(bundle.item_map.index_of([item["item_id"]])[0])
            near = bundle.shelves.trending[row, k] > 0
            assert (item["reason"] == "trending_near") == near


def test_because_you_bought_names_a_purchase_of_theirs(front: Shop) -> None:
    named = 0
    for customer in front.regulars("personalisation", "web")[:10]:
        index = int(front.bundle.customer_map.index_of([customer])[0])
        held = front.bundle.state.histories.of(np.array([index])).item
        mine = set(front.bundle.items.ids[held].tolist())
        for item in front.recommend(customer, goal="discover", n=20)["items"]:
            if item["because"]:
                named += 1
                assert item["because"] in mine
                assert item["item_id"] not in mine
                assert item["reason_text"] == f"Because you bought Thing {item['because']}."
    assert named


@pytest.mark.parametrize(
    ("goal", "context"),
    [
        ("similar", {}),
        ("complement", {"location_id": "s1"}),
        ("complete_basket", {"item_id": "i0"}),
    ],
)
def test_a_place_that_starts_from_items_needs_them(front: Shop, goal: str, context: Any) -> None:
    body = {
        "subject": {"customer_id": "c001"},
        "channel": "web",
        "goal": goal,
        "context": context,
    }
    response = front.call("POST", "/v1/recommendations", body, "decide")
    assert response.status_code == 422
    assert "context.basket" in response.json()["error"]["remedy"]


def test_a_ranker_says_how_likely_and_a_place_does_not(front: Shop, regular: str) -> None:
    table = front.bundle.chances.get("any")
    items = front.recommend(regular)["items"]
    if table is None:
        assert {item["probability"] for item in items} == {None}
    else:
        expected = table.apply(np.array([item["score"] for item in items])).mean
        assert [item["probability"] for item in items] == expected.tolist()
    trends = front.recommend(regular, goal="trending")["items"]
    assert {item["probability"] for item in trends} == {None}
