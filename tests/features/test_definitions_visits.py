"""Columns of browsing, offers and links, recomputed in plain Python."""

from collections.abc import Callable, Mapping

import pandas as pd
import pytest

from tests.features.recount import (
    DAY,
    START,
    Row,
    Rows,
    before,
    compare,
    mean,
    orders_of,
    ratio,
    recent,
    rows_of,
    visits_of,
)

Frames = Mapping[str, pd.DataFrame]


def sessions_of(events: list[Row], as_of: int) -> list[Row]:
    grouped: dict[str, list[Row]] = {}
    for event in recent(events, "occurred_at", as_of, 365):
        grouped.setdefault(event["session_id"], []).append(event)
    return [
        {
            "at": min(e["occurred_at"] for e in each),
            "end": max(e["occurred_at"] for e in each),
            "kinds": [e["event_type"] for e in each],
            **{
                name: min((e[name] for e in each if e[name]), default=None)
                for name in ("referrer", "device", "channel")
            },
        }
        for each in grouped.values()
    ]


def browsing(shop: Rows, customer: str, as_of: int) -> Row:
    events = visits_of(shop, customer, as_of)
    quarter = recent(events, "occurred_at", as_of, 90)
    year = sessions_of(events, as_of)
    recent_visits = recent(year, "at", as_of, 90)
    searches = [e["results"] for e in quarter if e["event_type"] == "search"]
    told = [results for results in searches if results is not None]
    hours = [s["at"] % DAY / 3600 for s in year]
    return {
        "sessions_90d": len(recent(year, "end", as_of, 90)),
        "sessions_365d": len(year),
        "sessions_trend_ratio": ratio(
            len(recent(year, "at", as_of, 30)) / 30, len(recent_visits) / 90
        ),
        "session_minutes_mean_90d": mean([(s["end"] - s["at"]) / 60 for s in recent_visits]),
        "session_events_mean_90d": mean([len(s["kinds"]) for s in recent_visits]),
        "bounce_share_90d": mean([len(s["kinds"]) == 1 for s in recent_visits]),
        "views_90d": sum(e["event_type"] == "product_view" for e in quarter),
        "wishlisted_90d": sum(e["event_type"] == "wishlist" for e in quarter),
        "removed_from_cart_30d": sum(
            e["event_type"] == "remove_from_cart" for e in recent(events, "occurred_at", as_of, 30)
        ),
        "empty_searches_90d": told.count(0),
        "empty_search_share_90d": ratio(told.count(0), len(told)),
        "interest_90d": sum(1 if e["weight"] is None else e["weight"] for e in quarter),
        "direct_sessions_share_365d": mean([s["referrer"] == "direct" for s in year]),
        "search_sessions_share_365d": mean([s["referrer"] == "search" for s in year]),
        "email_sessions_share_365d": mean([s["referrer"] == "email" for s in year]),
        "social_sessions_share_365d": mean([s["referrer"] == "social" for s in year]),
        "mobile_sessions_share_365d": mean([s["device"] == "mobile" for s in year]),
        "app_sessions_share_365d": mean([s["channel"] == "app" for s in year]),
        "evening_sessions_share_365d": mean([18 <= h < 22 for h in hours]),
        "night_sessions_share_365d": mean([h >= 22 or h < 6 for h in hours]),
        "weekend_sessions_share_365d": mean(
            [pd.Timestamp(s["at"], unit="s").day_of_week >= 5 for s in year]
        ),
    }


def outcomes_of_visits(shop: Rows, customer: str, as_of: int) -> Row:
    orders = [order["at"] for order in orders_of(shop, customer, as_of)]
    visits = recent(sessions_of(visits_of(shop, customer, as_of), as_of), "at", as_of, 90)
    for visit in visits:
        visit["bought"] = any(visit["at"] <= at < visit["end"] + DAY for at in orders)
    carts = [v for v in visits if "add_to_cart" in v["kinds"]]
    checkouts = [v for v in visits if "checkout" in v["kinds"]]
    return {
        "cart_sessions_90d": len(carts),
        "checkout_sessions_90d": len(checkouts),
        "cart_abandonment_rate_90d": mean([not v["bought"] for v in carts]),
        "checkout_abandonment_rate_90d": mean([not v["bought"] for v in checkouts]),
        "conversion_rate_90d": mean([v["bought"] for v in visits]),
    }


def items_seen(shop: Rows, customer: str, as_of: int) -> Row:
    seen = [
        event
        for event in visits_of(shop, customer, as_of)
        if event["event_type"] in {"product_view", "add_to_cart"}
    ]
    quarter = recent(seen, "occurred_at", as_of, 90)
    first: dict[str, int] = {}
    for event in quarter:
        first[event["item_id"]] = min(first.get(event["item_id"], as_of), event["occurred_at"])
    lines = before(
        shop["transactions"], "purchased_at", as_of, customer_id=customer, line_type="sale"
    )
    bought = [
        any(line["item_id"] == item and line["purchased_at"] >= at for line in lines)
        for item, at in first.items()
    ]

    def met(days: int) -> int:
        events = recent(seen, "occurred_at", as_of, days)
        return len({event["item_id"] for event in events if _out(event)})

    return {
        "viewed_items_90d": len(first),
        "viewed_bought_share_90d": mean(bought),
        "stock_outs_met_30d": met(30),
        "stock_outs_met_365d": met(365),
        "stock_out_share_90d": ratio(met(90), len(first)),
    }


def _out(event: Row) -> bool:
    since = START + 10 * int(event["item_id"][1:]) * DAY
    return since <= event["occurred_at"] < since + 60 * DAY


def fatigue(shop: Rows, customer: str, as_of: int) -> Row:
    shown = before(shop["exposures"], "exposed_at", as_of, customer_id=customer)
    answers: dict[str, set[str]] = {row["decision_id"]: set() for row in shown}
    for outcome in before(shop["outcomes"], "occurred_at", as_of):
        answers.get(outcome["decision_id"], set()).add(outcome["outcome"])
    good, taken = {"clicked", "accepted", "purchased"}, {"accepted", "purchased"}
    year = recent(shown, "exposed_at", as_of, 365)
    what = [answers[row["decision_id"]] for row in year]
    liked = [row["exposed_at"] for row in shown if answers[row["decision_id"]] & good]
    whose = {row["decision_id"]: row["customer_id"] for row in shop["exposures"]}
    accepted = [
        row
        for row in before(shop["outcomes"], "occurred_at", as_of, outcome="accepted")
        if (row["customer_id"] or whose[row["decision_id"]]) == customer
    ]
    value = [row["value"] or 0 for row in recent(accepted, "occurred_at", as_of, 365)]
    last = max((row["occurred_at"] for row in accepted), default=None)
    return {
        "exposures_7d": len(recent(shown, "exposed_at", as_of, 7)),
        "exposures_30d": len(recent(shown, "exposed_at", as_of, 30)),
        "days_since_last_exposure": (as_of - max(r["exposed_at"] for r in shown)) / DAY
        if shown
        else None,
        "actions_shown_365d": len({row["action_id"] for row in year}),
        "clicked_offers_365d": sum(bool(each & good) for each in what),
        "acceptance_rate_365d": mean([bool(each & taken) for each in what]),
        "rejected_offers_365d": sum("rejected" in each for each in what),
        "ignored_offers_365d": sum(not each & {*good, "rejected"} for each in what),
        "offers_since_last_liked": sum(row["exposed_at"] > max(liked, default=0) for row in shown),
        "redemption_value_365d": sum(value),
        "days_since_last_redemption": (as_of - last) / DAY if last else None,
    }


@pytest.mark.parametrize("expected", [browsing, outcomes_of_visits, items_seen, fatigue])
def test_against_plain_python(
    expected: Callable[[Rows, str, int], Row], shop: Frames, whole_snapshot: pd.DataFrame
):
    rows = rows_of(shop)
    alive = compare(whole_snapshot, expected, rows)
    assert alive == set(expected(rows, "c00", 1_634_000_000)), "a column is never anything but 0"
