"""In stock or not offered, in every process, from the next decision on."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.support import Shop, item_ids, reasons
from tests.integration.village import DAY

OUT = {"quantity": 0, "status": "out_of_stock"}
GONE = {"quantity": 0, "status": "discontinued"}


def level(item: str, **more: Any) -> dict[str, Any]:
    return {"item_id": item, "location_id": "online", **more}


@pytest.fixture
def customer(front: Shop) -> str:
    return front.regulars("personalisation", "web")[0]


@pytest.mark.parametrize(
    ("update", "stage", "reason"),
    [(OUT, "stock", "out_of_stock"), (GONE, "stock", "discontinued")],
)
def test_the_next_answer_is_full_without_the_item(
    front: Shop, customer: str, update: dict[str, Any], stage: str, reason: str
) -> None:
    before = item_ids(front.recommend(customer))
    front.stock(level(before[0], **update))
    after = front.recommend(customer, explain=True)
    assert len(item_ids(after)) == len(before) == 10
    assert item_ids(after)[:9] == before[1:]
    assert reasons(after["dropped"], "item_id")[before[0]] == (stage, reason)
    counted = front.recommend(customer)["dropped"]
    assert {"stage": stage, "reason": reason} in [
        {k: one[k] for k in ("stage", "reason")} for one in counted
    ]


def test_a_whole_slate_out_of_stock_gives_another_whole_slate(front: Shop, customer: str) -> None:
    before = item_ids(front.recommend(customer))
    front.stock(*(level(item, **OUT) for item in before))
    after = item_ids(front.recommend(customer))
    assert len(after) == 10
    assert not set(after) & set(before)


def test_back_in_stock_is_back_in_the_slate(front: Shop, customer: str) -> None:
    before = item_ids(front.recommend(customer))
    front.stock(level(before[0], **OUT))
    front.stock(level(before[0], quantity=1, status="in_stock"))
    answer = front.recommend(customer)
    assert item_ids(answer) == before
    assert answer["items"][0]["stock"] == {
        "location_id": "online",
        "quantity": 1.0,
        "as_of": front.clock.now,
    }


@pytest.mark.parametrize("update", [OUT, GONE])
def test_another_process_obeys_at_its_very_next_decision(
    open_front: Callable[..., Shop], update: dict[str, Any]
) -> None:
    one = open_front()
    other = open_front(clock=one.clock)
    customer = one.who_allows("personalisation", "web")[0]
    before = item_ids(other.recommend(customer))
    assert item_ids(one.recommend(customer)) == before
    one.stock(level(before[0], **update))
    after = item_ids(other.recommend(customer))
    assert len(after) == 10
    assert before[0] not in after
    other.stock(level(before[1], **update))
    assert before[1] not in item_ids(one.recommend(customer))


def test_an_older_figure_never_overwrites_a_newer_one(front: Shop, customer: str) -> None:
    best = item_ids(front.recommend(customer))[0]
    answer = front.stock(level(best, **OUT, as_of=front.clock.now - DAY))
    assert (answer["accepted"], answer["stale"]) == (0, 1)
    assert item_ids(front.recommend(customer))[0] == best


def test_a_stale_figure_is_not_offered(front: Shop, customer: str) -> None:
    best = item_ids(front.recommend(customer))[0]
    front.clock.now += 8 * DAY
    nothing = front.recommend(customer, explain=True)
    assert nothing["items"] == []
    assert reasons(nothing["dropped"], "item_id")[best] == ("stock", "stock_stale")
    front.stock(level(best, quantity=3, status="in_stock"))
    assert item_ids(front.recommend(customer)) == [best]


def test_without_stock_no_action_that_needs_items(front: Shop, customer: str) -> None:
    front.clock.now += 8 * DAY
    answer = front.act(customer, explain=True)
    dropped = reasons(answer["dropped"], "action_id")
    assert ("stock", "no_sellable_item") in dropped.values()
    assert all(not a["items"] for a in answer["actions"])
    assert {"replenishment_reminder", "discover_new"}.isdisjoint(
        a["action_id"] for a in answer["actions"]
    )


def test_an_action_with_items_has_at_least_one(front: Shop, customer: str) -> None:
    """When all that can be sold was bought before, there is nothing new to discover."""
    bundle = front.bundle
    index = int(bundle.customer_map.index_of([customer])[0])
    pointer = bundle.state.history.pointer
    bought = set(bundle.state.history.item[pointer[index] : pointer[index + 1]].tolist())
    new = [str(i) for k, i in enumerate(bundle.items.ids) if k not in bought]
    front.stock(*(level(item, **OUT) for item in new))
    answer = front.act(customer, n=20, explain=True)
    filled = {a["action_id"]: a["items"] for a in answer["actions"]}
    dropped = reasons(answer["dropped"], "action_id")
    assert dropped["discover_new"] == ("stock", "no_sellable_item")
    assert filled["replenishment_reminder"]


def test_a_location_of_which_nothing_is_known_sells_nothing(front: Shop, customer: str) -> None:
    answer = front.recommend(customer, context={"location_id": "mars"}, explain=True)
    assert answer["items"] == []
    assert {reason for _, reason in reasons(answer["dropped"], "item_id").values()} <= {
        "stock_unknown",
        "discontinued",
    }


def test_the_shop_channel_reads_the_customers_own_shop(front: Shop, customer: str) -> None:
    answer = front.recommend(customer, channel="shop")
    home = f"s{int(customer[1:]) % 4}"
    assert {item["stock"]["location_id"] for item in answer["items"]} == {home}


@pytest.mark.parametrize("goal", ["any", "discover", "replenish"])
def test_n_items_or_all_there_are(front: Shop, customer: str, goal: str) -> None:
    bundle = front.bundle
    index = int(bundle.customer_map.index_of([customer])[0])
    pointer = bundle.state.history.pointer
    bought = {
        str(bundle.items.ids[k])
        for k in bundle.state.history.item[pointer[index] : pointer[index + 1]]
    }
    answer = item_ids(front.recommend(customer, n=100, goal=goal))
    sellable = set(item_ids(front.recommend("nobody", n=100)))
    assert len(answer) == len(set(answer))
    if goal == "discover":
        assert not set(answer) & bought
    if goal == "replenish":
        assert set(answer) <= bought
        assert len(answer) >= len(bought & sellable)
    if goal == "any":
        assert len(answer) == 100


def test_filters_and_exclusions_leave_a_full_slate(front: Shop, customer: str) -> None:
    category = "aisle1 > shelf1"
    answer = front.recommend(customer, n=5, filter={"category": category, "price_max": 12})
    rows = {str(i): k for k, i in enumerate(front.bundle.items.ids)}
    assert len(answer["items"]) == 5
    for item in item_ids(answer):
        assert front.bundle.items.category_paths[rows[item]].startswith(category)
        assert front.bundle.items.list_price[rows[item]] <= 1200
    first, *others = item_ids(front.recommend(customer))
    explained = front.recommend(
        customer, exclude_item_ids=[first], context={"basket": others[:1]}, explain=True
    )
    dropped = reasons(explained["dropped"], "item_id")
    assert dropped[first] == dropped[others[0]] == ("eligibility", "excluded")
    assert len(explained["items"]) == 10
