"""Articles and their categories at each moment."""

from features.registry import Relation

# Numbers group faster than long texts. Articles hold no history: a path or a brand is taken as
# known from the start.
_CATEGORIES = Relation(
    "category_numbers",
    """select category, row_number() over (order by category) as category_number
from (
    select distinct
        coalesce(
            nullif(split_part(category_path, ' > ', 2), ''), split_part(category_path, ' > ', 1)
        ) as category
    from products
    where category_path is not null
) p""",
    cross=True,
)

_BRANDS = Relation(
    "brand_numbers",
    """select
    brand,
    row_number() over (order by brand) as brand_number,
    case
        when lower(brand) in ('private', 'private label', 'own', 'own brand', 'store brand') then 1
        else 0
    end as own
from (select distinct brand from products where brand is not null) p""",
    cross=True,
)

_GROUPS = Relation(
    "item_groups",
    """select p.item_id, c.category_number, b.brand_number, b.own
from products p
left join category_numbers c
    on coalesce(
        nullif(split_part(p.category_path, ' > ', 2), ''), split_part(p.category_path, ' > ', 1)
    ) = c.category
left join brand_numbers b on p.brand = b.brand""",
    cross=True,
)

# The purchases of one article, each with the one before and the one after: at as_of, the last
# purchase before it stands for the article, without grouping by article.
_ITEM_STATES = Relation(
    "item_states",
    """select
    customer_id,
    item_id,
    purchased_at,
    amount,
    quantity,
    row_number() over part as number,
    min(purchased_at) over part as first_at,
    lag(purchased_at) over part as previous_at,
    lead(purchased_at) over part as until
from purchases
where amount > 0
window part as (partition by customer_id, item_id order by purchased_at, order_id, line_no)""",
)

_ITEMS = Relation(
    "items",
    """select
    s.customer_id,
    c.as_of,
    s.item_id,
    c.as_of - s.purchased_at as age,
    c.as_of - s.first_at as first_age,
    s.number as purchases
from item_states s
join cutoffs c on s.purchased_at < c.as_of and (s.until is null or s.until >= c.as_of)""",
)

_CATEGORY_SALES = Relation(
    "category_sales",
    """select
    t.customer_id,
    t.purchased_at,
    g.category_number,
    cast(sum(t.amount) as bigint) as spend
from purchases t
join item_groups g on t.item_id = g.item_id
where t.amount > 0 and g.category_number is not null
group by t.customer_id, t.purchased_at, g.category_number""",
)

_CUSTOMER_CATEGORIES = Relation(
    "categories",
    """select
    s.customer_id,
    c.as_of,
    s.category_number,
    min(c.as_of - s.purchased_at) as age,
    max(c.as_of - s.purchased_at) as first_age,
    cast(sum(s.spend) as bigint) as spend
from category_sales s
join cutoffs c on s.purchased_at < c.as_of and s.purchased_at >= c.as_of - 31536000
group by s.customer_id, c.as_of, s.category_number""",
)

ARTICLES = (
    _CATEGORIES, _BRANDS, _GROUPS, _ITEM_STATES, _ITEMS, _CATEGORY_SALES, _CUSTOMER_CATEGORIES,
)  # fmt: skip
