"""Distinct purchases before a cut: what every statistic is computed from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.recommender.interactions import Interactions, days_before

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Purchases:
    """One element per distinct (customer, item, order) before the cut; ``age`` in days."""

    customer: I64
    item: I64
    order: I64
    location: I64
    age: F64
    n_customers: int
    n_items: int

    @property
    def pair(self) -> I64:
        """Key of (customer, item)."""
        return self.customer * self.n_items + self.item

    def of(self, customers: NDArray[np.bool_]) -> "Purchases":
        """Return the purchases of some customers, bool (n_customers,)."""
        mine = customers[self.customer]
        return Purchases(
            self.customer[mine],
            self.item[mine],
            self.order[mine],
            self.location[mine],
            self.age[mine],
            self.n_customers,
            self.n_items,
        )


def distinct_purchases(data: Interactions, mask: NDArray[np.bool_], as_of: int) -> Purchases:
    """Return one purchase per (customer, item, order) of the lines of a mask."""
    n_items = len(data.items)
    key = (data.customer[mask] * n_items + data.item[mask]) * (data.order.max() + 1)
    first = np.sort(np.unique(key + data.order[mask], return_index=True)[1])
    return Purchases(
        data.customer[mask][first],
        data.item[mask][first],
        data.order[mask][first],
        data.location[mask][first],
        days_before(as_of, data.at[mask][first]),
        len(data.customers),
        n_items,
    )


def groups(key: I64) -> tuple[I64, I64, I64]:
    """Return a stable order by key, the start of each group in it, and the distinct keys."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return order, start, ordered[start]
