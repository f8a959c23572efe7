"""How many articles, categories and brands, and how spend is spread over them."""

from features.definitions.sql import concentration, entropy, share, times
from features.registry import Family, Relation, declare

_NONE_365 = "bought nothing in 365 days"
_NO_BRAND = "bought no known brand in 365 days"

_BRAND_SALES = Relation(
    "brand_sales",
    """select
    t.customer_id,
    t.purchased_at,
    g.brand_number,
    cast(sum(t.amount) as bigint) as spend
from purchases t
join item_groups g on t.item_id = g.item_id
where t.amount > 0 and g.brand_number is not null
group by t.customer_id, t.purchased_at, g.brand_number""",
)

_BRANDS = Relation(
    "brands",
    """select s.customer_id, c.as_of, s.brand_number, cast(sum(s.spend) as bigint) as spend
from brand_sales s
join cutoffs c on s.purchased_at < c.as_of and s.purchased_at >= c.as_of - 31536000
group by s.customer_id, c.as_of, s.brand_number""",
)

_item = declare("items", "transactions")
_category = declare("categories", "transactions")
_brand = declare("brands", "transactions")

ASSORTMENT = Family(
    "assortment",
    (_BRAND_SALES, _BRANDS),
    (
        _item("items_{d}d", "count(*) filter (where age <= {w})", "count",
              "Different items in the last {d} days.", 90),
        _item("new_items_{d}d", "count(*) filter (where first_age <= {w})", "count",
              "Items bought for the first time in the last {d} days.", 90),
        _item("repeated_items_share_365d", share(times(365, "purchases >= 2"), times(365)), "share",
              "Items of the last 365 days that were bought at least twice so far.",
              null=_NONE_365),
        _item("staple_items_365d", times(365, "purchases >= 5"), "count",
              "Items of the last 365 days that were bought at least five times so far."),
        _category("categories_90d", "count(*) filter (where age <= 7776000)", "count",
                  "Different categories in the last 90 days."),
        _category("new_categories_90d", "count(*) filter (where first_age <= 7776000)", "count",
                  "Categories of the last 90 days that were not bought in the 275 days before."),
        _category("category_entropy_365d", entropy("spend"), "nats",
                  "Entropy of spend over categories, last 365 days; 0 is one category.",
                  null=_NONE_365),
        _category("category_concentration_365d", concentration("spend"), "0..1",
                  "Sum of the squared shares of spend by category, last 365 days.",
                  null=_NONE_365),
        _brand("brands_365d", "count(*)", "count", "Different brands in the last 365 days."),
        _brand("top_brand_share_365d", share("max(spend)", "sum(spend)"), "share",
               "Share of spend on known brands that goes to the largest, last 365 days.",
               null=_NO_BRAND),
        _brand("brand_entropy_365d", entropy("spend"), "nats",
               "Entropy of spend over known brands, last 365 days; 0 is one brand.",
               null=_NO_BRAND),
    ),
)  # fmt: skip
