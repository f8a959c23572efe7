"""Things that may happen to any table at or after a moment, for tests of point in time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from hypothesis import strategies as st

from tests.features.retailer import CUSTOMERS, DAY, ITEMS

Frames = Mapping[str, pd.DataFrame]

# The time that says when each row became known.
KNOWN_AT = {
    "customers": "signed_up_at",
    "transactions": "purchased_at",
    "identifiers": "observed_at",
    "events": "occurred_at",
    "stock_levels": "as_of",
    "consents": "recorded_at",
    "feedback": "answered_at",
    "feedback_requests": "asked_at",
    "service_contacts": "opened_at",
    "social_mentions": "posted_at",
    "exposures": "exposed_at",
    "outcomes": "occurred_at",
    "third_party": "obtained_at",
    "comment_scores": "written_at",
}
# Columns that are filled in later: they count from the time they hold.
FILLED_IN = {
    ("transactions", "paid_at", "purchased_at"),
    ("transactions", "returned_at", "purchased_at"),
    ("service_contacts", "closed_at", "opened_at"),
}
_KEYS = {
    "customers": "customer_id",
    "events": "event_id",
    "transactions": "order_id",
    "feedback": "feedback_id",
    "feedback_requests": "request_id",
    "service_contacts": "contact_id",
    "social_mentions": "mention_id",
    "exposures": "decision_id",
    "outcomes": "outcome_id",
    "third_party": "attribute",
}
_TEXTS = {
    "customer_id": [*CUSTOMERS, "stranger"],
    "item_id": [*ITEMS, "new item"],
    "line_type": ["sale", "return", "fee", "adjustment"],
    "channel": ["shop", "web", "app"],
    "event_type": ["product_view", "add_to_cart", "search", "checkout", "wishlist"],
    "outcome": ["accepted", "rejected", "clicked", "ignored"],
    "status": ["granted", "denied", "withdrawn"],
    "relation": ["same", "different"],
    "match": ["exact", "exact", "fuzzy"],
    "metric": ["nps", "csat", "ces", "stars"],
}
# Texts that mean something else in this table.
_KEPT = {
    "consents": {"channel"},
    "stock_levels": {"status"},
    "customers": {"customer_id"},
}
_NUMBERS = {"amount": 90_000, "discount": 9_000, "quantity": 50, "score": 8, "value": 90_000}


@dataclass(frozen=True)
class Happening:
    """A row added to ``table``, or a column of it filled in, ``delay`` seconds after a moment."""

    table: str
    column: str | None
    delay: int
    seed: int


def happenings() -> st.SearchStrategy[Happening]:
    """Draw something that happens at the moment or later."""
    what = [(table, None) for table in sorted(KNOWN_AT)]
    what += [(table, column) for table, column, _ in sorted(FILLED_IN)]
    delay = st.one_of(st.just(0), st.integers(1, 300 * DAY))
    return st.builds(
        lambda chosen, delay, seed: Happening(*chosen, delay, seed),
        st.sampled_from(what),
        delay,
        st.integers(0, 100_000),
    )


def happen(con: DuckDBPyConnection, frames: Frames, what: Happening, moment: int) -> None:
    """Let it happen at ``moment + what.delay`` to the tables behind ``con``."""
    if what.column is None:
        _insert(con, what.table, _row(frames, what, moment))
    else:
        _fill_in(con, what, moment)


def _row(frames: Frames, what: Happening, moment: int) -> pd.DataFrame:
    """Repeat some row of the table at its new time, with other values and a key of its own."""
    rng = np.random.default_rng(what.seed)
    frame = frames[what.table]
    row = frame.iloc[[int(rng.integers(len(frame)))]].copy()
    old = (row["order_id"].iloc[0], row["customer_id"].iloc[0]) if "line_no" in row else None
    for column in set(row) - _KEPT.get(what.table, set()):
        if column in _TEXTS:
            row[column] = str(rng.choice(_TEXTS[column]))
        elif column in _NUMBERS:
            row[column] = int(rng.integers(1, _NUMBERS[column]))
    if what.table in _KEYS:
        row[_KEYS[what.table]] = f"future-{what.seed}-{what.delay}"
    if old and rng.random() < 0.5:
        row["order_id"], row["customer_id"] = old
    at = moment + what.delay
    for table, column, _ in FILLED_IN:
        if table == what.table:
            row[column] = at + int(rng.integers(0, DAY))
    row[KNOWN_AT[what.table]] = at
    return row.assign(line_no=1_000 + what.seed) if old else row


def _insert(con: DuckDBPyConnection, table: str, row: pd.DataFrame) -> None:
    columns = ", ".join(row.columns)
    con.register("planted", row)
    con.execute(f"insert into main.{table} ({columns}) select {columns} from planted")
    con.unregister("planted")


def _fill_in(con: DuckDBPyConnection, what: Happening, moment: int) -> None:
    """Fill in a row of before the moment that has no value yet, or one of after it."""
    start = next(s for t, c, s in FILLED_IN if (t, c) == (what.table, what.column))
    rows = con.execute(
        f"select rowid from main.{what.table} where {start} < $moment"
        f" and ({what.column} is null or {what.column} >= $moment) order by rowid",
        {"moment": moment},
    ).fetchall()
    con.execute(
        f"update main.{what.table} set {what.column} = $at where rowid = $row",
        {"at": moment + what.delay, "row": rows[what.seed % len(rows)][0]},
    )
