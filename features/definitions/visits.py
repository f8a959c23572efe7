"""Events of a customer at each moment, by what was then known of whose cookie it is."""

from features.registry import Relation

# A value linked to two customers, as a cookie of one and a device of the other, reaches neither.
_VISITORS = Relation(
    "visitors",
    """select as_of, value, min(customer_id) as customer_id
from links
where identifier_type in ('cookie', 'device')
group by as_of, value
having count(distinct customer_id) = 1""",
)

_VISITS = Relation(
    "visits",
    """select
    l.customer_id,
    l.as_of,
    l.as_of - e.occurred_at as age,
    e.occurred_at,
    e.session_id,
    e.event_type,
    e.item_id,
    e.results,
    e.referrer,
    e.device,
    e.channel,
    cast(floor(coalesce(e.weight, 1e0) * 1e6 + 5e-1) as bigint) as interest
from events e
join visitors l on e.visitor_id = l.value and e.occurred_at < l.as_of""",
)

_SESSIONS = Relation(
    "sessions",
    """select
    customer_id,
    as_of,
    session_id,
    min(age) as last_age,
    max(age) as age,
    min(occurred_at) as started_at,
    min(occurred_at) % 86400 as clock,
    min(occurred_at) % 604800 as week_clock,
    max(occurred_at) as ended_at,
    count(*) as events,
    count(*) filter (where event_type = 'add_to_cart') as adds,
    count(*) filter (where event_type = 'checkout') as checkouts,
    min(referrer) as referrer,
    min(device) as device,
    min(channel) as channel
from visits
where age <= 31536000
group by customer_id, as_of, session_id""",
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
    """select item_id, since_at, next_at
from (
    select
        item_id,
        status,
        as_of as since_at,
        lead(as_of) over (partition by item_id order by as_of) as next_at
    from stock_levels
    where location_id = 'online' and as_of < (select max(as_of) from cutoffs)
) s
where status <> 'in_stock'""",
    cross=True,
)

# Ages of the latest sight of an item, and of the latest while it was out of stock.
_ITEMS_SEEN = Relation(
    "items_seen",
    """select
    v.customer_id,
    v.as_of,
    v.item_id,
    min(v.age) as age,
    min(case when s.item_id is null then null else v.age end) as out_age
from visits v
left join stock_outs s
    on v.item_id = s.item_id
    and v.occurred_at >= s.since_at
    and (s.next_at is null or v.occurred_at < s.next_at)
where v.event_type in ('product_view', 'add_to_cart') and v.age <= 31536000
    and v.item_id is not null
group by v.customer_id, v.as_of, v.item_id""",
)

VISITS = (_VISITORS, _VISITS, _SESSIONS, _CARTS, _ABANDONED, _STOCK_OUTS, _ITEMS_SEEN)
