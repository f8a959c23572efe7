"""Count the buyers in every cell of customers who have something in common."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.policy import DAY
from decisioning.recommender.places.segments import (
    DECLARED,
    LEAST,
    Segments,
    areas,
    language,
    origin,
)
from features.links import as_people
from training.recommender.interactions import Interactions

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class SegmentsConfig:
    """What counts.

    Parameters
    ----------
    days
        How far back purchases and visits are counted.
    least
        Customers of a cell, at least.
    """

    days: float = 60.0
    least: int = LEAST


def fit_segments(
    con: duckdb.DuckDBPyConnection,
    interactions: Interactions,
    as_of: int,
    config: SegmentsConfig,
) -> Segments:
    """Fit from the purchases of those who train, strictly before a moment.

    A customer is of the shops and channels they bought at, of the ways they came by, and of what
    they declared. What one bought counts in each of their cells once.

    Parameters
    ----------
    interactions
        Loaded from the same connection: whom may be learned from, and the items.
    """
    since = as_of - int(config.days * DAY)
    late = (interactions.at >= since) & interactions.before(as_of)
    late &= interactions.trains[interactions.customer]
    n_items = len(interactions.items)
    pairs = np.unique(interactions.customer[late] * n_items + interactions.item[late])
    bought = sparse.csr_matrix(
        (np.ones(pairs.size, dtype=np.float32), np.divmod(pairs, n_items)),
        shape=(len(interactions.customers), n_items),
    )
    active = np.diff(bought.indptr) > 0
    cells = _cells(con, interactions, (since, as_of))
    held = {name: who[active[who]] for name, who in cells.members.items()}
    kept = [name for name, who in held.items() if who.size >= config.least]
    # What a cell lies in has a shorter name, and comes before it.
    kept.sort(key=lambda name: (name.partition("=")[0], len(name), name))
    members = [np.flatnonzero(active), *(held[name] for name in kept)]
    place = {name: k for k, name in enumerate(kept, start=1)}
    return Segments(
        names=np.array(["", *kept], dtype=str),
        parent=np.array([-1, *(place.get(cells.inside.get(n, ""), 0) for n in kept)]),
        customers=np.array([who.size for who in members], dtype=np.float32),
        buyers=sparse.csr_matrix(_rows(members, active.size) @ bought),
        declared=_declared(cells.members, place, active.size),
    )


def _rows(members: list[I64], n_customers: int) -> sparse.csr_matrix:
    """Return cells x customers, 1 where a cell holds a customer."""
    customer = np.concatenate(members)
    pointer = np.r_[0, np.cumsum([who.size for who in members])]
    ones = np.ones(customer.size, dtype=np.float32)
    return sparse.csr_matrix((ones, customer, pointer), shape=(len(members), n_customers))


def _declared(members: Mapping[str, I64], place: Mapping[str, int], n_customers: int) -> I64:
    declared = np.zeros((n_customers, len(DECLARED)), dtype=np.int64)
    for name, cell in place.items():
        attribute = name.partition("=")[0]
        if attribute in DECLARED:
            # Of cells that lie in each other the smallest comes last, and stays.
            declared[members[name], DECLARED.index(attribute)] = cell
    return declared


@dataclass(frozen=True)
class _Cells:
    """Customers of every cell, whatever its size, by name; and in which one some of them lie."""

    members: Mapping[str, I64]
    inside: Mapping[str, str]


def _cells(
    con: duckdb.DuckDBPyConnection, interactions: Interactions, window: tuple[int, int]
) -> _Cells:
    with as_people(con, window[1]):
        rows = [
            *(("location", *row) for row in con.execute(_LOCATIONS, window).fetchall()),
            *(("channel", *row) for row in con.execute(_CHANNELS, window).fetchall()),
            *(("referrer", c, origin(told)) for c, told in con.execute(_WAYS, window).fetchall()),
        ]
        customers = con.execute(_CUSTOMERS).fetchall()
    inside: dict[str, str] = {}
    for customer, country, postal_code, locale in customers:
        chain = areas(country, postal_code)
        rows += [("area", customer, area) for area in chain]
        inside |= {f"area={a}": f"area={b}" for a, b in pairwise(chain)}
        rows.append(("language", customer, language(locale)))
    told: dict[str, set[str]] = defaultdict(set)
    for attribute, customer, value in rows:
        if value:
            told[f"{attribute}={value}"].add(customer)
    index = interactions.customers.index_of
    found = {name: np.unique(index(sorted(who))) for name, who in told.items()}
    return _Cells({name: who[who >= 0] for name, who in found.items()}, inside)


_LOCATIONS = """
select distinct customer_id, location_id from purchases
where purchased_at >= $1 and purchased_at < $2 and amount > 0
"""

_CHANNELS = """
select distinct customer_id, channel from purchases
where purchased_at >= $1 and purchased_at < $2 and amount > 0
"""

_WAYS = """
with visitors as (
  select value, min(customer_id) as customer_id from links
  where identifier_type in ('cookie', 'device')
  group by value having count(distinct customer_id) = 1
)
select distinct v.customer_id, e.referrer from events e join visitors v on e.visitor_id = v.value
where e.occurred_at >= $1 and e.occurred_at < $2 and e.referrer is not null
"""

_CUSTOMERS = "select customer_id, country, postal_code, locale from customers"
