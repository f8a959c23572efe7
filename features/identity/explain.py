"""Why somebody is taken for one person: what joins them, since when, and what was held back."""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from features.identity.arrays import Ints
from features.identity.graph import NODES, Edges, Graph, node_of, read_graph
from features.identity.laying import Names, name_people
from features.identity.resolution import Resolution, resolve
from features.identity.rules import CUSTOMER_CODE, DEFAULT, KINDS, Evidence

CROWDED = "shared by too many people"
CLAIMED = "claimed by several people"
APART = "shares something, but what contradicts weighs as much"


@dataclass(frozen=True)
class Link:
    """Two names (``kind:value``) that a statement joins, since when (epoch s), and how surely."""

    one: str
    other: str
    since: int
    match: str


@dataclass(frozen=True)
class HeldBack:
    """A name that was not joined, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Person:
    """Somebody, as known at a moment.

    Parameters
    ----------
    customer_id
        The one that stands for the person; None for somebody without a customer.
    parts
        Customer ids, grouped by certain links: consent is shared within a group only.
    identifiers
        ``kind:value`` of everything that belongs to the person.
    links
        The statements that join them.
    held_back
        What touches the person and was not joined.
    """

    customer_id: str | None
    parts: list[list[str]]
    identifiers: list[str]
    links: list[Link]
    held_back: list[HeldBack]


@dataclass(frozen=True)
class People:
    """Everybody, as known at a moment, ready for questions.

    Parameters
    ----------
    graph, found, names
        What was stated, and what follows.
    """

    con: DuckDBPyConnection
    graph: Graph
    found: Resolution
    names: Names

    def person(self, kind: str, value: str) -> Person | None:
        """Return who a customer id or an identifier belongs to; None for one never seen."""
        node = node_of(self.con, kind, value)
        if node is None or not self._standing(node):
            return None
        group = self.found.group[node]
        members = np.flatnonzero(self.found.group == group) if group >= 0 else np.array([node])
        customers = members[self.graph.kind[members] == CUSTOMER_CODE]
        standing = int(self.names.customer[node])
        edges = self._among(members)
        called = self._called(np.concatenate([members, edges.u, edges.v, *self._near(members)]))
        return Person(
            self._value(called, standing) if standing >= 0 else None,
            self._parts(customers, called),
            [called[int(m)] for m in members if self.graph.kind[m] != CUSTOMER_CODE],
            _links(edges, called),
            [HeldBack(called[int(n)], self._why(int(n))) for n in self._held(members)],
        )

    def linked(self, name: tuple[str, str], other: tuple[str, str]) -> bool:
        """Tell whether a statement that stands joins two names directly."""
        one, two = node_of(self.con, *name), node_of(self.con, *other)
        if one is None or two is None:
            return False
        edges = self.found.edges
        return bool(((edges.u == min(one, two)) & (edges.v == max(one, two))).any())

    def path(self, name: tuple[str, str], other: tuple[str, str]) -> list[str]:
        """Return the names on the shortest way between two within one person, both included.

        Empty if they are not one person.
        """
        start, end = node_of(self.con, *name), node_of(self.con, *other)
        group = self.found.group
        if start is None or end is None or group[start] < 0 or group[start] != group[end]:
            return []
        edges, n = self._among(np.flatnonzero(group == group[start])), self.graph.n
        links = coo_array((np.ones(len(edges.u)), (edges.u, edges.v)), shape=(n, n)).tocsr()
        _, before = breadth_first_order(links, start, directed=False)
        steps = [end]
        while before[steps[-1]] >= 0:
            steps.append(int(before[steps[-1]]))
        if steps[-1] != start:
            return []
        called = self._called(np.array(steps))
        return [called[step] for step in reversed(steps)]

    def _standing(self, node: int) -> bool:
        edges = self.found.edges
        return bool(((edges.u == node) | (edges.v == node)).any())

    def _among(self, members: Ints) -> Edges:
        edges = self.found.edges
        return edges.where(np.isin(edges.u, members) & np.isin(edges.v, members))

    def _near(self, members: Ints) -> tuple[Ints, Ints]:
        """Names that touch the members from outside, and accounts that were kept apart."""
        source, target = self.found.edges.directed()
        touching = target[np.isin(source, members) & ~np.isin(target, members)]
        apart = self.found.apart
        other = np.concatenate([apart[np.isin(apart[:, 0], members), 1],
                                apart[np.isin(apart[:, 1], members), 0]])  # fmt: skip
        return np.unique(touching), np.unique(other[~np.isin(other, members)])

    def _held(self, members: Ints) -> Ints:
        touching, apart = self._near(members)
        stuck = self.found.crowded | self.found.shared
        alone = members[stuck[members]]
        return np.unique(np.concatenate([alone, touching[stuck[touching]], apart]))

    def _why(self, node: int) -> str:
        if self.found.crowded[node]:
            return CROWDED
        return CLAIMED if self.found.shared[node] else APART

    def _parts(self, customers: Ints, called: dict[int, str]) -> list[list[str]]:
        parts = self.names.part[customers]
        return [
            [self._value(called, int(c)) for c in customers[parts == part]]
            for part in np.unique(parts)
        ]

    def _value(self, called: dict[int, str], node: int) -> str:
        return called[node].split(":", 1)[1]

    def _called(self, nodes: Ints) -> dict[int, str]:
        rows = self.con.execute(
            f"select node, kind, value from {NODES} semi join"
            " (select unnest($nodes::bigint[]) as node) using (node)",
            {"nodes": np.unique(nodes).tolist()},
        ).fetchall()
        return {int(node): f"{KINDS[int(kind)]}:{value}" for node, kind, value in rows}


def _links(edges: Edges, called: dict[int, str]) -> list[Link]:
    rows = zip(edges.u, edges.v, edges.since, edges.fuzzy, strict=True)
    links = [
        Link(called[int(v)], called[int(u)], int(since), "fuzzy" if fuzzy else "exact")
        for u, v, since, fuzzy in rows
    ]
    return sorted(links, key=lambda link: (link.since, link.one, link.other))


def people_at(con: DuckDBPyConnection, as_of: int, evidence: Evidence = DEFAULT) -> People:
    """Resolve everybody as of a moment (epoch seconds, UTC), for questions.

    The connection keeps the temporary table of names until it is closed.
    """
    graph = read_graph(con)
    found = resolve(graph, as_of, evidence)
    return People(con, graph, found, name_people(con, graph, found))


def split_name(name: str) -> tuple[str, str]:
    """Split ``kind:value``; a name without a known kind is a customer id."""
    kind, _, value = name.partition(":")
    return (kind, value) if kind in KINDS and value else (KINDS[0], name)
