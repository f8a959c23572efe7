"""What the online store knows that the tables do not yet."""

from typing import TYPE_CHECKING

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
