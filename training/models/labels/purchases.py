"""Labels made of purchases: who leaves, who buys in a category."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd

from decisioning.policy import DAY
from training.models.labels.rows import LabelledRows, customer_view, labelled, lay_moments

CHURN_DAYS: Final = 30
AT_RISK: Final = "orders_365d"
"""Who bought nothing in the year before has left already, and is nobody's to keep."""


def churn_rows(
    con: duckdb.DuckDBPyConnection,
    as_of: Sequence[int],
    *,
    honour_consents: bool,
    horizon_days: int = CHURN_DAYS,
) -> LabelledRows:
    """Label churn without a contract: no purchase in the days from each ``as_of``.

    Only customers who bought in the year before are at risk. A customer who refused
    ``analytics`` gives no training row.
    """
    view = customer_view(con, as_of, honour_consents=honour_consents)
    return label_churn(con, view, horizon_days * DAY)


def label_churn(
    con: duckdb.DuckDBPyConnection, view: pd.DataFrame, horizon: int, gap: int = 0
) -> LabelledRows:
    """Label a view's customers at risk with 1 where they buy nothing in the outcome window.

    Parameters
    ----------
    horizon, gap
        Seconds: the window is [as_of + gap, as_of + gap + horizon).
    """
    lay_moments(con, view)
    buyers = con.execute(
        """
        select distinct coalesce(p.person_id, t.customer_id) as customer_id, a.as_of
        from purchases t join cutoffs a
          on t.purchased_at >= a.as_of + $gap and t.purchased_at < a.as_of + $gap + $horizon
        left join persons p on p.customer_id = t.customer_id and p.as_of = a.as_of
        where t.amount > 0
        """,
        {"gap": gap, "horizon": horizon},
    ).df()
    return labelled(view[view[AT_RISK] > 0], buyers, label=0.0)


@dataclass(frozen=True)
class Category:
    """A top-level category: its name, and the slug that its model is called by."""

    name: str
    slug: str


_TOP = "trim(split_part(i.category_path, '>', 1))"


def categories_worth_a_model(
    con: duckdb.DuckDBPyConnection, until: int, *, most: int, share: tuple[float, float]
) -> tuple[Category, ...]:
    """Choose the top-level categories that differ between customers.

    Where nearly everybody buys, or nearly nobody, there is nothing to foretell.

    Parameters
    ----------
    until
        Only purchases of the 90 days before it are looked at.
    most
        At most so many, those with the most buyers first.
    share
        Least and most share of the buyers of those 90 days that bought in the category.
    """
    found = con.execute(
        f"""
        with bought as (
            select {_TOP} as category, t.customer_id
            from purchases t join products i using (item_id)
            where t.amount > 0 and t.purchased_at < $until and t.purchased_at >= $until - $days
              and t.customer_id is not null
        )
        select category, count(distinct customer_id) as buyers,
               (select count(distinct customer_id) from bought) as everybody
        from bought where category <> '' group by category order by buyers desc, category
        """,
        {"until": until, "days": 90 * DAY},
    ).fetchall()
    kept = [name for name, n, all_ in found if share[0] * all_ <= n <= share[1] * all_][:most]
    slugs: dict[str, str] = {}
    for name in kept:
        slugs.setdefault(slug(name), name)
    return tuple(Category(name, key) for key, name in slugs.items())


def slug(name: str) -> str:
    """Return a name for a model: lower case, an underscore for what is no letter or digit."""
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def label_purchase(
    con: duckdb.DuckDBPyConnection, view: pd.DataFrame, category: Category, horizon: int, gap: int
) -> LabelledRows:
    """Label a view's customers with 1 where they buy in a category in the outcome window.

    Parameters
    ----------
    horizon, gap
        As in `label_churn`.
    """
    lay_moments(con, view)
    buyers = con.execute(
        f"""
        select distinct coalesce(p.person_id, t.customer_id) as customer_id, a.as_of
        from purchases t join products i using (item_id) join cutoffs a
          on t.purchased_at >= a.as_of + $gap and t.purchased_at < a.as_of + $gap + $horizon
        left join persons p on p.customer_id = t.customer_id and p.as_of = a.as_of
        where t.amount > 0 and {_TOP} = $category
        """,
        {"gap": gap, "horizon": horizon, "category": category.name},
    ).df()
    return labelled(view[view[AT_RISK] > 0], buyers)
