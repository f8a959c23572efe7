"""What a customer bought and did, as a person reads it."""

from typing import Any

from serving.customers.history import MOST_ORDERS, events_of, newest, orders_of
from serving.stores.ports import EventRow

LINE = {
    "line_no": 1,
    "item_id": "i1",
    "purchased_at": 100,
    "line_type": "sale",
    "quantity": 2,
    "amount": 500,
    "discount": 20,
    "channel": "shop",
    "location_id": "s1",
    "returned_at": None,
    "label": None,
}


def line(order: str, **more: Any) -> dict[str, Any]:
    return {**LINE, "order_id": order, **more}


def named(item_id: str | None) -> str | None:
    return f"the {item_id}" if item_id else None


def test_orders_are_added_up_and_the_newest_shown_first() -> None:
    rows = [
        line("a"),
        line("a", line_no=2, item_id=None, line_type="fee", amount=99, quantity=0, label="post"),
        line("b", purchased_at=300, returned_at=400),
        line("c", purchased_at=500, line_type="return", quantity=-1, amount=-250, discount=None),
    ]
    history = orders_of(reversed(rows), named)
    assert (history["orders"], history["spent"], history["returned_lines"]) == (2, 8.49, 2)
    assert (history["first_order_at"], history["last_order_at"]) == (100, 300)
    assert [one["order_id"] for one in history["last_orders"]] == ["c", "b", "a"]
    last = history["last_orders"][-1]
    assert (last["amount"], last["discount"], last["at"]) == (5.99, 0.4, 100)
    assert [one["name"] for one in last["lines"]] == ["the i1", None]
    assert [one["label"] for one in last["lines"]] == [None, "post"]


def test_without_purchases_there_is_an_empty_history() -> None:
    history = orders_of([], named)
    assert (history["orders"], history["spent"], history["last_orders"]) == (0, 0.0, [])
    assert history["last_order_at"] is None


def test_only_the_newest_orders_are_shown() -> None:
    rows = [line(f"o{k:02d}", purchased_at=k) for k in range(MOST_ORDERS + 5)]
    history = orders_of(rows, named)
    assert history["orders"] == MOST_ORDERS + 5
    assert history["last_orders"][0]["order_id"] == f"o{MOST_ORDERS + 4}"
    assert len(history["last_orders"]) == MOST_ORDERS


def test_an_event_of_both_tables_and_store_is_shown_once() -> None:
    told = {"event_type": "search", "item_id": None, "channel": "web", "query": "milk"}
    rows = [{"event_id": "e1", "occurred_at": 5, **told}]
    posted = [
        EventRow("c1", None, "e1", "search", 5, query="milk"),
        EventRow("c1", None, "e2", "product_view", 9, "i1"),
    ]
    shown = events_of(rows, posted, named)
    assert [(one["at"], one["name"], one["query"]) for one in shown] == [
        (9, "the i1", None),
        (5, None, "milk"),
    ]


def test_ties_are_ordered_by_name() -> None:
    rows = [{"id": name, "at": 3} for name in ("b", "a")] + [{"id": "c", "at": 4}]
    assert [row["id"] for row in newest(rows, "at", ("id",), 2)] == ["c", "a"]
