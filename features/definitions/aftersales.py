"""What came back, and when an order was paid."""

from features.definitions.sql import share, times, total
from features.registry import Family, Relation, declare

_NONE_RETURNED = "nothing returned in 365 days"
_UNTOLD = "no time of payment told before as_of"

# A return is told by the sold line (returned_at) or by a line of its own; told by both, at the
# same second, it is one. The sale it undoes is the last of the article before it.
_GIVEN_BACK = Relation(
    "given_back",
    """select
    r.customer_id,
    r.item_id,
    r.returned_at,
    r.amount,
    r.returned_at - max(s.purchased_at) as kept
from (
    select customer_id, item_id, returned_at, max(amount) as amount
    from (
        select customer_id, item_id, purchased_at as returned_at, -amount as amount
        from returns
        union all
        select customer_id, item_id, returned_at, amount
        from purchases
        where returned_at is not null
    ) u
    group by customer_id, item_id, returned_at
) r
left join purchases s
    on r.customer_id = s.customer_id
    and r.item_id = s.item_id
    and s.purchased_at <= r.returned_at
group by r.customer_id, r.item_id, r.returned_at, r.amount""",
)

_RETURNED = Relation(
    "returned",
    """select g.customer_id, c.as_of, c.as_of - g.returned_at as age, g.amount, g.kept
from given_back g
join cutoffs c on g.returned_at < c.as_of""",
)

# Sales and returns side by side, so that a rate has both.
_BALANCE = Relation(
    "balance",
    """select customer_id, as_of, age, lines as sold, spend, 0 as returned, 0 as amount
from orders
where age <= 31536000
union all
select customer_id, as_of, age, 0 as sold, 0 as spend, 1 as returned, amount
from returned
where age <= 31536000""",
)

# Paid when every line is: a line paid later must not change what was known of the others.
_PAYMENTS = Relation(
    "payments",
    """select
    p.customer_id,
    c.as_of,
    c.as_of - p.purchased_at as age,
    p.order_id,
    case when p.paid_at < c.as_of then p.paid_at - p.purchased_at end as wait
from (
    select
        customer_id,
        order_id,
        purchased_at,
        case when count(paid_at) = count(*) then max(paid_at) end as paid_at
    from purchases
    where amount > 0
    group by customer_id, order_id, purchased_at
) p
join (
    select customer_id, min(paid_at) as told_at
    from purchases
    where amount > 0
    group by customer_id
) t on p.customer_id = t.customer_id
join cutoffs c on p.purchased_at < c.as_of and t.told_at < c.as_of""",
)

_returned = declare("returned", "transactions")
_balance = declare("balance", "transactions")
_payment = declare("payments", "transactions")

AFTERSALES = Family(
    "after the sale",
    (_GIVEN_BACK, _RETURNED, _BALANCE, _PAYMENTS),
    (
        _returned("returns_{d}d", "count(*) filter (where age <= {w})", "count",
                  "Articles returned in the last {d} days.", 90, 365),
        _returned("returned_amount_365d", total("amount", 365), "cents",
                  "Amount of what was returned in the last 365 days."),
        _returned("days_since_last_return", "min(age) / 86400e0", "days",
                  "Days from the last return to as_of.", null="never returned anything"),
        _returned("return_days_mean_365d",
                  f"{share(total('kept', 365), times(365, 'kept is not null'))} / 86400e0", "days",
                  "Mean days from the purchase to the return, last 365 days.", null=_NONE_RETURNED),
        _balance("return_rate_365d", share("sum(returned)", "sum(sold)"), "ratio",
                 "Returns against lines bought, last 365 days.", null="bought nothing in 365 days"),
        _balance("returned_amount_ratio_365d", share("sum(amount)", "sum(spend)"), "ratio",
                 "Amount returned against amount bought, last 365 days.",
                 null="bought nothing in 365 days"),
        _payment("payment_days_mean_365d",
                 f"{share(total('wait', 365), times(365, 'wait is not null'))} / 86400e0", "days",
                 "Mean days from the purchase to its payment, last 365 days.", null=_UNTOLD),
        _payment("payment_days_max_365d", "max(wait) filter (where age <= 31536000) / 86400e0",
                 "days", "Longest time from a purchase to its payment, last 365 days.",
                 null=_UNTOLD),
        _payment("unpaid_orders", "count(distinct order_id) filter (where wait is null)", "count",
                 "Orders without a payment before as_of.", null=_UNTOLD),
    ),
)  # fmt: skip
