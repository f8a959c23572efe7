"""What customers told the service since the tables came in, and what hangs on it."""

from typing import TYPE_CHECKING, Any

from features.settings import Settings, ensure_home

if TYPE_CHECKING:
    from training.consents import Statement


def statements(s: Settings) -> "list[Statement]":
    """Return what customers told the service: a withdrawal binds the next run over the tables."""
    from features.tables import open_tables
    from serving.stores.opening import open_stores
    from training.consents import Statement

    ensure_home(s)
    con = open_tables(s.tables)
    customers = [
        c
        for (c,) in con.execute(
            "select distinct customer_id from consents union select customer_id from customers"
        ).fetchall()
    ]
    con.close()
    stores = open_stores(s.store_url)
    rows = stores.consents.for_customers(customers)
    stores.close()
    return [Statement(*row[:6]) for row in rows]


def read_comments(s: Settings, told: "list[Statement]", moment: int) -> dict[str, Any]:
    """Bring the scores of comments in step with the tables and with consents.

    Parameters
    ----------
    told
        See :func:`statements`: who refuses now is learned from no more.
    moment
        Epoch seconds, UTC.

    Returns
    -------
    What was learned, or why nothing was.
    """
    from training.experience.score_files import update_comment_scores

    return update_comment_scores(s.tables, told, moment)
