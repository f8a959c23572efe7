"""Which strong identifiers and customer ids are one person, by certain links alone.

Connected components first. A component with a single account (a customer, or a CRM record or
card without one) is one person. In the others, each account claims the identifiers nearest to it,
and two accounts are joined only if what they share outweighs what contradicts.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from features.identity.arrays import Flags, Ints, Neighbours, components, distinct, sole
from features.identity.graph import Edges, Graph
from features.identity.rules import ACCOUNT_CODES, CUSTOMER_CODE, N_PERSONAL, STRONG, Evidence


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


class Shared(NamedTuple):
    """Pairs of accounts that hold something in common, ``left < right``, sorted.

    ``number``, shape (n_pairs, n_strong), says how many identifiers of each type they share.
    """

    left: Ints
    right: Ints
    number: Ints


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
    strong = graph.kind[node] != CUSTOMER_CODE
    account, node = account[strong], node[strong]
    kind = graph.kind[node].astype(np.int64) - 1
    held = np.zeros((graph.n, len(STRONG)), dtype=np.int64)
    np.add.at(held, (account, kind), 1)
    pairs = _common(graph.n, account, node, kind)
    score = _score(pairs, held, evidence)
    yes = score >= evidence.enough
    yes[yes] = ~_torn(graph.n, pairs, score, held, yes)
    apart = np.stack([pairs.left[~yes], pairs.right[~yes]], axis=1)
    return components(graph.n, pairs.left[yes], pairs.right[yes]), apart


def _score(pairs: Shared, held: Ints, evidence: Evidence) -> Ints:
    """Return the points of each pair.

    A shared identifier says less where one of the two has another of the same type (it may be
    somebody else's), and nothing where both have.
    """
    more_left = held[pairs.left] > pairs.number
    more_right = held[pairs.right] > pairs.number
    shared = pairs.number > 0
    weight = np.array([evidence.weights[name] for name in STRONG]) - (more_left ^ more_right)
    both = more_left & more_right
    given = np.where(shared & ~both, weight, 0).sum(axis=1)
    score: Ints = given - (both & ~shared).sum(axis=1)
    return score


def _torn(n: int, pairs: Shared, score: Ints, held: Ints, joined: Flags) -> Flags:
    """Find the joined pairs that a third account, joined as firmly to one, contradicts.

    An account that knows the e-mail of one person and the telephone of another is neither's.
    Shape (number of joined,).
    """
    yes = np.flatnonzero(joined)
    one = np.concatenate([pairs.left[yes], pairs.right[yes]])
    other = np.concatenate([pairs.right[yes], pairs.left[yes]])
    here = np.tile(yes, 2)
    row, third = Neighbours(n, one, here).of(one)
    rival = pairs.left[third] + pairs.right[third] - one[row]
    strong = (rival != other[row]) & (score[third] >= score[here[row]])
    row, rival = row[strong], rival[strong]
    code = np.minimum(rival, other[row]) * n + np.maximum(rival, other[row])
    known = pairs.left * n + pairs.right
    place = np.minimum(np.searchsorted(known, code), max(len(known) - 1, 0))
    sharing = known[place] == code
    differ = ((held[rival] > 0) & (held[other[row]] > 0)).any(axis=1)
    against = np.where(sharing, ~joined[place], differ)
    torn = np.zeros(len(score), dtype=np.bool_)
    torn[here[row[against]]] = True
    return torn[yes]


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


def _common(n: int, account: Ints, node: Ints, kind: Ints) -> Shared:
    """Find the pairs of accounts that hold a node in common."""
    row, other = Neighbours(n, node, account).of(node)
    later = other > account[row]
    row, other = row[later], other[later]
    pairs, place = np.unique(account[row] * n + other, return_inverse=True)
    count = np.zeros((len(pairs), len(STRONG)), dtype=np.int64)
    np.add.at(count, (place, kind[row]), 1)
    return Shared(pairs // max(n, 1), pairs % max(n, 1), count)
