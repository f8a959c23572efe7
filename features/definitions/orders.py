"""Orders at each moment. A line of value 0 is no purchase.

Lines of one order may carry different times (an order amended later). Each **state** of an order
holds what was known of it from one time to the next, so that every ``as_of`` meets one state of
each order, without grouping again, and a later line stays out of the past. What came before an
order (``gap``) is the same at any ``as_of``.
"""

from features.registry import Relation

_STARTS = Relation(
    "order_starts",
    """select
    customer_id,
    order_id,
    started_at,
    started_at - previous_at as gap,
    next_at,
    case
        when floor(previous_at / 86400e0) = floor(started_at / 86400e0) then 0 else 1
    end as first_of_day
from (
    select
        customer_id,
        order_id,
        started_at,
        lag(started_at) over (
            partition by customer_id order by started_at, order_id
        ) as previous_at,
        lead(started_at) over (
            partition by customer_id order by started_at, order_id
        ) as next_at
    from (
        select customer_id, order_id, min(purchased_at) as started_at
        from purchases
        where amount > 0
        group by customer_id, order_id
    ) o
) g""",
)

_STATES = Relation(
    "order_states",
    """select
    p.customer_id,
    p.order_id,
    s.started_at,
    s.next_at,
    s.gap,
    s.first_of_day,
    p.purchased_at as known_at,
    lead(p.purchased_at) over part as until,
    cast(sum(p.spend) over part as bigint) as spend,
    cast(sum(p.discount) over part as bigint) as discount,
    cast(sum(p.lines) over part as bigint) as lines,
    cast(sum(p.units) over part as bigint) as units,
    cast(sum(p.discounted_lines) over part as bigint) as discounted_lines,
    cast(sum(p.discounted_spend) over part as bigint) as discounted_spend,
    min(p.channel) over part as channel,
    min(p.location_id) over part as location_id
from (
    select
        customer_id,
        order_id,
        purchased_at,
        sum(amount) as spend,
        sum(discount) as discount,
        count(*) as lines,
        sum(quantity) as units,
        count(*) filter (where discount > 0) as discounted_lines,
        coalesce(sum(amount) filter (where discount > 0), 0) as discounted_spend,
        min(channel) as channel,
        min(location_id) as location_id
    from purchases
    where amount > 0
    group by customer_id, order_id, purchased_at
) p
join order_starts s on p.customer_id = s.customer_id and p.order_id = s.order_id
window part as (partition by p.customer_id, p.order_id order by p.purchased_at)""",
)

# `clock` is the second of the day, `week_clock` that of the week (from Thursday), in UTC.
_ORDERS = Relation(
    "orders",
    """select
    s.customer_id,
    c.as_of,
    c.as_of - s.started_at as age,
    s.order_id,
    s.started_at,
    s.started_at % 86400 as clock,
    s.started_at % 604800 as week_clock,
    case when s.next_at < c.as_of then 0 else 1 end as latest,
    s.first_of_day,
    s.gap,
    s.spend,
    s.discount,
    s.lines,
    s.units,
    s.discounted_lines,
    s.discounted_spend,
    s.channel,
    s.location_id
from order_states s
join cutoffs c on s.known_at < c.as_of and (s.until is null or s.until >= c.as_of)""",
)

ORDERS = (_STARTS, _STATES, _ORDERS)
