"""A shop whose customers are asked, and answer by a rule that is known."""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from features.door import prepare
from features.schemas import TABLES

DAY, HOUR = 86_400, 3_600
START = 1_704_067_200  # 2024-01-01
DAYS = 330
AS_OF = START + DAYS * DAY
PURPOSES = ("personalisation", "analytics")
Rows = Mapping[str, pd.DataFrame]


def opened(frames: Rows) -> DuckDBPyConnection:
    """Canonical tables in memory, filled with these rows."""
    con = duckdb.connect()
    con.execute("set threads = 1")
    prepare(con)
    con.execute(
        "create or replace table comment_scores (table_name VARCHAR, row_id VARCHAR,"
        " written_at BIGINT, sentiment DOUBLE, topic VARCHAR)"
    )
    for name, frame in frames.items():
        columns = [c for c in frame.columns if name not in TABLES or c in TABLES[name].names]
        con.register("given", frame[columns])
        listed = ", ".join(columns)
        con.execute(f"insert into main.{name} ({listed}) select {listed} from given")
        con.unregister("given")
    return con


def table(columns: str, rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """A frame of rows whose source is the test."""
    return pd.DataFrame(list(rows), columns=columns.split()).assign(source="test")


def granted(customers: Iterable[str], *, refusing: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Everybody grants both purposes on the first day, but who refuses one."""
    refused = refusing or {}
    return table(
        "customer_id purpose channel status recorded_at",
        [
            (c, p, "any", "denied" if refused.get(c) == p else "granted", START)
            for c in customers
            for p in PURPOSES
        ],
    )


def shop(
    seed: int = 3, customers: int = 300, *, refusing: Mapping[str, str] | None = None
) -> dict[str, pd.DataFrame]:
    """Happy and unhappy customers: the unhappy have contacts, say so, and answer more often."""
    rng = np.random.default_rng(seed)
    ids = [f"c{k:03d}" for k in range(customers)]
    happy = rng.random(customers) < 0.5
    bought = _orders(ids, rng)
    contacts = _contacts(ids, happy, rng)
    asked, answers = _surveys(ids, happy, contacts, rng)
    return {
        "products": table("item_id status", [("i0", "active"), ("i1", "active")]),
        "transactions": bought,
        "service_contacts": contacts,
        "feedback_requests": asked,
        "feedback": answers,
        "consents": granted(ids, refusing=refusing),
    }


def _orders(ids: list[str], rng: np.random.Generator) -> pd.DataFrame:
    rows = [
        (f"o{c}-{k}", 1, c, f"i{k % 2}", int(START + rng.integers(DAY, DAYS * DAY)), 1, 500, 0,
         "shop")
        for c in ids
        for k in range(4)
    ]  # fmt: skip
    names = "order_id line_no customer_id item_id purchased_at quantity amount discount channel"
    return table(names, rows).assign(line_type="sale")


def _contacts(
    ids: list[str], happy: np.ndarray[Any, Any], rng: np.random.Generator
) -> pd.DataFrame:
    rows = []
    for c, well in zip(ids, happy, strict=True):
        for k in range(1 if well else 4):
            opened_at = int(START + rng.integers(DAY, DAYS * DAY))
            settled = bool(rng.random() < (0.9 if well else 0.4))
            closed = opened_at + int(rng.integers(HOUR, 5 * DAY)) if settled else None
            rows.append((f"t{c}-{k}", c, opened_at, closed, "phone", "delivery", settled))
    frame = table("contact_id customer_id opened_at closed_at channel topic resolved", rows)
    return frame.astype({"closed_at": "Int64"})


def _surveys(
    ids: list[str],
    happy: np.ndarray[Any, Any],
    contacts: pd.DataFrame,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    asked, answers = [], []
    for c, well in zip(ids, happy, strict=True):
        for k in range(8):
            metric = "csat" if k == 7 else "nps"
            at = int(START + rng.integers(20 * DAY, DAYS * DAY))
            request = f"r{c}-{k}"
            asked.append((request, c, metric, "web" if k % 2 else "shop", "email", at))
            if rng.random() < (0.3 if well else 0.6):
                top = 5 if metric == "csat" else 10
                score = int(np.clip(rng.normal(0.85 if well else 0.45, 0.15) * top, 1, top))
                answers.append((f"f-{request}", c, metric, score, "web" if k % 2 else "shop",
                                "email", request, at + HOUR))  # fmt: skip
    efforts = [row for row in contacts.itertuples() if rng.random() < 0.6]
    for row in efforts:
        hard = not row.resolved if rng.random() < 0.9 else row.resolved
        at = int(row.opened_at + 6 * DAY)
        answers.append((f"e-{row.contact_id}", row.customer_id, "ces", 2 if hard else 6,
                        "service", "sms", None, at))  # fmt: skip
    names = "request_id customer_id metric touchpoint channel asked_at"
    told = "feedback_id customer_id metric score touchpoint channel request_id answered_at"
    return table(names, asked), table(told, answers)
