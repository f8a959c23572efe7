"""Which segment a customer is in: from ``nextbest segments``, or by a simple rule."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from training.experience.profiles import Profiles

FILE = "segments/customers.parquet"
LAPSED_DAYS, NEW_DAYS = 90, 90
NEW, LAPSED, FREQUENT, OCCASIONAL = "new", "lapsed", "frequent", "occasional"


@dataclass(frozen=True)
class Groups:
    """Segment by customer id, and where it comes from, in words."""

    segments: "pd.Series[str]"
    origin: str


def find_groups(home: Path, profiles: Profiles, as_of: int) -> Groups:
    """Read the stored segments, or fall back to the simple rule.

    A file made after ``as_of`` is not read: a figure of the past must not know what came later.

    Parameters
    ----------
    home
        ``NEXTBEST_HOME``.
    profiles
        With every customer as of ``as_of``.
    """
    path = home / FILE
    if path.is_file():
        stored = pd.read_parquet(path, columns=["customer_id", "as_of", "segment"])
        if len(stored) and int(stored["as_of"].max()) <= as_of:
            told = stored.dropna(subset=["segment"]).drop_duplicates("customer_id", keep="last")
            return Groups(told.set_index("customer_id")["segment"], "nextbest segments")
    return Groups(simple_groups(profiles, as_of), "a simple rule (run nextbest segments)")


def simple_groups(profiles: Profiles, as_of: int) -> "pd.Series[str]":
    """Sort customers by recency, age and frequency.

    ``lapsed``: no purchase for more than 90 days; else ``new``: first purchase less than 90 days
    ago; else ``frequent``: at least as many orders in 90 days as the median of these customers;
    else ``occasional``. Customers whose purchases may not be used have none.
    """
    customers, moments = (profiles.index.get_level_values(k) for k in (0, 1))
    now = np.asarray(moments == as_of)
    last, age, orders = (
        profiles.matrix[now, profiles.columns.index(name)]
        for name in ("days_since_last_purchase", "customer_age_days", "orders_90d")
    )
    known = ~np.isnan(last) & ~np.isnan(age) & ~np.isnan(orders)
    lapsed, new = last > LAPSED_DAYS, age < NEW_DAYS
    active = known & ~lapsed & ~new
    middle = np.median(orders[active]) if active.any() else 0.0
    names = np.select(
        [lapsed, new, orders >= middle], [LAPSED, NEW, FREQUENT], default=OCCASIONAL
    ).astype(object)
    return pd.Series(names[known], index=np.asarray(customers[now], dtype=object)[known])
