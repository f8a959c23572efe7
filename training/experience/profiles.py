"""What was known of a customer at the start of the month of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from features.columns import AS_OF, CUSTOMER_ID
from features.snapshot import build_snapshot
from training.experience.periods import month_starts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
INPUTS = (
    "last_satisfaction", "days_since_last_feedback", "satisfaction_mean_365d",
    "satisfaction_min_365d", "satisfaction_change", "nps_mean_365d", "low_answers_share_365d",
    "last_sentiment", "sentiment_mean_365d", "negative_comments_365d", "answer_rate_365d",
    "feedback_requests_365d", "contacts_30d", "contacts_90d", "unresolved_contacts",
    "repeat_contacts_90d", "resolution_hours_mean_365d", "unresolved_share_365d",
    "oldest_unresolved_days", "contacts_per_order_365d", "stock_outs_met_30d",
    "stock_outs_met_90d", "stock_out_share_90d", "empty_search_share_90d", "abandoned_carts_30d",
    "cart_abandonment_rate_90d", "conversion_rate_90d", "sessions_30d",
    "days_since_last_purchase", "customer_age_days", "orders_30d", "orders_90d", "orders_365d",
    "orders_trend_ratio", "overdue_ratio", "spend_90d", "spend_365d", "spend_trend_ratio",
    "basket_value_mean_365d", "discount_share_90d", "return_rate_365d", "returns_90d",
    "payment_days_mean_365d", "exposures_90d", "redemptions_90d",
)  # fmt: skip
"""What NPS and the chance of an answer may hang on: what was lived and said. Who the customer is
(age, income, household) is left out on purpose."""
MONTHS = 12
"""Older answers than this train nothing: customers and questions change, and cost is bounded."""
_ROWS = 250_000


@dataclass(frozen=True)
class Profiles:
    """Snapshot rows by customer and moment.

    Parameters
    ----------
    index
        Of (customer_id, as_of), unique.
    matrix
        float64 (rows, features) in the order of ``columns``; NaN is null.
    columns
        Names of the features.
    """

    index: pd.MultiIndex
    matrix: Floats
    columns: tuple[str, ...]

    def rows(self, customers: Sequence[str], moments: Ints) -> Floats:
        """Return the profile of each (customer, moment), all NaN where there is none.

        Returns
        -------
        float64 (len(customers), features).
        """
        wanted = pd.MultiIndex.from_arrays([list(customers), moments])
        at = self.index.get_indexer(wanted)
        found = np.full((len(at), len(self.columns)), np.nan)
        found[at >= 0] = self.matrix[at[at >= 0]]
        return found

    def positions(self, names: Sequence[str]) -> Ints:
        """Return where the named columns stand."""
        return np.array([self.columns.index(name) for name in names], dtype=np.int64)


def lay_profiles(con: DuckDBPyConnection, needed: pd.DataFrame, as_of: int) -> Profiles:
    """Compute the profiles of those who were asked or answered, as of the month's start.

    Parameters
    ----------
    needed
        ``customer_id`` and ``at``; rows older than ``MONTHS`` months are left out.
    as_of
        Profiles of this moment are computed for every customer, and no later ones.
    """
    starts = month_starts(needed["at"].to_numpy(np.int64))
    months = [int(m) for m in np.unique(starts)[-MONTHS:] if m != as_of]
    wanted = needed[[CUSTOMER_ID]].assign(**{AS_OF: starts}).drop_duplicates()
    now = build_snapshot(con, [as_of], columns=INPUTS).to_pandas()
    # A few months at a time: together is faster, all of them together may not fit.
    step = max(1, _ROWS // max(1, len(now)))
    past = [
        build_snapshot(con, months[at : at + step], columns=INPUTS).to_pandas().merge(wanted)
        for at in range(0, len(months), step)
    ]
    frame = pd.concat([*past, now], ignore_index=True)
    index = pd.MultiIndex.from_arrays([frame[CUSTOMER_ID], frame[AS_OF]])
    return Profiles(index, frame[list(INPUTS)].to_numpy(np.float64), INPUTS)
