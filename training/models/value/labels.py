"""Labels of value: what a customer spends in the outcome window."""

import duckdb
import pandas as pd

from training.models.labels.rows import LabelledRows, lay_moments


def label_spend(
    con: duckdb.DuckDBPyConnection, view: pd.DataFrame, horizon: int, gap: int = 0
) -> LabelledRows:
    """Label a view's customers with what they pay in the outcome window, cents.

    What is returned in the window counts against it, never below 0: a customer who returns what
    they bought before owes nobody a purchase.

    Parameters
    ----------
    horizon, gap
        Seconds: the window is [as_of + gap, as_of + gap + horizon).
    """
    lay_moments(con, view)
    spent = con.execute(
        """
        with moved as (
            select customer_id, purchased_at, amount from purchases where amount > 0
            union all
            -- A return told by a line of its own and by the line sold, at one second, is one.
            select customer_id, returned_at, -max(amount)
            from (
                select customer_id, item_id, purchased_at as returned_at, -amount as amount
                from returns
                union all
                select customer_id, item_id, returned_at, amount
                from purchases where returned_at is not null
            )
            group by customer_id, item_id, returned_at
        )
        select coalesce(p.person_id, t.customer_id) as customer_id, a.as_of,
               cast(greatest(sum(t.amount), 0) as double) as label
        from moved t join cutoffs a
          on t.purchased_at >= a.as_of + $gap and t.purchased_at < a.as_of + $gap + $horizon
        left join persons p on p.customer_id = t.customer_id and p.as_of = a.as_of
        group by 1, 2
        """,
        {"gap": gap, "horizon": horizon},
    ).df()
    joined = view.merge(spent, how="left", on=["customer_id", "as_of"])
    return LabelledRows(joined.fillna({"label": 0.0}))
