"""How a customer browses: visits, searches, carts, and what comes of them."""

from features.definitions.sql import EVENING, NIGHT, WEEKEND, share, times, total, trend
from features.registry import Family, Feature, Relation, declare

_NO_VISIT_90 = "no linked visit in 90 days"
_NO_VISIT = "no linked visit in 365 days"

# A visit led to an order that was placed from its start to a day after its last event.
_ENDINGS = Relation(
    "visit_endings",
    """select
    s.customer_id,
    s.as_of,
    s.session_id,
    s.adds,
    s.checkouts,
    max(case when o.order_id is null then 0 else 1 end) as bought
from sessions s
left join orders o
    on s.customer_id = o.customer_id
    and s.as_of = o.as_of
    and o.started_at >= s.started_at
    and o.started_at < s.ended_at + 86400
where s.age <= 7776000
group by s.customer_id, s.as_of, s.session_id, s.adds, s.checkouts""",
)

_SEEN_BOUGHT = Relation(
    "items_seen_bought",
    """select
    s.customer_id,
    s.as_of,
    s.item_id,
    max(case when t.order_id is null then 0 else 1 end) as bought
from (
    select customer_id, as_of, item_id, min(occurred_at) as seen_at
    from visits
    where event_type in ('product_view', 'add_to_cart') and item_id is not null and age <= 7776000
    group by customer_id, as_of, item_id
) s
left join purchases t
    on s.customer_id = t.customer_id
    and s.item_id = t.item_id
    and t.purchased_at >= s.seen_at
    and t.purchased_at < s.as_of
group by s.customer_id, s.as_of, s.item_id""",
)

_event = declare("visits", "events")
_visit = declare("sessions", "events")
_ending = declare("visit_endings", "events")
_seen = declare("items_seen", "events")


def _of_visits(name: str, where: str, doc: str) -> Feature:
    return _visit(
        f"{name}_sessions_share_365d", share(times(365, where), times(365)), "share",
        f"Visits {doc}, last 365 days.", null=_NO_VISIT,
    )  # fmt: skip


def _events(name: str, where: str, doc: str, *windows: int) -> Feature:
    return _event(name, f"count(*) filter (where {where} and age <= {{w}})", "count", doc, *windows)


BROWSING = Family(
    "browsing",
    (_ENDINGS, _SEEN_BOUGHT),
    (
        _visit("sessions_{d}d", "count(*) filter (where last_age <= {w})", "count",
               "Visits to the site or app in the last {d} days.", 90, 365),
        _visit("sessions_trend_ratio", trend("1", 30, 90), "ratio",
               "Visits a day of 30 days against those of 90; 1 is steady.", null=_NO_VISIT_90),
        _visit("session_minutes_mean_90d",
               f"{share(total('ended_at - started_at', 90), times(90))} / 60e0", "minutes",
               "Mean minutes from the first to the last event of a visit, last 90 days.",
               null=_NO_VISIT_90),
        _visit("session_events_mean_90d", share(total("events", 90), times(90)), "count",
               "Mean events of a visit, last 90 days.", null=_NO_VISIT_90),
        _visit("bounce_share_90d", share(times(90, "events = 1"), times(90)), "share",
               "Visits of a single event, last 90 days.", null=_NO_VISIT_90),
        _events("views_{d}d", "event_type = 'product_view'",
                "Product pages viewed in the last {d} days.", 90),
        _events("wishlisted_{d}d", "event_type = 'wishlist'",
                "Items put on the wish list in the last {d} days.", 90),
        _events("removed_from_cart_{d}d", "event_type = 'remove_from_cart'",
                "Items taken out of the cart in the last {d} days.", 30),
        _events("empty_searches_{d}d", "event_type = 'search' and results = 0",
                "Searches that found nothing in the last {d} days.", 90),
        _event("empty_search_share_90d",
               share(times(90, "event_type = 'search' and results = 0"),
                     times(90, "event_type = 'search' and results is not null")), "share",
               "Searches that found nothing, of those whose results are told, last 90 days.",
               null="no search with known results in 90 days"),
        _event("interest_{d}d", "coalesce(sum(interest) filter (where age <= {w}), 0) / 1e6",
               "interest", "Weights of the events of the last {d} days, summed.", 90),
        _seen("viewed_items_90d", "count(*) filter (where age <= 7776000)", "count",
              "Different items viewed or put in the cart in the last 90 days."),
        declare("items_seen_bought", "events")(
            "viewed_bought_share_90d", share("sum(bought)", "count(*)"), "share",
            "Items viewed or put in the cart in the last 90 days and bought since the first time.",
            null="viewed no item in 90 days",
        ),
        declare("items_seen", "stock_levels")(
            "stock_outs_met_{d}d", "count(*) filter (where out_age <= {w})", "count",
            "Items viewed or put in the cart while out of stock online, last {d} days.", 30, 365,
        ),
        declare("items_seen", "stock_levels")(
            "stock_out_share_90d",
            share("count(*) filter (where out_age <= 7776000)", times(90)), "share",
            "Items viewed or put in the cart, last 90 days, that were out of stock at some view.",
            null="viewed no item in 90 days",
        ),
        _ending("cart_sessions_90d", "count(*) filter (where adds > 0)", "count",
                "Visits that put an item in the cart, begun in the last 90 days."),
        _ending("checkout_sessions_90d", "count(*) filter (where checkouts > 0)", "count",
                "Visits that reached the checkout, begun in the last 90 days."),
        _ending("cart_abandonment_rate_90d",
                share("count(*) filter (where adds > 0 and bought = 0)",
                      "count(*) filter (where adds > 0)"), "share",
                "Visits with a cart that no order followed within a day, last 90 days.",
                null="no visit with a cart in 90 days"),
        _ending("checkout_abandonment_rate_90d",
                share("count(*) filter (where checkouts > 0 and bought = 0)",
                      "count(*) filter (where checkouts > 0)"), "share",
                "Visits with a checkout that no order followed within a day, last 90 days.",
                null="no visit with a checkout in 90 days"),
        _ending("conversion_rate_90d", share("sum(bought)", "count(*)"), "share",
                "Visits that an order followed within a day, in any channel, last 90 days.",
                null=_NO_VISIT_90),
        _of_visits("direct", "referrer = 'direct'", "that came directly"),
        _of_visits("search", "referrer = 'search'", "that came from a search engine"),
        _of_visits("email", "referrer = 'email'", "that came from an e-mail"),
        _of_visits("social", "referrer = 'social'", "that came from a social network"),
        _of_visits("mobile", "device = 'mobile'", "on a mobile device"),
        _of_visits("app", "channel = 'app'", "in the app"),
        _of_visits("evening", EVENING, "begun from 18 to 22 o'clock UTC"),
        _of_visits("night", NIGHT, "begun from 22 to 6 o'clock UTC"),
        _of_visits("weekend", WEEKEND, "begun on Saturday or Sunday, UTC"),
    ),
)  # fmt: skip
