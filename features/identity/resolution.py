"""Who is who at a moment: parts, people, and where every identifier belongs."""

from dataclasses import dataclass

import numpy as np

from features.identity.arrays import Flags, Ints, components, distinct, sole
from features.identity.attach import Homes, attach
from features.identity.graph import Edges, Graph
from features.identity.guard import shared_by_many
from features.identity.people import Parts, find_parts
from features.identity.rules import CUSTOMER_CODE, DEFAULT, Evidence


@dataclass(frozen=True)
class Resolution:
    """Who is who.

    Parameters
    ----------
    group
        Number of the person each node belongs to, with or without a customer; -1 for none.
    part
        The same by certain links alone; -1 but for customers and strong identifiers.
    shared
        True where several people claim the node: it belongs to nobody.
    crowded
        True where too many people touch the node: it belongs to nobody and joins nobody.
    apart
        Accounts that share something but were not joined, shape (n_apart, 2).
    edges
        The links that stand, those of crowded identifiers included.

    Arrays are of shape (n_nodes,) but for the last two.
    """

    group: Ints
    part: Ints
    shared: Flags
    crowded: Flags
    apart: Ints
    edges: Edges


def resolve(graph: Graph, as_of: int, evidence: Evidence = DEFAULT) -> Resolution:
    """Resolve identities by what was observed strictly before ``as_of`` (epoch seconds, UTC)."""
    edges = graph.before(as_of)
    crowded = shared_by_many(graph, edges, evidence.max_people)
    open_edges = edges.where(~crowded[edges.u] & ~crowded[edges.v])
    parts = find_parts(graph, open_edges, evidence)
    part, _ = sole(graph.n, parts.node, parts.part)
    view = _views(parts, part, open_edges)
    group, shared = _settle(graph, open_edges, parts, view)
    return Resolution(group, part, shared, crowded, parts.apart, edges)


def _views(parts: Parts, part: Ints, edges: Edges) -> Ints:
    """Join parts by likely links: the person of each part, shape (n_parts,)."""
    n = int(parts.part.max(initial=-1)) + 1
    likely = edges.where(edges.fuzzy & (part[edges.u] >= 0) & (part[edges.v] >= 0))
    return components(n, part[likely.u], part[likely.v])


def _settle(graph: Graph, edges: Edges, parts: Parts, view: Ints) -> tuple[Ints, Flags]:
    """Give each node its person: customers' people first, the others with what is left."""
    node, person = distinct(parts.node, view[parts.part])
    people, several = sole(graph.n, node, person)
    with_customer = np.zeros(len(view), dtype=np.bool_)
    with_customer[people[graph.kind == CUSTOMER_CODE]] = True
    ours = with_customer[person]
    first, contested = sole(graph.n, node[ours], person[ours])
    homes = Homes(first, contested)
    attach(graph, edges, homes, people)
    homes.home = np.where((homes.home < 0) & ~homes.shared, people, homes.home)
    homes.shared |= several & (homes.home < 0)
    attach(graph, edges, homes, people)
    return homes.home, homes.shared
