"""Which strong identifiers and customer ids are one person, by certain links alone.

Connected components first. A component with a single account (a customer, or a CRM record or
card without one) is one person. In the others, each account claims the identifiers nearest to it,
and two accounts are joined only if what they share outweighs what contradicts.
"""

from dataclasses import dataclass

import numpy as np

from features.identity.arrays import Flags, Ints, Neighbours, components, distinct, sole
from features.identity.graph import Edges, Graph
from features.identity.rules import ACCOUNT_CODES, CUSTOMER_CODE, N_PERSONAL, Evidence


@dataclass(frozen=True)
class Parts:
    """The people that certain links prove.

    Parameters
    ----------
    node, part
        Claims: a strong identifier or customer, and the number of a person to whom it may
        belong. A node with several claims is shared. Shape (n_claims,), sorted.
    apart
        Pairs of accounts that share something but were not joined, shape (n_apart, 2).
    """

    node: Ints
    part: Ints
    apart: Ints


def find_parts(graph: Graph, edges: Edges, evidence: Evidence) -> Parts:
    """Group customers and strong identifiers.

    Parameters
    ----------
    edges
        Links that stand, without those of identifiers that too many share.
    """
    personal = graph.kind < N_PERSONAL
    firm = edges.where(~edges.fuzzy & personal[edges.u] & personal[edges.v])
    label = components(graph.n, firm.u, firm.v)
    account = _accounts(graph, firm)
    disputed = np.bincount(label[account], minlength=graph.n)[label] > 1
    calm = np.flatnonzero(personal & ~disputed)
    inside = firm.where(disputed[firm.u])
    claims = _nearest(graph.n, inside, np.flatnonzero(account & disputed))
    joined, apart = _join(graph, inside, claims, evidence)
    node = np.concatenate([calm, claims[0]])
    part = np.concatenate([label[calm], graph.n + joined[claims[1]]])
    return Parts(*distinct(node, np.unique(part, return_inverse=True)[1].astype(np.int64)), apart)


def _accounts(graph: Graph, firm: Edges) -> Flags:
    """Find customers, and the CRM records and cards that no customer holds."""
    held = np.zeros(graph.n, dtype=np.bool_)
    held[firm.v[graph.kind[firm.u] == CUSTOMER_CODE]] = True
    free: Flags = np.isin(graph.kind, ACCOUNT_CODES) & ~held
    accounts: Flags = free | (graph.kind == CUSTOMER_CODE)
    return accounts


def _nearest(n: int, edges: Edges, accounts: Ints) -> tuple[Ints, Ints]:
    """Walk from all accounts at once: (node, account) for each node's nearest accounts."""
    around = Neighbours(n, *edges.directed())
    seen = np.zeros(n, dtype=np.bool_)
    seen[accounts] = True
    node, owner = accounts, accounts
    found = [(node, owner)]
    while len(node):
        row, reached = around.of(node)
        fresh = ~seen[reached]
        node, owner = distinct(reached[fresh], owner[row][fresh])
        seen[node] = True
        found.append((node, owner))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _join(
    graph: Graph, edges: Edges, claims: tuple[Ints, Ints], evidence: Evidence
) -> tuple[Ints, Ints]:
    """Return the label of each account after joining, shape (n_nodes,), and the pairs kept apart.

    Points as in record linkage (Fellegi and Sunter, 1969), with whole weights.
    """
    account, node = _holdings(graph.n, edges, claims)
    bit = 1 << graph.kind[node].astype(np.int64)
    types = np.zeros(graph.n, dtype=np.int64)
    np.bitwise_or.at(types, account, np.where(bit > 1, bit, 0))
    left, right, shared = _common(graph.n, account, node, bit)
    given, taken = evidence.points()
    score = given[shared] - taken[types[left] & types[right] & ~shared]
    yes = score > 0
    apart = np.stack([left[~yes], right[~yes]], axis=1)
    return components(graph.n, left[yes], right[yes]), apart


def _holdings(n: int, edges: Edges, claims: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """(account, node): claims, and what a node that only one account claims is linked to.

    Of such a link the end of the later kind is what is shared: the e-mail of a CRM record, not
    the record of an e-mail.
    """
    node, account = claims
    owner, _ = sole(n, node, account)
    beyond = owner[edges.u] >= 0
    return distinct(
        np.concatenate([account, owner[edges.u[beyond]]]),
        np.concatenate([node, edges.v[beyond]]),
    )


def _common(n: int, account: Ints, node: Ints, bit: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of accounts that hold a node in common, and a mask of the types of those nodes."""
    row, other = Neighbours(n, node, account).of(node)
    later = other > account[row]
    row, other = row[later], other[later]
    code = account[row] * n + other
    pairs, place = np.unique(code, return_inverse=True)
    shared = np.zeros(len(pairs), dtype=np.int64)
    np.bitwise_or.at(shared, place, bit[row])
    return pairs // max(n, 1), pairs % max(n, 1), shared
