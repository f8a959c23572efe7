"""Prices against what others pay, best sellers, and articles bought for the first time.

What a line is measured by is fixed when it is bought: the four-week periods before its own. It
is therefore the same at any later ``as_of``, and no later sale can change it. Customers who did
not allow ``analytics`` when they bought are not counted.
"""

from features.definitions.countable import COUNTABLE
from features.definitions.sql import period, share
from features.registry import Family, Relation, declare

_NONE = "bought nothing in {d} days"
_UNPRICED = "bought nothing with a usual price in {d} days"

_SALES = Relation(
    "item_sales",
    f"""select
    t.item_id,
    {period("t.purchased_at")} as period,
    cast(sum(t.amount + t.discount) as bigint) as value,
    cast(sum(t.quantity) as bigint) as units,
    count(*) as lines
from transactions t
left join countable k
    on t.customer_id = k.customer_id
    and t.purchased_at >= k.since_at
    and t.purchased_at < k.until_at
where t.line_type = 'sale' and t.amount > 0 and t.quantity > 0
    and t.purchased_at < (select max(as_of) from cutoffs)
    and (t.customer_id is null or k.customer_id is not null)
group by t.item_id, {period("t.purchased_at")}""",
    cross=True,
)

# The hundred articles with the most lines in the three periods before.
_BEST_SELLERS = Relation(
    "best_sellers",
    """select period, item_id
from (
    select
        p.period,
        s.item_id,
        row_number() over (partition by p.period order by sum(s.lines) desc, s.item_id) as place
    from (select distinct period from item_sales) p
    join item_sales s on s.period < p.period and s.period >= p.period - 3
    group by p.period, s.item_id
) r
where place <= 100""",
    cross=True,
)

_MARKETS = Relation(
    "item_markets",
    """select
    s.item_id,
    s.period,
    cast(sum(s.value) over before as bigint) as usual_value,
    cast(sum(s.units) over before as bigint) as usual_units,
    case when b.item_id is null then 0 else 1 end as best_seller
from item_sales s
left join best_sellers b on s.period = b.period and s.item_id = b.item_id
window before as (
    partition by s.item_id order by s.period range between 13 preceding and 1 preceding
)""",
    cross=True,
)

_FACTS = Relation(
    "line_facts",
    f"""select
    s.customer_id,
    s.purchased_at,
    s.amount,
    case when s.previous_at >= s.purchased_at - 31536000 then 0 else 1 end as is_new,
    coalesce(m.best_seller, 0) as best_seller,
    coalesce(g.own, 0) as own,
    case when g.brand_number is null then 0 else 1 end as branded,
    cast(floor(
        cast(m.usual_value as double) * s.quantity / nullif(m.usual_units, 0) + 5e-1
    ) as bigint) as usual
from item_states s
left join item_markets m on s.item_id = m.item_id and m.period = {period("s.purchased_at")}
left join item_groups g on s.item_id = g.item_id""",
)

_BOUGHT = Relation(
    "bought",
    """select
    s.customer_id,
    c.as_of,
    c.as_of - s.purchased_at as age,
    s.lines,
    s.spend,
    s.new_spend,
    s.best_seller_spend,
    s.own_spend,
    s.branded_spend,
    s.priced_spend,
    s.usual,
    s.priced_lines,
    s.bargain_lines
from (
    select
        customer_id,
        purchased_at,
        count(*) as lines,
        sum(amount) as spend,
        sum(amount * is_new) as new_spend,
        sum(amount * best_seller) as best_seller_spend,
        sum(amount * own) as own_spend,
        sum(amount * branded) as branded_spend,
        sum(amount) filter (where usual > 0) as priced_spend,
        sum(usual) filter (where usual > 0) as usual,
        count(*) filter (where usual > 0) as priced_lines,
        count(*) filter (where amount * 10 < usual * 9) as bargain_lines
    from line_facts
    group by customer_id, purchased_at
) s
join cutoffs c on s.purchased_at < c.as_of and s.purchased_at >= c.as_of - 31536000""",
)

_line = declare("bought", "transactions")


def _part(value: str, whole: str) -> str:
    return share(*(f"sum({each}) filter (where age <= {{w}})" for each in (value, whole)))


PRICES = Family(
    "prices and novelty",
    (COUNTABLE, _SALES, _BEST_SELLERS, _MARKETS, _FACTS, _BOUGHT),
    (
        _line("price_index_{d}d", _part("priced_spend", "usual"), "ratio",
              "Amount paid, last {d} days, against the usual price of the same units: the mean"
              " price before discounts, to all customers, in the 52 weeks before.",
              90, 365, null=_UNPRICED),
        _line("bargain_lines_share_{d}d", _part("bargain_lines", "priced_lines"), "share",
              "Lines paid less than 90 % of the usual price, last {d} days.", 365, null=_UNPRICED),
        _line("best_seller_share_{d}d", _part("best_seller_spend", "spend"), "share",
              "Spend, last {d} days, on the hundred best sellers of the 12 weeks before.",
              365, null=_NONE),
        _line("new_items_spend_share_{d}d", _part("new_spend", "spend"), "share",
              "Spend, last {d} days, on articles not bought in the 365 days before.",
              90, 365, null=_NONE),
        _line("own_brand_share_{d}d", _part("own_spend", "branded_spend"), "share",
              "Spend, last {d} days, on the shop's own brand, of spend on known brands.",
              365, null="bought no known brand in {d} days"),
    ),
)  # fmt: skip
