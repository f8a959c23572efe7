"""Purchases as arrays: dense customers and items, the input of every recommender."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from decisioning.policy import DAY
from features.ids import IdMap
from features.links import as_people
from training.recommender.models.content import ItemText

I64 = NDArray[np.int64]
MIN_LINES = 5
"""An item sold on fewer lines is no candidate of the models: nothing can be said of it."""
NEW_DAYS = 90
"""An item launched within so many days has an index however little it sold: it can be shown as
new, and tried."""


@dataclass(frozen=True)
class Interactions:
    """One element per purchase line of a catalogue item.

    Parameters
    ----------
    customer, item, order, location
        int64 (lines,): dense indices; ``location`` 0 is reserved for "all locations".
    at
        int64 (lines,): epoch seconds UTC.
    type_code, category_code
        int64 (n_items,): product type and category of each item.
    customers, items, locations
        What the indices stand for.
    trains
        bool (n_customers,): may be learned from. The others have a history of their own, which
        tailors what they alone are shown.
    texts
        What the catalogue says of each item, n_items of them; empty where it was not read.
    """

    customer: I64
    item: I64
    order: I64
    location: I64
    at: I64
    type_code: I64
    category_code: I64
    customers: IdMap
    items: IdMap
    locations: IdMap
    trains: NDArray[np.bool_]
    texts: tuple[ItemText, ...] = ()

    def before(self, moment: int) -> NDArray[np.bool_]:
        """Tell which lines lie strictly before a moment."""
        return np.asarray(self.at < moment)


def load_interactions(
    con: duckdb.DuckDBPyConnection, as_of: int, *, honour_consents: bool
) -> Interactions:
    """Load purchases of items sold on at least `MIN_LINES` lines before ``as_of``, and of new ones.

    An active item that the catalogue says was launched in the `NEW_DAYS` before ``as_of`` is among
    the items even where it was never sold.

    Lines after ``as_of`` are loaded too (they are the labels of an evaluation); fitting takes
    its own cut. A customer who did not grant ``personalisation`` has no line here; one who did
    not grant ``analytics`` too has lines, and trains nothing: no statistic, factor or ranker.
    Ids that were one person as of ``as_of`` are one customer.
    """
    with as_people(con, as_of):
        return _load(con, as_of, honour_consents=honour_consents)


def _load(con: duckdb.DuckDBPyConnection, as_of: int, *, honour_consents: bool) -> Interactions:
    con.execute(_GRANTED if honour_consents else _EVERYBODY, [as_of] if honour_consents else [])
    con.execute(_ITEMS, [as_of, MIN_LINES, as_of - NEW_DAYS * DAY])
    lines = _table(con, _LINES)
    items = _table(con, "select * from catalogue_items order by item_id")
    customers = _table(con, _CUSTOMERS)["customer_id"].to_pylist()
    item_map, customer_map = IdMap(items["item_id"].to_pylist()), IdMap(customers)
    trains = np.zeros(len(customer_map), dtype=np.bool_)
    trains[customer_map.index_of(_table(con, _TRAINERS)["customer_id"].to_pylist())] = True
    places = lines["location_id"].to_pylist()
    location_map = IdMap.from_ids(["", *places])
    paths = items["category_path"].to_pylist()
    return Interactions(
        customer=customer_map.index_of(lines["customer_id"].to_pylist()),
        item=item_map.index_of(lines["item_id"].to_pylist()),
        order=_codes(lines["order_id"].to_pylist()),
        location=location_map.index_of(places),
        at=lines["purchased_at"].to_numpy().astype(np.int64),
        type_code=_codes(paths),
        category_code=_codes([" > ".join(path.split(" > ")[:2]) for path in paths]),
        customers=customer_map,
        items=item_map,
        locations=location_map,
        trains=trains,
        texts=tuple(map(ItemText, items["name"].to_pylist(), paths, items["brand"].to_pylist())),
    )


def _table(con: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return con.sql(query).to_arrow_table()


def days_before(moment: int, at: I64) -> NDArray[np.float64]:
    """Return how many days before a moment each time lies."""
    return np.asarray((moment - at) / DAY, dtype=np.float64)


def _codes(values: Sequence[str]) -> I64:
    return np.unique(np.array(values, dtype=str), return_inverse=True)[1].astype(np.int64)


_EVERYBODY = """
create or replace temp table granted as
select customer_id, true as trains from customers
union select customer_id, true from purchases
"""

_GRANTED = """
create or replace temp table granted as
with latest as (
  select customer_id, purpose,
         max_by(status, (recorded_at, status <> 'granted')) as status,
         max_by(expires_at, (recorded_at, status <> 'granted')) as expires_at
  from consents where channel = 'any' and recorded_at < $1 group by all
), held as (
  select customer_id, purpose from latest
  where status = 'granted' and (expires_at is null or expires_at > $1)
)
select customer_id,
       customer_id in (select customer_id from held where purpose = 'analytics') as trains
from held where purpose = 'personalisation'
"""

_TRAINERS = "select customer_id from granted where trains order by customer_id"

_ITEMS = """
create or replace temp table catalogue_items as
with sold as (
  select t.item_id from purchases t join granted g using (customer_id)
  where t.amount > 0 and t.purchased_at < $1 and g.trains
  group by t.item_id having count(*) >= $2
)
select item_id, coalesce(category_path, '') as category_path, coalesce(name, '') as name,
       coalesce(brand, '') as brand
from products
where item_id in (select item_id from sold)
   or (status = 'active' and launched_at >= $3 and launched_at < $1)
"""

_LINES = """
select t.customer_id, t.item_id, t.order_id, coalesce(t.location_id, '') as location_id,
       t.purchased_at
from purchases t join catalogue_items using (item_id) join granted using (customer_id)
where t.amount > 0 order by t.purchased_at, t.order_id, t.line_no
"""

_CUSTOMERS = """
select customer_id from customers union select customer_id from purchases order by customer_id
"""
