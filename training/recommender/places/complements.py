"""Bought together: which items go with which, beyond what their popularity explains."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.policy import DAY
from training.recommender.interactions import Interactions

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class ComplementsConfig:
    """How complements are counted.

    Parameters
    ----------
    after_days
        How soon the next order of the same customer must follow to count.
    after_weight
        What an item of the next order counts, one of the same order counting 1.
    prior
        Expected pairs added to the standard error: a pair seen by chance must not lead.
    kept
        Complements kept of each item.
    largest_order
        Orders of more items are stocking up, not going together; they are left out.
    block
        Items counted at a time, which bounds the memory.
    """

    after_days: float = 7.0
    after_weight: float = 0.3
    prior: float = 3.0
    kept: int = 50
    largest_order: int = 200
    block: int = 256


class _Orders(NamedTuple):
    """Orders x items, 1 where bought, and the next order of the same customer, -1 for none."""

    items: sparse.csr_matrix
    next: I64


class _Pairs(NamedTuple):
    """Elements of a matrix: arrays of one length."""

    row: NDArray[np.integer]
    item: NDArray[np.integer]
    score: NDArray[np.float64]


def fit_complements(
    interactions: Interactions, as_of: int, config: ComplementsConfig
) -> sparse.csr_matrix:
    """Fit from the orders of those who train, strictly before a moment.

    The score of b for a is ``(N - E) / sqrt(E + prior)``. N counts b in the orders that hold a
    and, at a lower weight, in the next order soon after, so that what follows counts from a to b
    and not back. E is what N would be by chance, the larger of two: b came in those orders as
    often as its share of all purchases (the expected co-purchases of Smith and Linden 2017, "Two
    decades of recommender systems at Amazon.com", which large orders do not inflate), and as
    often as in any order (an order holds an item once, so that what everybody buys has no lift).
    Items of one product type stand in for each other, so they are no complements.

    Returns
    -------
    CSR (n_items, n_items) float32, above 0, the best ``kept`` of each row.
    """
    orders = _orders(interactions, as_of, config)
    n_items = len(interactions.items)
    follows = orders.items + config.after_weight * _shifted(orders)
    # An item does not follow itself in its own order: one purchase less to expect there.
    size = np.asarray(follows.sum(axis=1)).ravel() - 1.0
    times = 1.0 + config.after_weight * (orders.next >= 0)
    bought = np.asarray(orders.items.sum(axis=0)).ravel()
    share, rate = bought / max(orders.items.nnz, 1), bought / max(orders.next.size, 1)
    kind = interactions.type_code if np.ptp(interactions.type_code) else np.arange(n_items)
    backwards = sparse.csc_matrix(orders.items)
    rows = []
    for start in range(0, n_items, config.block):
        held = backwards[:, start : start + config.block].T.tocsr()
        # Only what was seen at all can have been seen more often than chance would have it.
        counts = sparse.coo_matrix(held @ follows)
        row, item = counts.row, counts.col
        expected = np.maximum((held @ size)[row] * share[item], (held @ times)[row] * rate[item])
        score = (counts.data - expected) / np.sqrt(expected + config.prior)
        # Neither itself nor one of its product type.
        score[kind[start + row] == kind[item]] = 0.0
        pairs = _Pairs(row, item, score)
        rows.append(_largest(pairs, (held.shape[0], n_items), config.kept))
    return sparse.csr_matrix(sparse.vstack(rows), dtype=np.float32)


def _orders(interactions: Interactions, as_of: int, config: ComplementsConfig) -> _Orders:
    mask = interactions.before(as_of) & interactions.trains[interactions.customer]
    order, index = np.unique(interactions.order[mask], return_inverse=True)
    item, n_items = interactions.item[mask], len(interactions.items)
    pair = np.unique(index * n_items + item)
    ones = np.ones(pair.size, dtype=np.float32)
    matrix = sparse.csr_matrix(
        (ones, (pair // n_items, pair % n_items)), shape=(order.size, n_items)
    )
    customer, at = np.zeros(order.size, dtype=np.int64), np.zeros(order.size, dtype=np.int64)
    customer[index], at[index] = interactions.customer[mask], interactions.at[mask]
    small = np.flatnonzero(np.diff(matrix.indptr) <= config.largest_order)
    return _Orders(matrix[small], _next_orders(customer[small], at[small], config.after_days * DAY))


def _next_orders(customer: I64, at: I64, within: float) -> I64:
    """Return the position of the customer's next order, -1 where none comes soon enough."""
    by_time = np.lexsort((at, customer))
    this, then = by_time[:-1], by_time[1:]
    soon = (customer[this] == customer[then]) & (at[then] - at[this] <= within)
    following = np.full(customer.size, -1, dtype=np.int64)
    following[this[soon]] = then[soon]
    return following


def _shifted(orders: _Orders) -> sparse.csr_matrix:
    """Return for each order the items of the next one."""
    known = np.flatnonzero(orders.next >= 0)
    step = sparse.csr_matrix(
        (np.ones(known.size, dtype=np.float32), (known, orders.next[known])),
        shape=(orders.next.size, orders.next.size),
    )
    return sparse.csr_matrix(step @ orders.items)


def _largest(pairs: _Pairs, shape: tuple[int, int], kept: int) -> sparse.csr_matrix:
    """Keep the largest of each row that are above 0; of equal ones the lower item."""
    order = np.lexsort((pairs.item, -pairs.score, pairs.row))
    order = order[pairs.score[order] > 0]
    row = pairs.row[order]
    order = order[np.arange(order.size) - np.searchsorted(row, row) < kept]
    value = pairs.score[order].astype(np.float32)
    return sparse.csr_matrix((value, (pairs.row[order], pairs.item[order])), shape=shape)
