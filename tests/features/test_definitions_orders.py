"""Columns of orders, lines, returns and payments, recomputed in plain Python."""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise

import pandas as pd
import pytest

from tests.features.recount import (
    DAY,
    Row,
    Rows,
    before,
    compare,
    mean,
    orders_of,
    ratio,
    recent,
    rows_of,
    sales,
)

Frames = Mapping[str, pd.DataFrame]


def entropy(counts: list[int]) -> float | None:
    total = sum(counts)
    return -sum(n / total * math.log(n / total) for n in counts) if counts else None


def rhythm(shop: Rows, customer: str, as_of: int) -> Row:
    orders = orders_of(shop, customer, as_of)
    gaps = [(b["at"] - a["at"]) / DAY for a, b in pairwise(orders)]
    year, quarter, month, week = (recent(orders, "at", as_of, d) for d in (365, 90, 30, 7))
    spread = statistics.stdev(gaps) if len(gaps) > 1 else None
    # The first order of each day counts for the day.
    firsts = {o["at"] // DAY: o["at"] for o in reversed(orders)}.values()
    hours = [o["at"] % DAY / 3600 for o in year]
    return {
        "orders_total": len(orders),
        "spend_total": sum(o["spend"] for o in orders),
        "spend_7d": sum(o["spend"] for o in week),
        "active_days_90d": sum(as_of - at <= 90 * DAY for at in firsts),
        "gap_days_median": statistics.median(gaps) if gaps else None,
        "gap_days_last": gaps[-1] if gaps else None,
        "gap_days_max": max(gaps, default=None),
        "gap_variation": spread / statistics.fmean(gaps) if spread is not None else None,
        "orders_trend_ratio": ratio(len(month) / 30, len(quarter) / 90),
        "orders_trend_year_ratio": ratio(len(quarter) / 90, len(year) / 365),
        "spend_trend_year_ratio": ratio(
            sum(o["spend"] for o in quarter) / 90, sum(o["spend"] for o in year) / 365
        ),
        "morning_orders_share_365d": mean([6 <= h < 12 for h in hours]),
        "evening_orders_share_365d": mean([18 <= h < 22 for h in hours]),
        "night_orders_share_365d": mean([h >= 22 or h < 6 for h in hours]),
        "weekend_orders_share_365d": mean(
            [pd.Timestamp(o["at"], unit="s").day_of_week >= 5 for o in year]
        ),
    }


def baskets(shop: Rows, customer: str, as_of: int) -> Row:
    orders = orders_of(shop, customer, as_of)
    year, quarter = (recent(orders, "at", as_of, days) for days in (365, 90))
    lines = [line for order in year for line in order["lines"]]
    cheap = [line for line in lines if line["discount"] > 0]
    spend = sum(order["spend"] for order in year)
    mean_year = mean([order["spend"] for order in year])
    mean_quarter = mean([order["spend"] for order in quarter])
    return {
        "basket_lines_mean_365d": mean([len(order["lines"]) for order in year]),
        "basket_lines_max_365d": max((len(order["lines"]) for order in year), default=None),
        "basket_units_mean_365d": mean([order["units"] for order in year]),
        "basket_value_max_365d": max((order["spend"] for order in year), default=None),
        "basket_value_last": orders[-1]["spend"] if orders else None,
        "basket_value_trend_ratio": mean_quarter / mean_year if quarter else None,
        "units_90d": sum(order["units"] for order in quarter),
        "lines_365d": len(lines),
        "unit_price_mean_365d": ratio(spend, sum(order["units"] for order in year)),
        "discount_share_365d": ratio(
            sum(o["discount"] for o in year), sum(o["discount"] + o["spend"] for o in year)
        ),
        "discounted_lines_share_365d": mean([line["discount"] > 0 for line in lines]),
        "promotion_spend_share_365d": ratio(sum(line["amount"] for line in cheap), spend),
        "discount_depth_365d": ratio(
            sum(line["discount"] for line in cheap),
            sum(line["discount"] + line["amount"] for line in cheap),
        ),
        "full_price_orders_share_365d": mean(
            [all(line["discount"] == 0 for line in order["lines"]) for order in year]
        ),
    }


def places(shop: Rows, customer: str, as_of: int) -> Row:
    orders = orders_of(shop, customer, as_of)
    year = recent(orders, "at", as_of, 365)
    shops = Counter(order["s"] for order in year if order["s"])
    channels = Counter(order["channel"] for order in year)
    home = {row["customer_id"]: row["home_location_id"] for row in shop["customers"]}[customer]
    online = [order["at"] for order in orders if order["channel"] in {"web", "app"}]
    return {
        "shop_orders_share_365d": mean([order["channel"] == "shop" for order in year]),
        "web_orders_share_365d": mean([order["channel"] == "web" for order in year]),
        "app_orders_share_365d": mean([order["channel"] == "app" for order in year]),
        "days_since_last_online_order": (as_of - max(online)) / DAY if online else None,
        "channels_365d": len(channels),
        "channel_entropy_365d": entropy(list(channels.values())),
        "top_location_share_365d": ratio(max(shops.values(), default=0), sum(shops.values())),
        "location_entropy_365d": entropy(list(shops.values())),
        "home_location_share_365d": ratio(shops[home], sum(shops.values())) if home else None,
    }


def returns(shop: Rows, customer: str, as_of: int) -> Row:
    lines = [r for r in shop["transactions"] if r["customer_id"] == customer]
    sold = [r for r in lines if r["line_type"] == "sale"]
    back = {
        (r["item_id"], r["purchased_at"]): -r["amount"] for r in lines if r["line_type"] == "return"
    }
    for line in sold:
        key = (line["item_id"], line["returned_at"])
        if line["returned_at"]:
            back[key] = max(back.get(key, 0), line["amount"])
    known = {key: amount for key, amount in back.items() if key[1] < as_of}
    year = {key: amount for key, amount in known.items() if as_of - key[1] <= 365 * DAY}
    kept = [
        at - max(s["purchased_at"] for s in sold if s["item_id"] == i and s["purchased_at"] <= at)
        for i, at in year
    ]
    orders = recent(orders_of(shop, customer, as_of), "at", as_of, 365)
    bought = sum(len(order["lines"]) for order in orders)
    spend = sum(order["spend"] for order in orders)
    return {
        "returns_365d": len(year),
        "returns_90d": sum(as_of - at <= 90 * DAY for _, at in known),
        "returned_amount_365d": sum(year.values()),
        "days_since_last_return": (as_of - max(at for _, at in known)) / DAY if known else None,
        "return_days_mean_365d": statistics.fmean(kept) / DAY if kept else None,
        "return_rate_365d": ratio(len(year), bought),
        "returned_amount_ratio_365d": ratio(sum(year.values()), spend),
    }


def payments(shop: Rows, customer: str, as_of: int) -> Row:
    lines = sales(shop, customer, as_of)
    if not before(lines, "paid_at", as_of):
        return {
            "payment_days_mean_365d": None, "payment_days_max_365d": None, "unpaid_orders": None,
        }  # fmt: skip
    parts: dict[tuple[str, int], list[Row]] = {}
    for line in lines:
        parts.setdefault((line["order_id"], line["purchased_at"]), []).append(line)
    waits, unpaid = [], set()
    for (order, at), each in parts.items():
        if len(before(each, "paid_at", as_of)) < len(each):
            unpaid.add(order)
        elif as_of - at <= 365 * DAY:
            waits.append((max(line["paid_at"] for line in each) - at) / DAY)
    return {
        "payment_days_mean_365d": mean(waits),
        "payment_days_max_365d": max(waits, default=None),
        "unpaid_orders": len(unpaid),
    }


@pytest.mark.parametrize("expected", [rhythm, baskets, places, returns, payments])
def test_against_plain_python(
    expected: Callable[[Rows, str, int], Row], shop: Frames, whole_snapshot: pd.DataFrame
):
    rows = rows_of(shop)
    known = whole_snapshot[whole_snapshot["customer_id"] != "newcomer"]
    alive = compare(known, expected, rows)
    assert alive == set(expected(rows, "c00", 1_634_000_000)), "a column is never anything but 0"
