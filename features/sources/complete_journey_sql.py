"""The SQL that turns the files of The Complete Journey (schema ``cj``) into raw tables."""

# Fuel is sold by volume (about a thousandth of a gallon), and a few weighed goods say 0: both
# are one purchase of one thing. A line with neither quantity nor value keeps its 0.
_TRANSACTIONS = """
create or replace table raw.transactions as
select
    cast(basket_id as VARCHAR) as order_id,
    row_number() over (partition by basket_id order by product_id) as line_no,
    cast(household_id as VARCHAR) as customer_id,
    cast(t.product_id as VARCHAR) as item_id,
    epoch_us(transaction_timestamp) // 1000000 as purchased_at,
    case
        when p.product_type like 'GASOLINE%' and quantity > 100 then 1
        when quantity = 0 and round(sales_value * 100) > 0 then 1
        else quantity
    end as quantity,
    cast(round(sales_value * 100) as BIGINT) as amount,
    cast(round((retail_disc + coupon_disc + coupon_match_disc) * 100) as BIGINT) as discount,
    'shop' as channel,
    cast(store_id as VARCHAR) as location_id
from cj.transactions t left join cj.products p using (product_id)
"""

# The list price is what the shelf said: what was paid plus what the shop itself took off.
_PRICES = """
create or replace table cj.prices as
select
    cast(t.product_id as VARCHAR) as item_id,
    cast(round(median((sales_value + retail_disc + coupon_match_disc) * 100 / r.quantity))
         as BIGINT) as list_price
from cj.transactions t
join raw.transactions r
    on r.order_id = cast(t.basket_id as VARCHAR) and r.item_id = cast(t.product_id as VARCHAR)
where r.quantity > 0 and r.amount > 0
group by t.product_id
"""

_PRODUCTS = """
create or replace table raw.products as
select
    item_id,
    nullif(concat_ws(' ', product_type, package_size), '') as name,
    nullif(concat_ws(' > ', department, product_category, product_type), '') as category_path,
    brand,
    list_price,
    'active' as status,
    'complete_journey' as source
from (select cast(product_id as VARCHAR) as item_id, * from cj.products)
left join cj.prices using (item_id)
"""

# 17 products are sold but not described. Without a stub the door would refuse their lines.
_STUBS = """
insert into raw.products
select distinct item_id, null, null, null, list_price, 'active', 'inferred'
from raw.transactions
anti join raw.products using (item_id)
left join cj.prices using (item_id)
"""

_CUSTOMERS = """
create or replace table raw.customers as
select
    cast(household_id as VARCHAR) as customer_id,
    age as age_band,
    income as income_band,
    household_size,
    kids_count,
    home_ownership,
    marital_status
from (
    select household_id from cj.transactions
    union select household_id from cj.demographics
    union select household_id from cj.campaigns
)
left join cj.demographics using (household_id)
"""

_EXPOSURES = """
create or replace table raw.exposures as
select
    'cj-' || campaign_id || '-' || household_id as decision_id,
    cast(household_id as VARCHAR) as customer_id,
    'campaign_type_' || lower(right(campaign_type, 1)) as action_id,
    'post' as channel,
    epoch_us(start_date) // 1000000 as exposed_at,
    'policy' as arm,
    cast(campaign_id as VARCHAR) as campaign_id,
    epoch_us(end_date) // 1000000 + 86399 as ends_at
from cj.campaigns join cj.campaign_descriptions using (campaign_id)
"""

# Redemptions have a date only: the last second of that day is the first moment at which they
# are certainly known, so no snapshot taken during the day can see them early.
_OUTCOMES = """
create or replace table raw.outcomes as
select
    'cj-' || campaign_id || '-' || r.household_id || '-' || coupon_upc || '-'
        || strftime(redemption_date, '%Y%m%d') as outcome_id,
    e.decision_id,
    cast(r.household_id as VARCHAR) as customer_id,
    'campaign_type_' || lower(right(campaign_type, 1)) as action_id,
    'accepted' as outcome,
    epoch_us(redemption_date) // 1000000 + 86399 as occurred_at
from cj.coupon_redemptions r
join cj.campaign_descriptions d using (campaign_id)
left join raw.exposures e
    on e.decision_id = 'cj-' || r.campaign_id || '-' || r.household_id
"""

STATEMENTS = (_TRANSACTIONS, _PRICES, _PRODUCTS, _STUBS, _CUSTOMERS, _EXPOSURES, _OUTCOMES)
