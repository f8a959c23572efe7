"""What an order holds, and how much of it is bought at a discount."""

from features.definitions.sql import of_latest, share, times, total
from features.registry import Family, declare

_NEVER = "never bought before as_of"
_NONE = "bought nothing in {d} days"
_NONE_365 = "bought nothing in 365 days"

_order = declare("orders", "transactions")


def _sum(value: str, where: str = "") -> str:
    both = f" and {where}" if where else ""
    return f"coalesce(sum({value}) filter (where age <= {{w}}{both}), 0)"


BASKETS = Family(
    "baskets",
    (),
    (
        _order("basket_lines_mean_365d", share(total("lines", 365), times(365)), "lines",
               "Mean lines of an order in the last 365 days.", null=_NONE_365),
        _order("basket_lines_max_365d", "max(lines) filter (where age <= 31536000)", "lines",
               "Lines of the longest order in the last 365 days.", null=_NONE_365),
        _order("basket_units_mean_365d", share(total("units", 365), times(365)), "units",
               "Mean units of an order in the last 365 days.", null=_NONE_365),
        _order("basket_value_max_365d", "max(spend) filter (where age <= 31536000)", "cents",
               "Amount of the largest order in the last 365 days.", null=_NONE_365),
        _order("basket_value_last", of_latest("spend"), "cents", "Amount of the last order.",
               null=_NEVER),
        _order("basket_value_trend_ratio",
               f"({share(total('spend', 90), times(90))})"
               f" / nullif({share(total('spend', 365), times(365))}, 0)", "ratio",
               "Mean order of 90 days against that of 365; 1 is steady.",
               null="bought nothing in 90 days"),
        _order("units_{d}d", _sum("units"), "units", "Units bought in the last {d} days.",
               30, 90, 365),
        _order("lines_{d}d", _sum("lines"), "lines", "Order lines in the last {d} days.", 365),
        _order("unit_price_mean_365d", share(total("spend", 365), total("units", 365)), "cents",
               "Amount paid per unit, last 365 days.", null=_NONE_365),
        _order("discount_share_365d", share(total("discount", 365), total("spend + discount", 365)),
               "share", "Discounts against the amount before discounts, last 365 days.",
               null=_NONE_365),
        _order("discounted_lines_share_{d}d", share(_sum("discounted_lines"), _sum("lines")),
               "share", "Lines with a discount, last {d} days.", 90, 365, null=_NONE),
        _order("promotion_spend_share_{d}d", share(_sum("discounted_spend"), _sum("spend")),
               "share", "Spend on lines with a discount, last {d} days.", 90, 365, null=_NONE),
        _order("discount_depth_365d",
               share(total("discount", 365), total("discounted_spend + discount", 365)), "share",
               "Discount on the discounted lines against their value before it, last 365 days.",
               null="bought nothing at a discount in 365 days"),
        _order("full_price_orders_share_365d",
               share(times(365, "discounted_lines = 0"), times(365)), "share",
               "Orders without any discount, last 365 days.", null=_NONE_365),
    ),
)  # fmt: skip
