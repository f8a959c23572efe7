"""Identifiers without a person of their own find the one they lead to, if it is just one.

Each step only adds, and looks at all nodes at once, so the order of rows cannot matter.
"""

from dataclasses import dataclass

import numpy as np

from features.identity.arrays import Flags, Ints, components, distinct, sole
from features.identity.graph import Edges, Graph
from features.identity.rules import CUSTOMER_CODE, N_PERSONAL


@dataclass
class Homes:
    """Where each node belongs, while it is being found.

    Parameters
    ----------
    home
        Person of each node, -1 while unknown; shape (n_nodes,).
    shared
        True for a node that several people claim: it belongs to none of them.
    """

    home: Ints
    shared: Flags


def attach(graph: Graph, edges: Edges, homes: Homes, people: Ints) -> None:
    """Let weak identifiers, then strong ones that lead nowhere else, find a home.

    Parameters
    ----------
    edges
        Links that stand, without those of identifiers that too many share.
    homes
        Filled for customers and the strong identifiers of their people; extended in place.
    people
        Person of each strong identifier, known to be a customer's or not, -1 for weak ones and
        shared ones; shape (n_nodes,).
    """
    while True:
        known = int((homes.home >= 0).sum())
        _touching_a_person(graph, edges.where(~edges.fuzzy), homes)
        _touching_a_person(graph, edges, homes)
        _through_other_weak_ones(graph, edges, homes)
        _strong_ones(graph, edges, homes, people)
        if int((homes.home >= 0).sum()) == known:
            return


def _touching_a_person(graph: Graph, edges: Edges, homes: Homes) -> None:
    """Give a weak identifier to the only person it is linked to directly."""
    source, target = edges.directed()
    rows = (
        _open_weak(graph, homes)[source]
        & (graph.kind[target] < N_PERSONAL)
        & (homes.home[target] >= 0)
    )
    person, several = sole(graph.n, source[rows], homes.home[target[rows]])
    homes.home = np.where(person >= 0, person, homes.home)
    homes.shared |= several


def _through_other_weak_ones(graph: Graph, edges: Edges, homes: Homes) -> None:
    """Give those linked to no person to where the weak ones around them belong, if one place."""
    free = _open_weak(graph, homes)
    inner = edges.where(free[edges.u] & free[edges.v])
    cluster = components(graph.n, inner.u, inner.v)
    source, target = edges.directed()
    rows = free[source] & (graph.kind[target] >= N_PERSONAL) & (homes.home[target] >= 0)
    person, _ = sole(graph.n, cluster[source[rows]], homes.home[target[rows]])
    homes.home = np.where(free, person[cluster], homes.home)


def _open_weak(graph: Graph, homes: Homes) -> Flags:
    return (graph.kind >= N_PERSONAL) & (homes.home < 0) & ~homes.shared


def _strong_ones(graph: Graph, edges: Edges, homes: Homes, people: Ints) -> None:
    """Let a person without a customer join the only customer that weak identifiers lead to.

    Not if the customer has an identifier of the same type already (the e-mail of another member
    of the family, typed in on the same tablet), nor if two of them vie for the place.
    """
    stray = (people >= 0) & (homes.home < 0) & (graph.kind < N_PERSONAL)
    source, target = edges.directed()
    rows = stray[source] & (graph.kind[target] >= N_PERSONAL) & (homes.home[target] >= 0)
    person, _ = sole(graph.n, people[source[rows]], homes.home[target[rows]])
    wish = np.where(stray, person[people], -1)
    moving = np.flatnonzero(wish >= 0)
    clash = _clashes(graph, homes, people, moving, wish)
    settled = moving[~np.isin(people[moving], clash)]
    homes.home[settled] = wish[settled]


def _clashes(graph: Graph, homes: Homes, people: Ints, moving: Ints, wish: Ints) -> Ints:
    """Find the people without a customer whose types are taken where they would go."""
    kinds = N_PERSONAL
    strong = np.flatnonzero(
        (graph.kind < N_PERSONAL) & (graph.kind != CUSTOMER_CODE) & (homes.home >= 0)
    )
    taken = homes.home[strong] * kinds + graph.kind[strong]
    place = wish[moving] * kinds + graph.kind[moving]
    wanted, _ = distinct(place, people[moving])
    places, rivals = np.unique(wanted, return_counts=True)
    refused = np.isin(place, taken) | np.isin(place, places[rivals > 1])
    return np.unique(people[moving[refused]])
