"""Columns recomputed row by row in plain Python, and the rules of consent and identity."""

import statistics
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection

from features import snapshot as snapshot_module
from features.definitions import FEATURES
from features.schemas import TABLES
from features.snapshot import build_snapshot, feature_names, write_snapshot
from tests.features.recount import (
    DAY,
    MOMENTS,
    START,
    Row,
    Rows,
    before,
    compare,
    orders_of,
    recent,
    rows_of,
    sales,
    visits_of,
)

Frames = Mapping[str, pd.DataFrame]
Opened = Callable[[Frames], DuckDBPyConnection]


@pytest.fixture(scope="module")
def con(opened: Opened, shop: Frames) -> DuckDBPyConnection:
    return opened(shop)


@pytest.fixture(scope="module")
def snapshot(con: DuckDBPyConnection) -> pd.DataFrame:
    return build_snapshot(con, MOMENTS, honour_consents=False).to_pandas()


def purchases(shop: Rows, customer: str, as_of: int) -> Row:
    orders = orders_of(shop, customer, as_of)
    if not orders:
        return {"orders_90d": 0, "spend_365d": 0, "days_since_last_purchase": None,
                "gap_days_std": None, "locations_365d": 0, "items_365d": 0}  # fmt: skip
    gaps = [(b["at"] - a["at"]) / DAY for a, b in pairwise(orders)]
    mean = statistics.fmean(gaps) if gaps else None
    last = (as_of - orders[-1]["at"]) / DAY
    near = recent(orders, "at", as_of, 90)
    month = recent(orders, "at", as_of, 30)
    year = recent(orders, "at", as_of, 365)
    spend = sum(order["spend"] for order in near)
    off = sum(order["discount"] for order in near)
    return {
        "days_since_last_purchase": last,
        "customer_age_days": (as_of - orders[0]["at"]) / DAY,
        "purchase_span_days": (orders[-1]["at"] - orders[0]["at"]) / DAY,
        "orders_7d": len(recent(orders, "at", as_of, 7)),
        "orders_90d": len(near),
        "spend_30d": sum(order["spend"] for order in month),
        "spend_365d": sum(order["spend"] for order in year),
        "spend_trend_ratio": 3 * sum(o["spend"] for o in month) / spend if spend else None,
        "basket_value_mean_365d": statistics.fmean(o["spend"] for o in year) if year else None,
        "gap_days_mean": mean,
        "gap_days_std": statistics.stdev(gaps) if len(gaps) > 1 else None,
        "overdue_ratio": last / max(mean, 1) if mean is not None else None,
        "discount_share_90d": off / (spend + off) if spend else None,
        "locations_365d": len({order["s"] for order in year if order["s"]}),
    }


def baskets(shop: Rows, customer: str, as_of: int) -> Row:
    path = {row["item_id"]: row["category_path"] for row in shop["products"]}
    rows = recent(sales(shop, customer, as_of), "purchased_at", as_of, 365)
    spend: dict[str, int] = {}
    for row in rows:
        levels = path[row["item_id"]].split(" > ")
        category = levels[1] if len(levels) > 1 else levels[0]
        spend[category] = spend.get(category, 0) + row["amount"]
    return {
        "items_365d": len({row["item_id"] for row in rows}),
        "categories_365d": len(spend),
        "top_category_share_365d": max(spend.values()) / sum(spend.values()) if spend else None,
    }


def visits(shop: Rows, customer: str, as_of: int) -> Row:
    rows = visits_of(shop, customer, as_of)
    month = recent(rows, "occurred_at", as_of, 30)
    added: dict[str, int] = {}
    for row in month:
        if row["event_type"] == "add_to_cart":
            added[row["item_id"]] = max(added.get(row["item_id"], 0), row["occurred_at"])
    bought = before(
        shop["transactions"], "purchased_at", as_of, customer_id=customer, line_type="sale"
    )
    left = [
        item
        for item, at in added.items()
        if not any(t["item_id"] == item and t["purchased_at"] >= at for t in bought)
    ]
    met = {
        row["item_id"]
        for row in recent(rows, "occurred_at", as_of, 90)
        if row["event_type"] in {"product_view", "add_to_cart"} and out(row)
    }
    return {
        "sessions_30d": len({row["session_id"] for row in month}),
        "views_30d": sum(row["event_type"] == "product_view" for row in month),
        "carts_30d": sum(row["event_type"] == "add_to_cart" for row in month),
        "abandoned_carts_30d": len(left),
        "days_since_last_event": (as_of - max(r["occurred_at"] for r in rows)) / DAY
        if rows
        else None,
        "stock_outs_met_90d": len(met),
    }


def out(event: Row) -> bool:
    since = START + 10 * int(event["item_id"][1:]) * DAY
    return since <= event["occurred_at"] < since + 60 * DAY


def voice(shop: Rows, customer: str, as_of: int) -> Row:
    answers = before(shop["feedback"], "answered_at", as_of, customer_id=customer)
    answers.sort(key=lambda row: (row["answered_at"], row["feedback_id"]))
    scale = {"nps": (0, 10), "csat": (1, 4), "ces": (1, 6), "stars": (1, 4)}
    level = None
    if answers:
        low, width = scale[answers[-1]["metric"]]
        level = (answers[-1]["score"] - low) / width
    contacts = before(shop["service_contacts"], "opened_at", as_of, customer_id=customer)
    is_open = [
        c for c in contacts
        if not (c["resolved"] and c["closed_at"] is not None and c["closed_at"] < as_of)
    ]  # fmt: skip
    return {
        "last_satisfaction": level,
        "contacts_90d": len(recent(contacts, "opened_at", as_of, 90)),
        "unresolved_contacts": len(is_open),
    }


def responses(shop: Rows, customer: str, as_of: int) -> Row:
    shown = before(shop["exposures"], "exposed_at", as_of, customer_id=customer)
    whose = {row["decision_id"]: row["customer_id"] for row in shop["exposures"]}
    taken = [
        row
        for row in before(shop["outcomes"], "occurred_at", as_of, outcome="accepted")
        if (row["customer_id"] or whose[row["decision_id"]]) == customer
    ]
    return {
        "exposures_90d": len(recent(shown, "exposed_at", as_of, 90)),
        "redemptions_365d": len(recent(taken, "occurred_at", as_of, 365)),
    }


@pytest.mark.parametrize("expected", [purchases, baskets, visits, voice, responses])
def test_against_plain_python(
    expected: Callable[[Rows, str, int], Row], shop: Frames, snapshot: pd.DataFrame
):
    rows = rows_of(shop)
    assert compare(snapshot, expected, rows) == set(expected(rows, "c00", MOMENTS[-1]))


def test_declared_and_third_party(snapshot: pd.DataFrame):
    late = snapshot[snapshot["as_of"] == MOMENTS[-1]].set_index("customer_id")
    assert late.loc["c00", ["age_years", "household_size"]].tolist() == [29.5, 2]
    assert late.loc["c02", "age_years"] == 70
    assert late.loc["c01", "household_size"] == 5
    assert pd.isna(late.loc["c03", "age_years"])
    assert late.loc["c00", "third_party_attributes"] == 1, "one licence has ended"
    assert late.loc["c05", "third_party_attributes"] == 2


def test_rows_and_columns(con: DuckDBPyConnection, shop: Frames, snapshot: pd.DataFrame):
    table = build_snapshot(con, MOMENTS)
    assert table.column_names == [
        "customer_id",
        "as_of",
        "personalisation_allowed",
        "analytics_allowed",
        "third_party_allowed",
        "personalisation_consent",
        "analytics_consent",
        "third_party_consent",
        *feature_names(),
    ]
    types = [str(t) for t in table.schema.types]
    assert types[:8] == ["string", "int64", *["bool"] * 3, *["string"] * 3]
    assert set(types[8:]) == {"double"}
    keys = list(zip(snapshot["as_of"], snapshot["customer_id"], strict=True))
    assert keys == sorted(set(keys))
    bought = [r for r in rows_of(shop)["transactions"] if r["customer_id"] and r["item_id"]]
    for as_of in MOMENTS:
        known = {r["customer_id"] for r in before(bought, "purchased_at", as_of)}
        known |= {"newcomer"} if as_of > START + 100 * DAY else set()
        assert set(snapshot[snapshot["as_of"] == as_of]["customer_id"]) == known


@pytest.mark.parametrize("honour_consents", [True, False])
def test_together_equals_one_by_one(con: DuckDBPyConnection, honour_consents: bool):
    together = build_snapshot(con, MOMENTS, honour_consents=honour_consents).to_pandas()
    parts = [build_snapshot(con, [m], honour_consents=honour_consents).to_pandas() for m in MOMENTS]
    pd.testing.assert_frame_equal(together, pd.concat(parts, ignore_index=True), check_exact=True)


def test_many_rows_are_taken_a_few_moments_at_a_time(
    con: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
):
    whole = build_snapshot(con, MOMENTS)
    queries: list[int] = []
    real = snapshot_module._query
    monkeypatch.setattr(snapshot_module, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(snapshot_module, "_query", lambda *told: queries.append(1) or real(*told))
    assert build_snapshot(con, MOMENTS).equals(whole)
    assert len(queries) == len(set(MOMENTS))


def test_repeats_and_order_of_as_of_do_not_matter(con: DuckDBPyConnection):
    one = build_snapshot(con, MOMENTS)
    assert build_snapshot(con, [*reversed(MOMENTS), MOMENTS[0]]).equals(one)


def test_no_as_of_is_refused(con: DuckDBPyConnection):
    with pytest.raises(ValueError, match="at least one moment"):
        build_snapshot(con, [])


@pytest.fixture(scope="module")
def honoured(con: DuckDBPyConnection) -> pd.DataFrame:
    moments = [START + 150 * DAY, START + 200 * DAY, START + 200 * DAY + 1]
    return build_snapshot(con, moments).to_pandas().set_index(["customer_id", "as_of"])


class TestConsent:
    """c00 grants all; c01 none; c02 withdraws on day 200; c03's grant ends on day 200."""

    @pytest.mark.parametrize(
        ("customer", "allowed"),
        [
            ("c00", [True, True, True]),
            ("c01", [False, False, False]),
            ("c02", [True, True, False]),
            ("c03", [True, False, False]),
        ],
    )
    def test_the_latest_decision_before_as_of_holds(
        self, honoured: pd.DataFrame, customer: str, allowed: list[bool]
    ):
        assert honoured.loc[customer]["personalisation_allowed"].tolist() == allowed

    def test_refused_columns_are_null_and_others_stay(self, honoured: pd.DataFrame):
        personal = [f.name for f in FEATURES if f.purpose == "personalisation"]
        refused = honoured[~honoured["personalisation_allowed"]]
        assert len(refused) > 3
        assert refused[personal].isna().all(axis=None)
        withdrawn = honoured.loc[("c02", START + 200 * DAY + 1)]
        assert withdrawn["third_party_attributes"] == 2
        allowed = honoured[honoured["personalisation_allowed"]]
        assert allowed["orders_365d"].notna().all()

    def test_each_purpose_is_its_own(self, honoured: pd.DataFrame):
        assert not honoured.loc["c03"]["third_party_allowed"].any()
        assert honoured.loc["c03"]["third_party_attributes"].isna().all()
        assert not honoured.loc["c01"][["analytics_allowed", "third_party_allowed"]].any(axis=None)

    def test_of_two_decisions_at_once_the_refusal_holds(self, opened: Opened, shop: Frames):
        row = {"customer_id": "c00", "purpose": "personalisation", "channel": "any",
               "recorded_at": START + 5, "expires_at": pd.NA, "source": "test"}  # fmt: skip
        both = [{**row, "status": status} for status in ("granted", "denied")]
        for order in (both, both[::-1]):
            frame = pd.DataFrame(order).astype({"expires_at": "Int64"})
            con = opened({**shop, "consents": frame})
            one = build_snapshot(con, [MOMENTS[-1]]).to_pandas()
            assert not one["personalisation_allowed"].any()


def test_without_optional_tables(opened: Opened, shop: Frames):
    con = opened({name: shop[name] for name in ("products", "transactions")})
    table = build_snapshot(con, [MOMENTS[-1]], honour_consents=False).to_pandas()
    assert (table["sessions_30d"] == 0).all()
    assert table["days_since_last_event"].isna().all()
    assert {name for name, each in TABLES.items() if each.required} == {"products", "transactions"}


def test_written_whole(con: DuckDBPyConnection, tmp_path: Path):
    one = build_snapshot(con, [MOMENTS[0]])
    path = write_snapshot(one, tmp_path / "new")
    assert path.name == f"{MOMENTS[0]}.parquet"
    assert pq.read_table(path).equals(one)
    several = write_snapshot(build_snapshot(con, MOMENTS), tmp_path / "new")
    assert several.name == f"{MOMENTS[0]}-{MOMENTS[-1]}.parquet"
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_an_empty_snapshot_is_not_written(con: DuckDBPyConnection, tmp_path: Path):
    with pytest.raises(ValueError, match="no rows"):
        write_snapshot(build_snapshot(con, [START - DAY]), tmp_path)
