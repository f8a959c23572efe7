"""Columns recomputed row by row in plain Python: what several recounts share."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

DAY = 86_400
START = 1_600_000_000
MOMENTS = [START + days * DAY for days in (90, 210, 365, 401)]

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]


def rows_of(frames: Mapping[str, pd.DataFrame]) -> dict[str, list[Row]]:
    """Turn frames into dicts, with None for what is missing."""
    return {
        name: frame.astype(object).where(frame.notna(), None).to_dict("records")
        for name, frame in frames.items()
    }


def before(rows: list[Row], column: str, as_of: int, **equal: object) -> list[Row]:
    """Keep the rows with a time strictly before ``as_of`` and these values."""
    return [
        row
        for row in rows
        if row[column] is not None
        and row[column] < as_of
        and all(row[name] == value for name, value in equal.items())
    ]


def recent(rows: list[Row], column: str, as_of: int, days: int) -> list[Row]:
    return [row for row in rows if as_of - row[column] <= days * DAY]


def sales(shop: Rows, customer: str, as_of: int) -> list[Row]:
    """Lines with a value that the customer bought before ``as_of``."""
    lines = before(
        shop["transactions"], "purchased_at", as_of, customer_id=customer, line_type="sale"
    )
    return [line for line in lines if line["amount"] > 0]


def orders_of(shop: Rows, customer: str, as_of: int) -> list[Row]:
    """Orders as known before ``as_of``: ``at`` is the time of their first line."""
    lines: dict[str, list[Row]] = {}
    for line in sales(shop, customer, as_of):
        lines.setdefault(line["order_id"], []).append(line)
    orders = [
        {
            "order_id": order_id,
            "at": min(line["purchased_at"] for line in each),
            "spend": sum(line["amount"] for line in each),
            "discount": sum(line["discount"] for line in each),
            "units": sum(line["quantity"] for line in each),
            "lines": each,
            "s": min((x["location_id"] for x in each if x["location_id"]), default=None),
            "channel": min(line["channel"] for line in each),
        }
        for order_id, each in lines.items()
    ]
    return sorted(orders, key=lambda order: (order["at"], order["order_id"]))


def visits_of(shop: Rows, customer: str, as_of: int) -> list[Row]:
    """Events of the cookies and devices that were the customer's alone before ``as_of``."""
    owners: dict[str, set[str]] = {}
    for link in before(shop["identifiers"], "observed_at", as_of):
        if link["identifier_type"] in {"cookie", "device"}:
            owners.setdefault(link["value"], set()).add(link["customer_id"])
    mine = {value for value, who in owners.items() if who == {customer}}
    return [e for e in before(shop["events"], "occurred_at", as_of) if e["visitor_id"] in mine]


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def compare(snapshot: pd.DataFrame, expected: Any, shop: Rows) -> set[str]:
    """Compare every row of the snapshot with ``expected(shop, customer, as_of)``.

    Returns
    -------
    set of str
        Columns that had a value other than 0 and null somewhere.
    """
    alive: set[str] = set()
    for row in snapshot.to_dict("records"):
        for name, value in expected(shop, row["customer_id"], row["as_of"]).items():
            where = f"{name} of {row['customer_id']} at {row['as_of']}"
            if value is None:
                assert pd.isna(row[name]), where
            else:
                assert row[name] == pytest.approx(value, rel=1e-9, abs=1e-9), where
                alive |= {name} if value else set()
    return alive
