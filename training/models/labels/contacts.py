"""Labels made of contacts: who answers a campaign, who calls the service."""

from collections.abc import Sequence

import duckdb
import pandas as pd

from decisioning.policy import DAY
from features.links import lay_links
from training.models.labels.rows import LabelledRows, customer_view, labelled, lay_moments


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
        select e.customer_id, e.exposed_at as as_of, e.action_id, e.channel, e.decision_id,
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
    view = customer_view(con, moments, honour_consents=honour_consents)
    targeted["customer_id"] = _person_of(con, targeted, moments)
    return LabelledRows(targeted.merge(view, on=["customer_id", "as_of"]))


def _person_of(
    con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, moments: Sequence[int]
) -> pd.Series:
    """Return the id that stood for each row's customer at the row's moment."""
    lay_links(con, moments)
    persons = con.sql("select customer_id, as_of, person_id from persons").df()
    merged = rows[["customer_id", "as_of"]].merge(persons, how="left", on=["customer_id", "as_of"])
    return merged["person_id"].fillna(merged["customer_id"])


def label_service(
    con: duckdb.DuckDBPyConnection, view: pd.DataFrame, horizon: int, gap: int = 0
) -> LabelledRows:
    """Label a view's customers with 1 where they contact the service in the outcome window.

    Parameters
    ----------
    horizon, gap
        Seconds: the window is [as_of + gap, as_of + gap + horizon).
    """
    lay_moments(con, view)
    callers = con.execute(
        """
        select distinct coalesce(p.person_id, s.customer_id) as customer_id, a.as_of
        from service_contacts s join cutoffs a
          on s.opened_at >= a.as_of + $gap and s.opened_at < a.as_of + $gap + $horizon
        left join persons p on p.customer_id = s.customer_id and p.as_of = a.as_of
        """,
        {"gap": gap, "horizon": horizon},
    ).df()
    return labelled(view, callers)
