"""How often a customer comes, at what times, and whether that changes."""

from features.definitions.sql import (
    EVENING,
    MORNING,
    NIGHT,
    WEEKEND,
    of_latest,
    share,
    times,
    total,
    trend,
)
from features.registry import Family, Feature, declare

_NEVER = "never bought before as_of"
_FEW = "fewer than two orders before as_of"
_NONE_365 = "bought nothing in 365 days"

_order = declare("orders", "transactions")
# Existing columns hold the mean and the sample deviation; this is their quotient.
_MEAN = "cast(sum(gap) as double) / nullif(count(gap), 0)"
_VARIANCE = (
    "(cast(sum(gap * gap) as double) - cast(sum(gap) as double) * sum(gap) / nullif(count(gap), 0))"
    " / nullif(count(gap) - 1, 0)"
)
_SPREAD = f"sqrt(case when {_VARIANCE} < 0 then 0e0 else {_VARIANCE} end)"


def _at(name: str, condition: str, doc: str) -> Feature:
    return _order(
        f"{name}_orders_share_365d", share(times(365, condition), times(365)), "share",
        f"Orders {doc}, last 365 days.", null=_NONE_365,
    )  # fmt: skip


RHYTHM = Family(
    "rhythm",
    (),
    (
        _order("orders_total", "count(*)", "count", "Orders before as_of."),
        _order("spend_total", "sum(spend)", "cents", "Amount paid before as_of."),
        _order("spend_7d", total("spend", 7), "cents", "Amount paid in the last 7 days."),
        _order("active_days_{d}d", "count(*) filter (where first_of_day = 1 and age <= {w})",
               "days", "Days (UTC) with an order in the last {d} days, counted at its first order.",
               30, 90, 365),
        _order("gap_days_median", "percentile_cont(5e-1) within group (order by gap) / 86400e0",
               "days", "Median days between an order and the next.", null=_FEW),
        _order("gap_days_last", f"{of_latest('gap')} / 86400e0", "days",
               "Days between the last two orders.", null=_FEW),
        _order("gap_days_max", "max(gap) / 86400e0", "days",
               "Longest time between two orders.", null=_FEW),
        _order("gap_variation", f"{_SPREAD} / nullif({_MEAN}, 0)", "ratio",
               "Standard deviation of the gaps between orders against their mean.",
               null="fewer than three orders before as_of, or all at once"),
        _order("orders_trend_ratio", trend("1", 30, 90), "ratio",
               "Orders a day of 30 days against those of 90; 1 is steady.",
               null="bought nothing in 90 days"),
        _order("orders_trend_year_ratio", trend("1", 90, 365), "ratio",
               "Orders a day of 90 days against those of 365; 1 is steady.", null=_NONE_365),
        _order("spend_trend_year_ratio", trend("spend", 90, 365), "ratio",
               "Spend a day of 90 days against that of 365; 1 is steady.", null=_NONE_365),
        _at("morning", MORNING, "from 6 to 12 o'clock UTC"),
        _at("evening", EVENING, "from 18 to 22 o'clock UTC"),
        _at("night", NIGHT, "from 22 to 6 o'clock UTC"),
        _at("weekend", WEEKEND, "on Saturday or Sunday, UTC"),
    ),
)  # fmt: skip
