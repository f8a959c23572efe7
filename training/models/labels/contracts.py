"""Labels of churn under contract: whether a term that ends is renewed."""

from typing import Final

import duckdb
import pandas as pd

from decisioning.policy import DAY
from training.models.labels.rows import LabelledRows, lay_moments

TABLE: Final = "contracts"
"""One row a term: ``customer_id``, ``starts_at``, ``ends_at``, ``recorded_at``, epoch seconds.

The canonical tables hold no contracts; a shop that has them gives the connection this view.
"""
GRACE_DAYS: Final = 30
"""A term that begins within so many days after the end of the last renews it."""


def has_contracts(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the connection holds terms of contracts."""
    found = con.execute(
        "select count(*) from information_schema.tables where table_name = $name", {"name": TABLE}
    ).fetchone()
    return bool(found and found[0])


def label_contract_churn(
    con: duckdb.DuckDBPyConnection, view: pd.DataFrame, horizon: int, gap: int = 0
) -> LabelledRows:
    """Label customers whose term ends in the outcome window: 1 where it is not renewed.

    At risk is who has, by what was recorded before ``as_of``, a last term that ends in
    [as_of + gap, as_of + gap + horizon): who had renewed already is not. A renewal is another
    term that begins after ``as_of`` and within ``GRACE_DAYS`` after the end; so the label is
    known when the horizon and the days of grace are over.

    Parameters
    ----------
    horizon, gap
        Seconds.

    Returns
    -------
    Rows at risk; none without contracts.
    """
    if not has_contracts(con):
        return LabelledRows(view.iloc[:0].assign(label=pd.Series(dtype="float64")))
    lay_moments(con, view)
    terms = con.execute(
        """
        with known as (
            select coalesce(p.person_id, c.customer_id) as customer_id, a.as_of,
                   max(c.ends_at) as ends_at
            from contracts c join cutoffs a on c.recorded_at < a.as_of
            left join persons p on p.customer_id = c.customer_id and p.as_of = a.as_of
            group by all
        )
        select k.customer_id, k.as_of, case when count(r.customer_id) > 0 then 0.0 else 1.0 end
               as label
        from known k
        left join (
            select coalesce(p.person_id, c.customer_id) as customer_id, a.as_of, c.starts_at,
                   c.recorded_at
            from contracts c cross join cutoffs a
            left join persons p on p.customer_id = c.customer_id and p.as_of = a.as_of
        ) r on r.customer_id = k.customer_id and r.as_of = k.as_of
          and r.recorded_at >= k.as_of and r.starts_at >= k.as_of
          and r.starts_at <= k.ends_at + $grace
        where k.ends_at >= k.as_of + $gap and k.ends_at < k.as_of + $gap + $horizon
        group by k.customer_id, k.as_of
        """,
        {"gap": gap, "horizon": horizon, "grace": GRACE_DAYS * DAY},
    ).df()
    return LabelledRows(view.merge(terms, on=["customer_id", "as_of"]))
