"""Identifiers that too many people share."""

import numpy as np

from features.identity.arrays import Flags, components, distinct
from features.identity.graph import Edges, Graph
from features.identity.rules import CUSTOMER_CODE, N_PERSONAL


def shared_by_many(graph: Graph, edges: Edges, max_people: int) -> Flags:
    """Find the identifiers that touch more than ``max_people`` distinct people.

    What counts is people, not links: a loyalty card, an e-mail and a CRM record that belong
    together without the identifier in question are one person. Browsers and devices are not
    people, so an e-mail used on many of them is not suspected.

    Returns
    -------
    shape (n_nodes,)
    """
    personal = graph.kind < N_PERSONAL
    source, target = edges.directed()
    counted = personal[target] & (graph.kind[source] != CUSTOMER_CODE)
    suspect = np.bincount(source[counted], minlength=graph.n) > max_people
    if not suspect.any():
        return suspect
    firm = edges.where(
        ~edges.fuzzy & personal[edges.u] & personal[edges.v]
        & ~suspect[edges.u] & ~suspect[edges.v]
    )  # fmt: skip
    person = components(graph.n, firm.u, firm.v)
    rows = counted & suspect[source]
    touching, _ = distinct(source[rows], person[target[rows]])
    return np.bincount(touching, minlength=graph.n) > max_people
