"""Identifiers as an integer graph, and which of its links stand at a moment."""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from features.identity.arrays import Flags, Ints
from features.identity.rules import KINDS

NODES = "identity_nodes"

_KIND = f"list_position([{', '.join(repr(k) for k in KINDS)}], identifier_type) - 1"
_LINKED = _KIND.replace("identifier_type", "linked_type")

_STATEMENTS = f"""
create or replace temp table identity_statements as
select {_KIND} as kind_a, value as value_a, 0 as kind_b, customer_id as value_b,
    observed_at, relation = 'different' as apart, match = 'fuzzy' as fuzzy
from identifiers
where customer_id is not null
union all
select {_KIND}, value, {_LINKED}, linked_value,
    observed_at, relation = 'different', match = 'fuzzy'
from identifiers
where linked_type is not null and linked_value is not null
    and (linked_type, linked_value) is distinct from (identifier_type, value)
"""

# Numbered by kind and value, so that neither the order of the rows nor later ones decide ties.
_NODES = f"""
create or replace temp table {NODES} as
select row_number() over (order by kind, value) - 1 as node, kind, value
from (
    select kind_a as kind, value_a as value from identity_statements
    union
    select kind_b, value_b from identity_statements
)
"""

_EDGES = f"""
select least(a.node, b.node) as u, greatest(a.node, b.node) as v,
    observed_at as at, apart, fuzzy
from identity_statements s
join {NODES} a on s.kind_a = a.kind and s.value_a = a.value
join {NODES} b on s.kind_b = b.kind and s.value_b = b.value
"""


@dataclass(frozen=True)
class Edges:
    """Links that stand at a moment, each pair once.

    Parameters
    ----------
    u, v
        Nodes, ``u < v``; shape (n_edges,).
    fuzzy
        True where no certain statement joins the pair.
    since
        Epoch seconds of the first statement that still holds.
    """

    u: Ints
    v: Ints
    fuzzy: Flags
    since: Ints

    def where(self, keep: Flags) -> "Edges":
        """Return the edges for which ``keep`` is True."""
        return Edges(self.u[keep], self.v[keep], self.fuzzy[keep], self.since[keep])

    def directed(self) -> tuple[Ints, Ints]:
        """Return each edge in both directions: (from, to), shape (2 * n_edges,)."""
        return np.concatenate([self.u, self.v]), np.concatenate([self.v, self.u])


@dataclass(frozen=True)
class Graph:
    """Every statement ever made.

    Parameters
    ----------
    kind
        Code of each node in ``rules.KINDS``, shape (n_nodes,). Names are in the temporary table
        ``identity_nodes(node, kind, value)``; customers come first, in the order of their ids.
    u, v
        The statement's nodes, ``u < v``, shape (n_statements,).
    pair
        Number of the unordered pair, shape (n_statements,).
    at
        Epoch seconds at which it was observed.
    apart, fuzzy
        ``relation = 'different'``; ``match = 'fuzzy'``.
    """

    kind: NDArray[np.int8]
    u: Ints
    v: Ints
    pair: Ints
    at: Ints
    apart: Flags
    fuzzy: Flags

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.kind)

    def before(self, as_of: int) -> Edges:
        """Return the links that stand by statements strictly before ``as_of``.

        The latest statement about a pair holds; of two in the same second, the one that parts.
        """
        pairs = int(self.pair.max(initial=-1)) + 1
        seen = self.at < as_of
        parted = np.full(pairs, -1, dtype=np.int64)
        rows = seen & self.apart
        np.maximum.at(parted, self.pair[rows], self.at[rows])
        live = np.flatnonzero(seen & ~self.apart & (self.at > parted[self.pair]))
        since = np.full(pairs, np.iinfo(np.int64).max)
        np.minimum.at(since, self.pair[live], self.at[live])
        certain = np.zeros(pairs, dtype=np.bool_)
        certain[self.pair[live[~self.fuzzy[live]]]] = True
        one = np.zeros(pairs, dtype=np.int64)
        one[self.pair[live]] = live
        held = np.flatnonzero(since < as_of)
        row = one[held]
        return Edges(self.u[row], self.v[row], ~certain[held], since[held])


def read_graph(con: DuckDBPyConnection) -> Graph:
    """Give each node of ``identifiers`` a number and read the statements as integers."""
    con.execute(_STATEMENTS)
    con.execute(_NODES)
    kind = con.execute(f"select kind from {NODES} order by node").fetchnumpy()["kind"]
    rows = con.execute(_EDGES).fetchnumpy()
    con.execute("drop table identity_statements")
    columns = {name: np.asarray(values) for name, values in rows.items()}
    u, v = (columns[name].astype(np.int64) for name in ("u", "v"))
    _, pair = np.unique(u * max(len(kind), 1) + v, return_inverse=True)
    return Graph(
        np.asarray(kind).astype(np.int8),
        u,
        v,
        pair.astype(np.int64),
        columns["at"].astype(np.int64),
        columns["apart"].astype(np.bool_),
        columns["fuzzy"].astype(np.bool_),
    )


def node_of(con: DuckDBPyConnection, kind: str, value: str) -> int | None:
    """Return the number of a node, None when it was never seen."""
    rows = con.execute(
        f"select node from {NODES} where kind = ? and value = ?", [KINDS.index(kind), value]
    ).fetchall()
    return int(rows[0][0]) if rows else None
