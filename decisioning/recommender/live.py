"""Purchases told since the state was fitted, folded into it for a block of requests.

Nothing is fitted again: the block gets a state of its own, whose customers are the block's rows
and whose histories hold what was posted as if bought at the state's own moment. Candidates,
models and pair features read it as they read any state.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.state import (
    NEVER,
    Affinity,
    CustomerStatistics,
    History,
    RecommenderState,
)

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Posted:
    """What m subjects bought since, one element per item of an order.

    Parameters
    ----------
    row
        int64 (purchases,): position of the subject in the block.
    item
        int64 (purchases,).
    order
        int64 (purchases,): number of the order within its subject, 0 the oldest.
    """

    row: I64
    item: I64
    order: I64

    def of(self, mask: NDArray[np.bool_]) -> "Posted":
        """Return the purchases of a mask."""
        return Posted(self.row[mask], self.item[mask], self.order[mask])


def overlay(state: RecommenderState, customers: I64, posted: Posted) -> RecommenderState:
    """Return the state of a block: its customers are 0 to m - 1, in the block's order.

    Items and models are those of the state. A purchase of an item without statistics tells
    nothing; the same item twice in one order counts once, as in the fit.

    Parameters
    ----------
    customers
        int64 (m,): who each subject is in the state, -1 for somebody it does not know.
    posted
        What they bought since.
    """
    new = _distinct(posted.of(state.items.lines[posted.item] > 0), state.n_items)
    history = _history(state, customers, new)
    affinity = _affinity(state, customers, new)
    return replace(
        state,
        histories=_histories(state.histories, customers, new),
        history=history,
        affinity=affinity,
        customers=_customers(state, customers, new, history),
    )


def _distinct(posted: Posted, n_items: int) -> Posted:
    """One purchase per subject, order and item, sorted by those."""
    order = np.lexsort((posted.item, posted.order, posted.row))
    row, number, item = posted.row[order], posted.order[order], posted.item[order]
    first = np.r_[True, (np.diff(row) != 0) | (np.diff(number) != 0) | (np.diff(item) != 0)][
        : row.size
    ]
    return Posted(row[first], item[first], number[first])


def _elements(pointer: I64, customers: I64) -> tuple[I64, I64]:
    """Return row in the block and position of each customer's elements; -1 has none."""
    known = np.maximum(customers, 0)
    return _positions(pointer[known], np.where(customers >= 0, pointer[known + 1], 0))


def _positions(start: I64, end: I64) -> tuple[I64, I64]:
    """Return row and position of the elements [start, end) of each row; none where end is less."""
    length = np.maximum(end - start, 0)
    row = np.repeat(np.arange(start.size), length)
    before = np.repeat(np.cumsum(length) - length, length)
    return row, np.arange(row.size) - before + np.repeat(start, length)


def _histories(histories: Histories, customers: I64, new: Posted) -> Histories:
    row, position = _elements(histories.pointer, customers)
    opened = np.zeros(customers.size, dtype=np.int64)
    np.maximum.at(opened, row, histories.basket[position] + 1)
    both = np.r_[row, new.row]
    order = np.argsort(both, kind="stable")
    size = new.row.size
    return Histories(
        pointer=_pointer(both, customers.size),
        item=np.r_[histories.item[position], new.item][order],
        age=np.r_[histories.age[position], np.zeros(size, dtype=np.float32)][order],
        basket=np.r_[histories.basket[position], opened[new.row] + new.order][order],
        weight=np.r_[histories.weight[position], np.ones(size, dtype=np.float32)][order],
        n_items=histories.n_items,
    )


def _history(state: RecommenderState, customers: I64, new: Posted) -> History:
    held, n_items = state.history, state.n_items
    row, position = _elements(held.pointer, customers)
    merged = _Merged.of(row * n_items + held.item[position], new.row * n_items + new.item)
    item, count = merged.key % n_items, merged.count
    touched = count > 0
    decayed = merged.spread(held.decayed[position], 0.0) + count[:, None]
    strength = (decayed[:, 1] + decayed[:, 2]) * state.items.rebuy_rate[item]
    return History(
        pointer=_pointer(merged.key // n_items, customers.size),
        item=item,
        orders=merged.spread(held.orders[position], 0.0) + count,
        last_days=np.where(touched, np.float32(0), merged.spread(held.last_days[position], 0.0)),
        first_days=merged.spread(held.first_days[position], 0.0),
        decayed=decayed,
        strength=np.where(touched, strength, merged.spread(held.strength[position], 0.0)),
    )


def _affinity(state: RecommenderState, customers: I64, new: Posted) -> Affinity:
    held = state.affinity
    types, type_at = _groups(held.type_key, customers, held.n_types)
    by_type = _Merged.of(types, new.row * held.n_types + state.items.type_code[new.item])
    categories, category_at = _groups(held.category_key, customers, held.n_categories)
    by_category = _Merged.of(
        categories, new.row * held.n_categories + state.items.category_code[new.item]
    )
    # The shares are of all decayed purchases, which the types add up to.
    before = np.bincount(types // held.n_types, held.type_decayed[type_at], customers.size)
    after = before + np.bincount(new.row, minlength=customers.size)
    row = by_category.key // held.n_categories
    share = by_category.spread(held.category_share[category_at], 0.0)
    changed = (share * before[row] + by_category.count) / np.maximum(after[row], 1e-9)
    days = by_type.spread(held.type_days[type_at], float(NEVER))
    return Affinity(
        type_key=by_type.key,
        type_decayed=by_type.spread(held.type_decayed[type_at], 0.0) + by_type.count,
        type_days=np.where(by_type.count > 0, np.float32(0), days),
        category_key=by_category.key,
        category_share=np.where(after[row] > before[row], changed.astype(np.float32), share),
        n_types=held.n_types,
        n_categories=held.n_categories,
    )


def _customers(
    state: RecommenderState, customers: I64, new: Posted, history: History
) -> CustomerStatistics:
    held, known, m = state.customers, customers >= 0, customers.size
    orders = np.unique(np.stack([new.row, new.order]), axis=1)[0]
    bought = np.diff(history.pointer)
    row = np.repeat(np.arange(m), bought)
    twice = np.bincount(row, history.orders >= 2, m) / np.maximum(bought, 1)
    added = np.bincount(new.row, minlength=m)
    share = np.where(added > 0, twice.astype(np.float32), _taken(held.repeat_share, customers))
    return CustomerStatistics(
        visits=_taken(held.visits, customers) + np.bincount(orders, minlength=m).astype(np.float32),
        mass=_taken(held.mass, customers) + added.astype(np.float32),
        repeat_share=share,
        location=np.where(known, held.location[np.maximum(customers, 0)], 0),
        home=np.where(known, held.home[np.maximum(customers, 0)], 0),
    )


def _taken(values: F32, customers: I64) -> F32:
    return np.where(customers >= 0, values[np.maximum(customers, 0)], np.float32(0))


def _groups(key: I64, customers: I64, n: int) -> tuple[I64, I64]:
    """Return the keys of each customer's groups with the block's numbers, and their positions."""
    start = np.searchsorted(key, customers * n)
    end = np.where(customers >= 0, np.searchsorted(key, (customers + 1) * n), 0)
    row, position = _positions(start, end)
    return row * n + key[position] % n, position


def _pointer(row: I64, m: int) -> I64:
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=m))], dtype=np.int64)


@dataclass(frozen=True)
class _Merged:
    """Sorted distinct keys held already and new ones.

    ``where`` tells the place of each held element, ``count`` float32 how often each key is new.
    """

    key: I64
    where: I64
    count: F32

    @classmethod
    def of(cls, held: I64, new: I64) -> "_Merged":
        key = np.unique(np.r_[held, new])
        count = np.bincount(np.searchsorted(key, new), minlength=key.size)
        return cls(key, np.searchsorted(key, held), count.astype(np.float32))

    def spread(self, values: F32, default: float) -> F32:
        """Put values of the held elements in their places, float32."""
        placed = np.full((self.key.size, *values.shape[1:]), default, dtype=np.float32)
        placed[self.where] = values
        return placed
