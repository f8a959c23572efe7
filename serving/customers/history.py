"""What a customer bought, gave back and did: rows of tables, as a person reads them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from serving.stores.ports import EventRow

Row = Mapping[str, Any]
Shown = dict[str, Any]
MOST_ORDERS: Final = 20
MOST_EVENTS: Final = 50
_LINE: Final = ("item_id", "line_type", "quantity", "returned_at", "label")


def orders_of(rows: Iterable[Row], name_of: Callable[[str | None], str | None]) -> Shown:
    """Return figures over all lines of the books, and the newest orders with their lines.

    Money is in the shop's currency. What was given back counts against ``spent``; orders are
    those in which goods were sold.

    Parameters
    ----------
    name_of
        Gives the name of an item.
    """
    by_order: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_order[row["order_id"]].append(row)
    lines = [row for order in by_order.values() for row in order]
    sales = [row for row in lines if row["line_type"] == "sale"]
    bought = [row["purchased_at"] for row in sales]
    newest = sorted(by_order.values(), key=lambda order: (-_at(order), order[0]["order_id"]))
    return {
        "orders": len({row["order_id"] for row in sales}),
        "spent": _money(sum(row["amount"] for row in lines)),
        "first_order_at": min(bought, default=None),
        "last_order_at": max(bought, default=None),
        "returned_lines": sum(_came_back(row) for row in lines),
        "last_orders": [_order(order, name_of) for order in newest[:MOST_ORDERS]],
    }


def events_of(
    rows: Iterable[Row], posted: Iterable[EventRow], name_of: Callable[[str | None], str | None]
) -> list[Shown]:
    """Return the newest events, of the tables and of the store, each event_id once."""
    found = {row["event_id"]: row for row in rows}
    found |= {one.event_id: one._asdict() for one in posted}
    newest = sorted(found.values(), key=lambda row: (-row["occurred_at"], row["event_id"]))
    return [
        {
            "at": row["occurred_at"],
            "event_type": row["event_type"],
            "item_id": row["item_id"],
            "name": name_of(row["item_id"]),
            "channel": row["channel"],
            "query": row.get("query"),
        }
        for row in newest[:MOST_EVENTS]
    ]


def newest(rows: Iterable[Row], at: str, names: Sequence[str], most: int) -> list[Shown]:
    """Return some columns of the newest rows by a column of times."""
    ordered = sorted(rows, key=lambda row: (-row[at], str(row[names[0]])))
    return [{name: row[name] for name in names} for row in ordered[:most]]


def _order(lines: Sequence[Row], name_of: Callable[[str | None], str | None]) -> Shown:
    ordered = sorted(lines, key=lambda row: row["line_no"])
    first = ordered[0]
    return {
        "order_id": first["order_id"],
        "at": _at(lines),
        "channel": first["channel"],
        "location_id": first["location_id"],
        "amount": _money(sum(row["amount"] for row in lines)),
        "discount": _money(sum(row["discount"] or 0 for row in lines)),
        "lines": [
            {name: row[name] for name in _LINE}
            | {"name": name_of(row["item_id"]), "amount": _money(row["amount"])}
            for row in ordered
        ],
    }


def _at(lines: Sequence[Row]) -> int:
    return int(max(row["purchased_at"] for row in lines))


def _came_back(row: Row) -> bool:
    return row["line_type"] == "return" or row["returned_at"] is not None


def _money(cents: int) -> float:
    return cents / 100.0
