"""What the simulation knows of the real tables, as arrays of dense indices."""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

_BOUGHT = "line_type = 'sale' and customer_id is not null and amount > 0"

HOUR = 3_600
DAY = 86_400


@dataclass(frozen=True)
class World:
    """The real purchases.

    Parameters
    ----------
    customers, items
        External ids, sorted, shape (n_customers,) and (n_items,); an index is a position here.
    words
        Search words of each item, shape (n_items,).
    sales
        Purchase lines of each item, shape (n_items,).
    line_order, line_item
        Order and item index of each purchase line, shape (n_lines,), sorted by order.
    orders, order_shops
        External id and shop (None outside shops) of each order, shape (n_orders,).
    order_customer, order_at
        Customer index and epoch seconds of each order, shape (n_orders,).
    start, end
        First and last purchase, epoch seconds.
    """

    customers: Texts
    items: Texts
    words: Texts
    sales: Ints
    line_order: Ints
    line_item: Ints
    orders: Texts
    order_shops: Texts
    order_customer: Ints
    order_at: Ints
    start: int
    end: int

    @property
    def first_at(self) -> Ints:
        """First purchase of each customer, epoch seconds, shape (n_customers,)."""
        first = np.full(len(self.customers), self.end, dtype=np.int64)
        np.minimum.at(first, self.order_customer, self.order_at)
        return first


def read_world(con: DuckDBPyConnection) -> World:
    """Read the accepted real tables of the schema ``main``.

    The temporary tables ``sim_customers``, ``sim_items`` (index -> id) stay for the writers.
    """
    for statement in _INDICES:
        con.execute(statement)
    customers = con.sql("select customer_id from sim_customers order by index").fetchnumpy()
    items = con.sql("select item_id, words, sales from sim_items order by index").fetchnumpy()
    orders = con.sql(
        "select order_id, shop, customer, ordered_at from sim_orders order by index"
    ).fetchnumpy()
    lines = con.sql(
        "select o.index as order_index, i.index as item from main.transactions t"
        " join sim_orders o using (order_id) join sim_items i using (item_id)"
        f" where {_BOUGHT} order by o.index, t.line_no"
    ).fetchnumpy()
    at = _ints(orders["ordered_at"])
    return World(
        _texts(customers["customer_id"]),
        _texts(items["item_id"]),
        _texts(items["words"]),
        _ints(items["sales"]),
        _ints(lines["order_index"]),
        _ints(lines["item"]),
        _texts(orders["order_id"]),
        _shops(orders["shop"]),
        _ints(orders["customer"]),
        at,
        int(at.min()),
        int(at.max()),
    )


def forget_world(con: DuckDBPyConnection) -> None:
    """Drop the temporary tables of :func:`read_world`."""
    for name in ("sim_customers", "sim_items", "sim_orders"):
        con.execute(f"drop table if exists {name}")


_INDICES = (
    f"""create or replace temp table sim_customers as
    select row_number() over (order by customer_id) - 1 as index, customer_id
    from (select distinct customer_id from main.transactions where {_BOUGHT})""",
    f"""create or replace temp table sim_items as
    select
        row_number() over (order by item_id) - 1 as index,
        item_id,
        lower(coalesce(any_value(p.name), item_id)) as words,
        count(*) as sales
    from main.transactions t left join main.products p using (item_id)
    where {_BOUGHT} group by item_id""",
    f"""create or replace temp table sim_orders as
    select
        row_number() over (order by min(purchased_at), order_id) - 1 as index,
        order_id,
        any_value(c.index) as customer,
        min(location_id) as shop,
        min(purchased_at) as ordered_at
    from main.transactions t join sim_customers c using (customer_id)
    where {_BOUGHT} group by order_id""",
)


def _ints(values: object) -> Ints:
    return np.asarray(values).astype(np.int64)


def _shops(values: object) -> Texts:
    """Texts where a masked value (SQL null) is None."""
    return np.array(np.ma.asarray(values).tolist(), dtype=object)


def _texts(values: object) -> Texts:
    return np.asarray(values, dtype=object)
