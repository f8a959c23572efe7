"""Where a customer buys: channels and shops."""

from features.definitions.sql import entropy, share, times
from features.registry import Family, Feature, Relation, declare

_NONE_365 = "bought nothing in 365 days"
_NO_SHOP = "bought in no shop in 365 days"


def _mix(name: str, column: str) -> Relation:
    return Relation(
        name,
        f"""select customer_id, as_of, {column}, count(*) as orders
from orders
where age <= 31536000 and {column} is not null
group by customer_id, as_of, {column}""",
    )


_HOME = Relation(
    "home_orders",
    """select o.customer_id, o.as_of, case when o.location_id = u.home_location_id then 1 else 0
    end as home
from orders o
join customers u on o.customer_id = u.customer_id
where u.home_location_id is not null and o.location_id is not null and o.age <= 31536000""",
)

_order = declare("orders", "transactions")
_channel = declare("channels", "transactions")
_shop = declare("shops", "transactions")
_home = declare("home_orders", "customers")


def _through(channel: str, doc: str) -> Feature:
    return _order(
        f"{channel}_orders_share_365d", share(times(365, f"channel = '{channel}'"), times(365)),
        "share", f"Orders {doc}, last 365 days.", null=_NONE_365,
    )  # fmt: skip


PLACES = Family(
    "places",
    (_mix("channels", "channel"), _mix("shops", "location_id"), _HOME),
    (
        _through("shop", "in a shop"),
        _through("web", "on the web"),
        _through("app", "in the app"),
        _order("days_since_last_online_order",
               "min(age) filter (where channel in ('web', 'app')) / 86400e0", "days",
               "Days from the last order on the web or in the app to as_of.",
               null="never bought online"),
        _channel("channels_365d", "count(*)", "count",
                 "Different channels bought through in the last 365 days."),
        _channel("channel_entropy_365d", entropy("orders"), "nats",
                 "Entropy of orders over channels, last 365 days; 0 is one channel.",
                 null=_NONE_365),
        _shop("top_location_share_365d", share("max(orders)", "sum(orders)"), "share",
              "Share of the orders in shops that goes to the most used shop, last 365 days.",
              null=_NO_SHOP),
        _shop("location_entropy_365d", entropy("orders"), "nats",
              "Entropy of orders over shops, last 365 days; 0 is one shop.", null=_NO_SHOP),
        _home("home_location_share_365d", share("sum(home)", "count(*)"), "share",
              "Orders in the declared shop, of those in shops, last 365 days.",
              null="no declared shop, or no order in a shop in 365 days"),
    ),
)  # fmt: skip
