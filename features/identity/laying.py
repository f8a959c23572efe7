"""What features read: temporary tables of who was who, as of each moment."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from features.identity.arrays import Flags, Ints
from features.identity.graph import NODES, Graph, read_graph
from features.identity.resolution import Resolution, resolve
from features.identity.rules import CUSTOMER_CODE, DEFAULT, KINDS, Evidence

_LINKS = """
create or replace temp table links (
    as_of BIGINT, identifier_type VARCHAR, value VARCHAR, customer_id VARCHAR
)
"""
_PERSONS = """
create or replace temp table persons (
    as_of BIGINT, customer_id VARCHAR, person_id VARCHAR, part_id VARCHAR
)
"""
_KIND_NAME = f"list_extract([{', '.join(repr(k) for k in KINDS)}], n.kind + 1)"
_ADD_LINKS = f"""
insert into links
select $as_of, {_KIND_NAME}, n.value, c.value
from identity_found f
join {NODES} n on f.node = n.node
join {NODES} c on f.customer = c.node
"""
_ADD_PERSONS = f"""
insert into persons
select $as_of, n.value, c.value, p.value
from identity_found f
join {NODES} n on f.node = n.node
join {NODES} c on f.customer = c.node
join {NODES} p on f.part = p.node
"""
_FIRST_SEEN = f"""
select n.node, min(k.at) as at
from identity_found f
join {NODES} n on f.node = n.node
join (
    select customer_id, signed_up_at as at from customers
    union all
    select customer_id, purchased_at from transactions where customer_id is not null
) k on n.value = k.customer_id
where k.at is not null
group by n.node
"""


@dataclass(frozen=True)
class Names:
    """The customer that stands for each person.

    Parameters
    ----------
    customer
        Node of the customer of each node's person, -1 for a person without one; shape (n_nodes,).
    part
        Node of the customer of each customer's part (joined by certain links alone), -1 for what
        is no customer; shape (n_nodes,).
    """

    customer: Ints
    part: Ints


def lay_persons(
    con: DuckDBPyConnection, as_of: Iterable[int], evidence: Evidence = DEFAULT
) -> None:
    """Create the temporary tables ``links`` and ``persons``; see :func:`features.links.lay_links`.

    Raises
    ------
    duckdb.CatalogException
        If ``identifiers``, ``customers`` or ``transactions`` is not there.
    """
    con.execute(_LINKS)
    con.execute(_PERSONS)
    graph = read_graph(con)
    for moment in sorted(set(as_of)):
        found = resolve(graph, moment, evidence)
        names = name_people(con, graph, found)
        _lay(con, graph, names, moment)
    con.execute(f"drop table {NODES}")


def name_people(con: DuckDBPyConnection, graph: Graph, found: Resolution) -> Names:
    """Choose the customer that stands for each person.

    It is the one seen first (sign-up, purchase or link, whichever came first), then the smallest
    id. As what comes later never changes who was first, the name stays when a person grows.
    """
    customers = np.flatnonzero(graph.kind == CUSTOMER_CODE)
    _, size = np.unique(found.group[customers], return_counts=True)
    seen = np.full(graph.n, np.iinfo(np.int64).max)
    if (size > 1).any():
        np.minimum.at(seen, np.concatenate([graph.u, graph.v]), np.tile(graph.at, 2))
        _seen_in_data(con, _in_company(found.group, customers), seen)
    order = customers[np.lexsort((customers, seen[customers]))]
    return Names(_first(found.group, order), _first(found.part, order, only=customers))


def _in_company(group: Ints, customers: Ints) -> Ints:
    _, place, size = np.unique(group[customers], return_inverse=True, return_counts=True)
    return customers[size[place] > 1]


def _seen_in_data(con: DuckDBPyConnection, customers: Ints, seen: Ints) -> None:
    """Lower ``seen`` to the first sign-up or purchase of each customer.

    Rows at or after ``as_of`` cannot decide: a customer has a link before it.
    """
    con.register("identity_found", pa.table({"node": customers}))
    rows = con.execute(_FIRST_SEEN).fetchnumpy()
    con.unregister("identity_found")
    node, at = (np.asarray(rows[name]).astype(np.int64) for name in ("node", "at"))
    seen[node] = np.minimum(seen[node], at)


def _first(label: Ints, order: Ints, only: Ints | None = None) -> Ints:
    """Return the first of ``order`` that bears each node's label; -1 for none."""
    chosen = np.full(int(label.max(initial=-1)) + 2, -1, dtype=np.int64)
    backwards = order[::-1]
    chosen[label[backwards]] = backwards
    chosen[-1] = -1
    if only is None:
        return chosen[label]
    named = np.full(len(label), -1, dtype=np.int64)
    named[only] = chosen[label[only]]
    return named


def _lay(con: DuckDBPyConnection, graph: Graph, names: Names, as_of: int) -> None:
    is_customer = graph.kind == CUSTOMER_CODE
    _insert(con, _ADD_LINKS, names, ~is_customer & (names.customer >= 0), as_of)
    here = np.arange(graph.n)
    moved = is_customer & ((names.customer != here) | (names.part != here))
    _insert(con, _ADD_PERSONS, names, moved, as_of)


def _insert(con: DuckDBPyConnection, statement: str, names: Names, keep: Flags, as_of: int) -> None:
    node = np.flatnonzero(keep)
    found = {"node": node, "customer": names.customer[node], "part": names.part[node]}
    con.register("identity_found", pa.table(found))
    con.execute(statement, {"as_of": as_of})
    con.unregister("identity_found")
