"""Whose purchases count in what is worked out over many customers.

A statistic of all customers is analysis: a purchase counts in it while its customer allows
``analytics``, and a purchase without a customer is nobody's. What a customer withdraws later
stays in the statistics of closed periods, as it was allowed when they were made.
"""

from features.registry import Relation

_FOREVER = 9_223_372_036_854_775_807

COUNTABLE = Relation(
    "countable",
    f"""select
    customer_id,
    recorded_at as since_at,
    case when ends_at < next_at then ends_at else next_at end as until_at
from (
    select
        customer_id,
        status,
        recorded_at,
        coalesce(expires_at - 1, {_FOREVER}) as ends_at,
        coalesce(
            lead(recorded_at) over (partition by customer_id order by recorded_at), {_FOREVER}
        ) as next_at
    from (
        select
            customer_id,
            status,
            recorded_at,
            expires_at,
            row_number() over (
                partition by customer_id, recorded_at
                order by
                    case when status = 'granted' then 1 else 0 end,
                    coalesce(expires_at, {_FOREVER})
            ) as place
        from consents
        where purpose = 'analytics' and channel = 'any'
    ) d
    where place = 1
) s
where status = 'granted'""",
    cross=True,
)
"""One row for each time in which a customer allowed ``analytics``: [since_at, until_at)."""

EVERYBODY = f"""select
    customer_id,
    cast(-1 as bigint) as since_at,
    {_FOREVER} as until_at
from (select distinct customer_id from purchases) p"""
"""What stands for it where consents are not honoured."""
