"""A tiny retailer: 15 customers, 25 items and 400 days, in every canonical table.

Every draw has a generator of its own kind, so that adding to one table moves no other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.random import Generator

from tests.features.retailer_orders import sold_lines
from tests.features.retailer_words import social_mentions, words_of_customers

DAY = 86_400
START = 1_600_000_000
SPAN = 400 * DAY
CUSTOMERS = [f"c{k:02d}" for k in range(15)]
ITEMS = [f"i{k:02d}" for k in range(25)]

Frames = Mapping[str, pd.DataFrame]


def make_shop() -> dict[str, pd.DataFrame]:
    """Draw the tables, the same at every call."""
    rng = np.random.default_rng(7)
    more = np.random.default_rng(8)
    transactions = sold_lines(CUSTOMERS, ITEMS, rng, more)
    shop = {
        "products": _products(),
        "customers": _customers(),
        "transactions": transactions,
        "identifiers": _identifiers(),
        "events": _events(rng, more),
        "stock_levels": _stock(),
        "consents": _consents(),
        **words_of_customers(CUSTOMERS, rng, more),
        "exposures": _exposures(rng, more),
        "outcomes": _outcomes(rng, more),
        "third_party": _third_party(),
        "social_mentions": social_mentions(more),
    }
    return {name: frame.assign(source="test") for name, frame in shop.items()}


def make_scores(shop: Frames) -> pd.DataFrame:
    """Draw the sentiment of two comments in three."""
    rng = np.random.default_rng(9)
    parts = [
        shop[table][[key, at]].set_axis(["row_id", "written_at"], axis=1).assign(table_name=table)
        for table, key, at in (
            ("feedback", "feedback_id", "answered_at"),
            ("service_contacts", "contact_id", "opened_at"),
            ("social_mentions", "mention_id", "posted_at"),
        )
    ]
    every = pd.concat(parts, ignore_index=True)
    every["sentiment"] = rng.random(len(every)).round(4)
    every["topic"] = "delivery"
    return every[rng.random(len(every)) < 0.67].reset_index(drop=True)


def add_scores(con: DuckDBPyConnection, scores: pd.DataFrame) -> None:
    """Insert into ``comment_scores``, which is no canonical table."""
    con.register("given", scores)
    con.execute("insert into comment_scores by name select * from given")
    con.unregister("given")


def whole(values: Sequence[Any]) -> pd.Series:
    """Whole numbers, some of them null."""
    return pd.Series(values, dtype="Int64")


def _rows(columns: str, rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def _products() -> pd.DataFrame:
    paths = [f"food > kind{k % 4} > type{k % 9}" for k in range(len(ITEMS))]
    paths[0] = "household"
    brands = [("Private", "Acme", "Bold", None)[k % 4] for k in range(len(ITEMS))]
    return pd.DataFrame(
        {"item_id": ITEMS, "category_path": paths, "brand": brands, "status": "active"}
    )


def _customers() -> pd.DataFrame:
    n = len(CUSTOMERS) + 1
    return pd.DataFrame(
        {
            "customer_id": [*CUSTOMERS, "newcomer"],
            "signed_up_at": whole([None] * (n - 1) + [START + 100 * DAY]),
            "birth_year": whole([None] * 8 + [1950 + 3 * k for k in range(n - 8)]),
            "country": [None, "GB"] * (n // 2),
            "home_location_id": ["s0", None, "s1", "s2"] * 4,
            "age_band": ["25-34", None, "65+", "other"] * 4,
            "household_size": ["2", "5+", None, "1"] * 4,
            "kids_count": ["0", "3+", None, "many"] * 4,
            "income_band": ["Under 15K", "35-49K", "250K+", None] * 4,
            "home_ownership": ["Homeowner", "Renter", None, "Probable Owner"] * 4,
            "marital_status": ["Married", None, "Unmarried", "Married"] * 4,
        }
    )


def _identifiers() -> pd.DataFrame:
    """Cookie k is of customer k, seen on day 20 k; cookie 14 is shared with customer 0 later."""
    rows = [("cookie", f"k{n}", c, START + 20 * n * DAY) for n, c in enumerate(CUSTOMERS)]
    rows.append(("cookie", "k14", CUSTOMERS[0], START + 350 * DAY))
    rows += [("device", f"d{n}", CUSTOMERS[n], START + 30 * n * DAY) for n in range(5)]
    rows += [("social", f"@{n}", CUSTOMERS[n], START + 25 * n * DAY) for n in range(8)]
    return _rows("identifier_type value customer_id observed_at", rows)


def _events(rng: Generator, more: Generator) -> pd.DataFrame:
    n = 1_500
    kinds = np.array(["page_view", "product_view", "search", "add_to_cart"])
    kind = kinds[rng.integers(0, 4, n)]
    item = np.array(ITEMS, dtype=object)[rng.integers(0, len(ITEMS), n)]
    visitor = rng.integers(0, 20, n)
    events = pd.DataFrame(
        {
            "visitor_id": [f"k{k}" for k in visitor],
            "session_id": [f"v{k}-{rng.integers(0, 40)}" for k in visitor],
            "occurred_at": START + rng.integers(0, SPAN, n),
            "event_type": kind,
            "item_id": np.where(np.isin(kind, ["product_view", "add_to_cart"]), item, None),
        }
    )
    every = pd.concat([events, _short_visits(more)], ignore_index=True)
    count = len(every)
    empty = more.integers(0, 3, count)
    told = (every["event_type"] == "search") & (more.random(count) < 0.8)
    return every.assign(
        event_id=[f"e{k}" for k in range(count)],
        results=whole(empty).where(told),
        referrer=np.array(["direct", "search", "email", "social", None], dtype=object)[
            more.integers(0, 5, count)
        ],
        device=np.array(["mobile", "desktop", None], dtype=object)[more.integers(0, 3, count)],
        channel=np.array(["web", "app"], dtype=object)[more.integers(0, 2, count)],
        weight=np.where(more.random(count) < 0.5, more.integers(0, 9, count) / 4, np.nan),
    )


def _short_visits(more: Generator) -> pd.DataFrame:
    """Visits of minutes, that go from a view to the checkout or stop before."""
    rows = []
    path = ("product_view", "wishlist", "add_to_cart", "remove_from_cart", "checkout")
    for visit in range(220):
        who = int(more.integers(0, 20))
        name = f"k{who}" if visit % 3 else f"d{who % 5}"
        at = int(START + more.integers(0, SPAN))
        for step in range(int(more.integers(1, len(path) + 1))):
            item = ITEMS[(visit + step) % len(ITEMS)] if step < 4 else None
            rows.append((name, f"s{visit}", at + 60 * step, path[step], item))
    return _rows("visitor_id session_id occurred_at event_type item_id", rows)


def _stock() -> pd.DataFrame:
    """Item k is out of stock online from day 10 k to day 10 k + 60."""
    parts = [
        pd.DataFrame(
            {
                "item_id": ITEMS,
                "location_id": "online",
                "quantity": 0 if status == "out_of_stock" else 5,
                "status": status,
                "as_of": [START + (10 * k + shift) * DAY for k in range(len(ITEMS))],
            }
        )
        for status, shift in (("out_of_stock", 0), ("in_stock", 60))
    ]
    return pd.concat(parts, ignore_index=True)


def _consents() -> pd.DataFrame:
    """c00 grants all; c01 none; c02 withdraws on day 200; c03's grant ends on day 200."""
    rows = [
        (c, purpose, "any", "granted", START - DAY, None)
        for c in CUSTOMERS[4:] + CUSTOMERS[:1] + CUSTOMERS[2:3]
        for purpose in ("personalisation", "analytics", "third_party_data")
    ]
    rows.append((CUSTOMERS[2], "personalisation", "any", "withdrawn", START + 200 * DAY, None))
    rows.append((CUSTOMERS[3], "personalisation", "any", "granted", START, START + 200 * DAY))
    rows.append((CUSTOMERS[1], "marketing", "email", "granted", START, None))
    rows.append((CUSTOMERS[1], "analytics", "any", "denied", START, None))
    frame = _rows("customer_id purpose channel status recorded_at expires_at", rows)
    return frame.astype({"expires_at": "Int64"})


def _exposures(rng: Generator, more: Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "decision_id": [f"d{k}" for k in range(80)],
            "customer_id": np.array(CUSTOMERS, dtype=object)[rng.integers(0, 15, 80)],
            "action_id": np.array(["mail", "call", "gift"], dtype=object)[more.integers(0, 3, 80)],
            "channel": "post",
            "exposed_at": START + rng.integers(0, SPAN, 80),
            "arm": "policy",
        }
    )


def _outcomes(rng: Generator, more: Generator) -> pd.DataFrame:
    """Of the first 40, half name the customer, half only the decision; the rest only the latter."""
    customer = np.array(CUSTOMERS, dtype=object)[rng.integers(0, 15, 40)]
    first = np.array(["accepted", "rejected"])[rng.integers(0, 2, 40)]
    every = np.array(["accepted", "rejected", "clicked", "purchased", "ignored", "shown"])
    return pd.DataFrame(
        {
            "outcome_id": [f"r{k}" for k in range(100)],
            "decision_id": [f"d{k % 80}" if k % 2 or k >= 40 else None for k in range(100)],
            "customer_id": [None if k % 2 or k >= 40 else customer[k] for k in range(100)],
            "outcome": np.concatenate([first, every[more.integers(0, 6, 60)]]),
            "value": whole(more.integers(0, 5_000, 100)).where(more.random(100) < 0.5),
            "occurred_at": np.concatenate(
                [START + rng.integers(0, SPAN, 40), START + more.integers(0, SPAN, 60)]
            ),
        }
    )


def _third_party() -> pd.DataFrame:
    rows = [(c, a, "p", START + 30 * DAY, None) for c in CUSTOMERS for a in ("lifestyle", "car")]
    rows[0] = (CUSTOMERS[0], "lifestyle", "p", START + 30 * DAY, START + 60 * DAY)
    rows += [(c, "car", "q", START + 150 * DAY, START + 300 * DAY) for c in CUSTOMERS[3:9]]
    frame = _rows("customer_id attribute provider obtained_at expires_at", rows)
    return frame.astype({"expires_at": "Int64"})
