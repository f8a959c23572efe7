-- The first 25 columns, written by hand for DuckDB: what the rendered text is measured against.
-- Reads the canonical views, cutoffs(as_of) and links. Lines become orders, and article lines
-- become spans, before they meet the cutoffs; the dialect is used wherever it helps.
with orders as (
    select customer_id, order_id, purchased_at, sum(amount) as spend, sum(discount) as discount,
           min(location_id) as location_id
    from transactions
    where line_type = 'sale' and customer_id is not null and amount > 0
    group by all
),
dated as (
    select c.as_of, o.customer_id, o.order_id, min(o.purchased_at) as purchased_at,
           sum(o.spend)::bigint as spend, sum(o.discount)::bigint as discount,
           min(o.location_id) as location_id
    from orders o join cutoffs c on o.purchased_at < c.as_of
    group by all
),
gapped as (
    select *, as_of - purchased_at as age,
           purchased_at - lag(purchased_at) over (
               partition by customer_id, as_of order by purchased_at, order_id) as gap
    from dated
),
buying as (
    select customer_id, as_of,
        min(age) / 86400 as days_since_last_purchase,
        max(age) / 86400 as customer_age_days,
        (max(age) - min(age)) / 86400 as purchase_span_days,
        count(*) filter (age <= 7 * 86400) as orders_7d,
        count(*) filter (age <= 30 * 86400) as orders_30d,
        count(*) filter (age <= 90 * 86400) as orders_90d,
        count(*) filter (age <= 365 * 86400) as orders_365d,
        coalesce(sum(spend) filter (age <= 30 * 86400), 0) as spend_30d,
        coalesce(sum(spend) filter (age <= 90 * 86400), 0) as spend_90d,
        coalesce(sum(spend) filter (age <= 365 * 86400), 0) as spend_365d,
        3 * spend_30d / nullif(spend_90d, 0) as spend_trend_ratio,
        spend_365d / nullif(orders_365d, 0) as basket_value_mean_365d,
        avg(gap) as gap_mean,
        gap_mean / 86400 as gap_days_mean,
        stddev_samp(gap) / 86400 as gap_days_std,
        min(age) / if(gap_mean < 86400, 86400, gap_mean) as overdue_ratio,
        sum(discount) filter (age <= 90 * 86400) as discount_90d,
        discount_90d / nullif(discount_90d + spend_90d, 0) as discount_share_90d,
        count(distinct location_id) filter (age <= 365 * 86400) as locations_365d
    from gapped
    group by all
),
kinds as (
    select item_id, dense_rank() over (order by coalesce(
        nullif(split_part(category_path, ' > ', 2), ''), split_part(category_path, ' > ', 1)
    )) as category
    from products
    where category_path is not null
),
lines as (
    select customer_id, order_id, line_no, item_id, purchased_at, amount
    from transactions
    where line_type = 'sale' and customer_id is not null and amount > 0
),
-- The last purchase of an article before as_of stands for the article: no grouping by article.
variety as (
    select customer_id, as_of, count(*) as items_365d
    from (
        select customer_id, purchased_at, lead(purchased_at) over (
            partition by customer_id, item_id order by purchased_at, order_id, line_no) as until
        from lines
    ) l
    join cutoffs c on l.purchased_at < c.as_of and l.purchased_at >= c.as_of - 365 * 86400
        and (l.until is null or l.until >= c.as_of)
    group by all
),
categories as (
    select customer_id, as_of, category, sum(spend) as spend
    from (
        select customer_id, purchased_at, category, sum(amount) as spend
        from lines join kinds using (item_id)
        group by all
    ) l
    join cutoffs c on l.purchased_at < c.as_of and l.purchased_at >= c.as_of - 365 * 86400
    group by all
),
assortment as (
    select customer_id, as_of, count(*) as categories_365d,
           max(spend) / sum(spend) as top_category_share_365d
    from categories
    group by all
),
offers as (
    select x.customer_id, c.as_of,
           count(*) filter (c.as_of - x.exposed_at <= 90 * 86400) as exposures_90d,
           count(*) filter (c.as_of - x.exposed_at <= 365 * 86400) as exposures_365d
    from exposures x join cutoffs c on x.exposed_at < c.as_of
    group by all
),
taken as (
    select coalesce(o.customer_id, x.customer_id) as customer_id, c.as_of,
           count(*) filter (c.as_of - o.occurred_at <= 90 * 86400) as redemptions_90d,
           count(*) filter (c.as_of - o.occurred_at <= 365 * 86400) as redemptions_365d
    from outcomes o
    left join exposures x using (decision_id)
    join cutoffs c on o.occurred_at < c.as_of
    where o.outcome = 'accepted'
    group by all
),
visits as (
    select l.customer_id, l.as_of, count(distinct e.session_id) as sessions_30d
    from events e
    join links l on e.visitor_id = l.value and l.identifier_type in ('cookie', 'device')
        and e.occurred_at < l.as_of and e.occurred_at >= l.as_of - 30 * 86400
    group by all
),
allowed as (
    select customer_id, as_of,
           bool_or(purpose = 'personalisation' and granted) as personalisation_allowed,
           bool_or(purpose = 'analytics' and granted) as analytics_allowed,
           bool_or(purpose = 'third_party_data' and granted) as third_party_allowed
    from (
        select k.customer_id, c.as_of, k.purpose,
               k.status = 'granted' and coalesce(k.expires_at > c.as_of, true) as granted
        from consents k join cutoffs c on k.recorded_at < c.as_of
        where k.channel = 'any'
        qualify row_number() over (
            partition by k.customer_id, c.as_of, k.purpose
            order by k.recorded_at desc, k.status = 'granted', k.expires_at nulls last) = 1
    )
    group by all
),
subjects as (
    select distinct customer_id, as_of from dated
    union
    select t.customer_id, c.as_of
    from (select customer_id, min(purchased_at) as since from transactions
          where line_type = 'sale' and customer_id is not null group by all) t
    join cutoffs c on t.since < c.as_of
    union
    select u.customer_id, c.as_of from customers u join cutoffs c on u.signed_up_at < c.as_of
)
select
    customer_id, as_of,
    coalesce(personalisation_allowed, false) as personalisation_allowed,
    coalesce(analytics_allowed, false) as analytics_allowed,
    coalesce(third_party_allowed, false) as third_party_allowed,
    days_since_last_purchase, customer_age_days, purchase_span_days,
    coalesce(orders_7d, 0) as orders_7d, coalesce(orders_30d, 0) as orders_30d,
    coalesce(orders_90d, 0) as orders_90d, coalesce(orders_365d, 0) as orders_365d,
    coalesce(spend_30d, 0) as spend_30d, coalesce(spend_90d, 0) as spend_90d,
    coalesce(spend_365d, 0) as spend_365d,
    spend_trend_ratio, basket_value_mean_365d, gap_days_mean, gap_days_std, overdue_ratio,
    discount_share_90d, coalesce(locations_365d, 0) as locations_365d,
    coalesce(items_365d, 0) as items_365d, coalesce(categories_365d, 0) as categories_365d,
    top_category_share_365d,
    coalesce(exposures_90d, 0) as exposures_90d, coalesce(exposures_365d, 0) as exposures_365d,
    coalesce(redemptions_90d, 0) as redemptions_90d,
    coalesce(redemptions_365d, 0) as redemptions_365d,
    coalesce(sessions_30d, 0) as sessions_30d
from subjects
left join buying using (customer_id, as_of)
left join variety using (customer_id, as_of)
left join assortment using (customer_id, as_of)
left join offers using (customer_id, as_of)
left join taken using (customer_id, as_of)
left join visits using (customer_id, as_of)
left join allowed using (customer_id, as_of)
order by as_of, customer_id
