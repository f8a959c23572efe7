"""What was done on the site and in the app."""

from features.columns import PERSONALISATION
from features.definitions.visits import VISITS
from features.registry import Family, Feature

_COUNT = ("count", PERSONALISATION, "")


def _events(name: str, event_type: str, doc: str) -> Feature:
    expression = f"count(*) filter (where event_type = '{event_type}' and age <= {{w}})"
    return Feature(name, "visits", "events", expression, *_COUNT, doc, (30,), 0)


BEHAVIOURAL = Family(
    "behavioural",
    VISITS,
    (
        Feature(
            "sessions_{d}d", "sessions", "events", "count(*) filter (where last_age <= {w})",
            *_COUNT, "Visits to the site or app in the last {d} days.", (30,), 0,
        ),
        _events("views_{d}d", "product_view", "Product pages viewed in the last {d} days."),
        _events("searches_{d}d", "search", "Searches in the last {d} days."),
        _events("carts_{d}d", "add_to_cart", "Items put in the cart in the last {d} days."),
        Feature(
            "abandoned_carts_30d", "abandoned", "events", "count(*)", *_COUNT,
            "Items put in the cart in the last 30 days and not bought since, in any channel.",
            empty=0,
        ),
        Feature(
            "days_since_last_event", "visits", "events", "min(age) / 86400e0", "days",
            PERSONALISATION, "no linked event before as_of", "Days from the last event to as_of.",
        ),
        Feature(
            "stock_outs_met_{d}d", "items_seen", "stock_levels",
            "count(*) filter (where out_age <= {w})", *_COUNT,
            "Items viewed or put in the cart while out of stock online, last {d} days.", (90,), 0,
        ),
    ),
)  # fmt: skip
