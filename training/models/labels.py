"""Labelled rows in time: what was known as of a moment, and what came after it."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decisioning.policy import DAY
from features.links import lay_links
from features.snapshot import build_snapshot
from training.models.classifier import Examples

CHURN_DAYS = 30


@dataclass(frozen=True)
class LabelledRows:
    """Snapshot rows with an outcome.

    Parameters
    ----------
    frame
        One row an example: ``customer_id``, ``as_of``, the snapshot's columns, ``label`` and,
        for responses, ``action_id``.
    """

    frame: pd.DataFrame

    def examples(self, columns: Sequence[str], mask: NDArray[np.bool_]) -> Examples:
        """Return the rows of a mask as arrays."""
        part = self.frame[mask]
        return Examples(
            part[list(columns)].to_numpy(np.float64), part["label"].to_numpy(np.float64)
        )


def churn_rows(
    con: duckdb.DuckDBPyConnection, as_of: Sequence[int], *, honour_consents: bool
) -> LabelledRows:
    """Label churn: no purchase in the ``CHURN_DAYS`` days from each ``as_of``.

    Only customers who bought in the year before are at risk. A customer who refused
    ``analytics`` gives no training row.
    """
    frame = _consented(build_snapshot(con, as_of, honour_consents=honour_consents).to_pandas())
    lay_links(con, as_of)
    buyers = con.execute(
        """
        select distinct coalesce(p.person_id, t.customer_id) as customer_id, a.as_of
        from purchases t join cutoffs a
          on t.purchased_at >= a.as_of and t.purchased_at < a.as_of + ?
        left join persons p on p.customer_id = t.customer_id and p.as_of = a.as_of
        where t.amount > 0
        """,
        [CHURN_DAYS * DAY],
    ).df()
    frame = frame[frame["orders_365d"] > 0]
    joined = frame.merge(buyers.assign(label=0.0), how="left", on=["customer_id", "as_of"])
    return LabelledRows(joined.fillna({"label": 1.0}))


def response_rows(
    con: duckdb.DuckDBPyConnection, until: int, *, honour_consents: bool
) -> LabelledRows:
    """Label responses: redeemed or not, given targeted, one row a customer and campaign.

    The snapshot is as of the moment of exposure. Campaigns still running at ``until`` are left
    out: their customers may yet respond. Nothing dated at or after ``until`` is a response, and
    an exposure to an item is no exposure to an action.
    """
    targeted = con.execute(
        """
        select e.customer_id, e.exposed_at as as_of, e.action_id, e.decision_id,
               max(case when o.outcome = 'accepted' then 1.0 else 0.0 end) as label
        from exposures e left join outcomes o
          on o.decision_id = e.decision_id and o.occurred_at < least(e.ends_at + $grace, $until)
        where e.ends_at < $until and e.action_id is not null group by all order by all
        """,
        {"grace": DAY, "until": until},
    ).df()
    moments = sorted(int(t) for t in targeted["as_of"].unique())
    if not moments:
        return LabelledRows(targeted)
    frame = _consented(build_snapshot(con, moments, honour_consents=honour_consents).to_pandas())
    targeted["customer_id"] = _person_of(con, targeted, moments)
    return LabelledRows(targeted.merge(frame, on=["customer_id", "as_of"]))


def _person_of(
    con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, moments: Sequence[int]
) -> pd.Series:
    """Return the id that stood for each row's customer at the row's moment."""
    lay_links(con, moments)
    persons = con.sql("select customer_id, as_of, person_id from persons").df()
    merged = rows[["customer_id", "as_of"]].merge(persons, how="left", on=["customer_id", "as_of"])
    return merged["person_id"].fillna(merged["customer_id"])


def _consented(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["analytics_allowed"]]
