"""What was looked at, searched and put in the cart.

An event reaches a customer only through a link between the visitor and that customer that was
seen before ``as_of``. A visitor linked to several customers (a shared device) reaches none.
"""

from features.columns import PERSONALISATION
from features.registry import Family, Feature, Relation

_VISITS = Relation(
    "visits",
    """select
    l.customer_id,
    l.as_of,
    l.as_of - e.occurred_at as age,
    e.occurred_at,
    e.session_id,
    e.event_type,
    e.item_id
from events e
join links l
    on e.visitor_id = l.value
    and l.identifier_type in ('cookie', 'device')
    and e.occurred_at < l.as_of""",
)

_CARTS = Relation(
    "carts",
    """select customer_id, as_of, item_id, max(occurred_at) as added_at
from visits
where event_type = 'add_to_cart' and item_id is not null and age <= 2592000
group by customer_id, as_of, item_id""",
)

_ABANDONED = Relation(
    "abandoned",
    """select k.customer_id, k.as_of, k.item_id
from carts k
left join purchases t
    on k.customer_id = t.customer_id
    and k.item_id = t.item_id
    and t.purchased_at >= k.added_at
    and t.purchased_at < k.as_of
where t.order_id is null""",
)

_STOCK_OUTS = Relation(
    "stock_outs",
    """select item_id, status, as_of as since_at, lead(as_of) over (
    partition by item_id order by as_of
) as next_at
from stock_levels
where location_id = 'online'""",
    cross=True,
)

_MET = Relation(
    "stock_outs_met",
    """select v.customer_id, v.as_of, v.item_id, v.session_id
from visits v
join stock_outs s
    on v.item_id = s.item_id
    and v.occurred_at >= s.since_at
    and (s.next_at is null or v.occurred_at < s.next_at)
where v.event_type in ('product_view', 'add_to_cart') and v.age <= 7776000
    and s.status <> 'in_stock'""",
)


def _events(name: str, event_type: str, doc: str) -> Feature:
    expression = f"count(*) filter (where event_type = '{event_type}' and age <= {{w}})"
    return Feature(
        name, "visits", "events", expression, "count", PERSONALISATION, "", doc, (30,), 0
    )


BEHAVIOURAL = Family(
    "behavioural",
    (_VISITS, _CARTS, _ABANDONED, _STOCK_OUTS, _MET),
    (
        Feature(
            "sessions_{d}d", "visits", "events",
            "count(distinct session_id) filter (where age <= {w})", "count", PERSONALISATION, "",
            "Visits to the site or app in the last {d} days.", (30,), 0,
        ),
        _events("views_{d}d", "product_view", "Product pages viewed in the last {d} days."),
        _events("searches_{d}d", "search", "Searches in the last {d} days."),
        _events("carts_{d}d", "add_to_cart", "Items put in the cart in the last {d} days."),
        Feature(
            "abandoned_carts_30d", "abandoned", "events", "count(*)", "count", PERSONALISATION, "",
            "Items put in the cart in the last 30 days and not bought since, in any channel.",
            empty=0,
        ),
        Feature(
            "days_since_last_event", "visits", "events", "min(age) / 86400e0", "days",
            PERSONALISATION, "no linked event before as_of", "Days from the last event to as_of.",
        ),
        Feature(
            "stock_outs_met_90d", "stock_outs_met", "stock_levels", "count(distinct item_id)",
            "count", PERSONALISATION, "",
            "Items viewed or put in the cart while out of stock online, last 90 days.", empty=0,
        ),
    ),
)  # fmt: skip
