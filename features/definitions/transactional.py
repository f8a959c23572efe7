"""What was bought, when, for how much. A line of value 0 is no purchase."""

from features.columns import PERSONALISATION
from features.definitions.articles import ARTICLES
from features.definitions.orders import ORDERS
from features.registry import Family, Feature

_NEVER = "never bought before as_of"
_FEW = "fewer than two orders before as_of"
_NONE_365 = "bought nothing in 365 days"


def _orders(
    name: str,
    expression: str,
    unit: str,
    null_means: str,
    doc: str,
    windows: tuple[int, ...] = (),
    empty: int | None = None,
) -> Feature:
    return Feature(
        name, "orders", "transactions", expression, unit, PERSONALISATION, null_means, doc,
        windows, empty,
    )  # fmt: skip


def _lines(name: str, relation: str, expression: str, unit: str, doc: str) -> Feature:
    empty = None if unit == "share" else 0
    null_means = _NONE_365 if unit == "share" else ""
    return Feature(
        name, relation, "transactions", expression, unit, PERSONALISATION, null_means, doc,
        empty=empty,
    )  # fmt: skip


_MEAN_GAP = "cast(sum(gap) as double) / nullif(count(gap), 0)"
# Sums of whole seconds, so that the result has the same bits whatever the order of the rows.
_GAP_VARIANCE = (
    "(cast(sum(gap * gap) as double) - cast(sum(gap) as double) * sum(gap) / nullif(count(gap), 0))"
    " / nullif(count(gap) - 1, 0)"
)
_GAP_STD = f"sqrt(case when {_GAP_VARIANCE} < 0 then 0e0 else {_GAP_VARIANCE} end)"
# Two orders within minutes would make anybody look thousands of times overdue.
_MEAN_GAP_FLOORED = f"(case when {_MEAN_GAP} < 86400e0 then 86400e0 else {_MEAN_GAP} end)"

TRANSACTIONAL = Family(
    "transactional",
    (*ORDERS, *ARTICLES),
    (
        _orders("days_since_last_purchase", "min(age) / 86400e0", "days", _NEVER,
                "Days from the last order to as_of (recency of RFM)."),
        _orders("customer_age_days", "max(age) / 86400e0", "days", _NEVER,
                "Days from the first order to as_of (T of BTYD models)."),
        _orders("purchase_span_days", "(max(age) - min(age)) / 86400e0", "days", _NEVER,
                "Days from the first to the last order (t_x of BTYD models)."),
        _orders("orders_{d}d", "count(*) filter (where age <= {w})", "count", "",
                "Orders in the last {d} days.", (7, 30, 90, 365), 0),
        _orders("spend_{d}d", "coalesce(sum(spend) filter (where age <= {w}), 0)", "cents", "",
                "Amount paid in the last {d} days.", (30, 90, 365), 0),
        _orders("spend_trend_ratio",
                "cast(coalesce(sum(spend) filter (where age <= 2592000), 0) as double) * 3"
                " / nullif(sum(spend) filter (where age <= 7776000), 0)",
                "ratio", "bought nothing in 90 days",
                "Spend of 30 days against a third of that of 90 days; 1 is steady."),
        _orders("basket_value_mean_365d",
                "cast(sum(spend) filter (where age <= 31536000) as double)"
                " / nullif(count(*) filter (where age <= 31536000), 0)",
                "cents", _NONE_365, "Mean amount of an order in the last 365 days."),
        _orders("gap_days_mean", f"{_MEAN_GAP} / 86400e0", "days", _FEW,
                "Mean days between an order and the next."),
        _orders("gap_days_std", f"{_GAP_STD} / 86400e0", "days",
                "fewer than three orders before as_of",
                "Sample standard deviation of the days between orders."),
        _orders("overdue_ratio", f"min(age) / {_MEAN_GAP_FLOORED}", "ratio", _FEW,
                "Days since the last order against the mean gap, floored at a day; 1+ is late."),
        _orders("discount_share_90d",
                "cast(sum(discount) filter (where age <= 7776000) as double)"
                " / nullif(sum(spend + discount) filter (where age <= 7776000), 0)",
                "share", "bought nothing in 90 days",
                "Discounts against the amount before discounts, last 90 days."),
        _lines("locations_365d", "shops", "count(*)", "count",
               "Different shops in the last 365 days."),
        _lines("items_365d", "items", "count(*) filter (where age <= 31536000)", "count",
               "Different items in the last 365 days."),
        _lines("categories_365d", "categories", "count(*)", "count",
               "Different categories (second level of the path) in the last 365 days."),
        _lines("top_category_share_365d", "categories",
               "cast(max(spend) as double) / nullif(sum(spend), 0)", "share",
               "Share of spend in the largest category, last 365 days."),
    ),
)  # fmt: skip
