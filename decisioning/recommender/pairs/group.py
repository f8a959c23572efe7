"""What a group of pair features is, and what all of them read."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.candidates import Candidates
from decisioning.recommender.state import RecommenderState

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Pairs of customer and item, and where to look them up.

    Parameters
    ----------
    state
        What is known.
    candidates
        The pairs.
    """

    state: RecommenderState
    candidates: Candidates

    @cached_property
    def customer(self) -> I64:
        """Customer of each pair, int64 (pairs,)."""
        return self.candidates.customers.take(self.candidates.row)

    @property
    def item(self) -> I64:
        """Item of each pair, int64 (pairs,)."""
        return self.candidates.item

    @cached_property
    def bounds(self) -> list[int]:
        """Where the pairs of each row of the block begin, and the last ones end: m + 1."""
        m = self.candidates.customers.size
        bounds: list[int] = np.searchsorted(self.candidates.row, np.arange(m + 1)).tolist()
        return bounds

    @cached_property
    def _located(self) -> I64:
        """Place of each pair's location and item in the tables by location, laid out flat."""
        location = self.state.customers.location.take(self.customer)
        return location * self.state.n_items + self.item

    def at_location(self, table: F32) -> F32:
        """Look up (rows, n_items) for the customer's home location and the item."""
        return table.take(self._located)

    @cached_property
    def bought(self) -> tuple[I64, Mask]:
        """Position of each pair in the history, and whether it is there; both (pairs,)."""
        pointer, customers = self.state.history.pointer, self.candidates.customers
        low, high = pointer[customers], pointer[customers + 1]
        return self.find(self.state.history.item, self.item, low, high)

    def find(self, keys: I64, wanted: I64, low: I64, high: I64) -> tuple[I64, Mask]:
        """Find each pair's key among those of its customer.

        Parameters
        ----------
        keys
            int64 (n,): those of row r of the block are ``keys[low[r]:high[r]]``, rising.
        wanted
            int64 (pairs,).

        Returns
        -------
        Position among ``keys``, and whether it is there; both (pairs,).
        """
        row, bounds = self.candidates.row, self.bounds
        position = np.empty(row.size, dtype=np.int64)
        # Within one customer's keys: all of them at once miss the processor's caches.
        for r, (start, end) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
            part = slice(bounds[r], bounds[r + 1])
            position[part] = keys[start:end].searchsorted(wanted[part])
            position[part] += start
        inside = np.minimum(position, keys.size - 1)
        return inside, (position < high.take(row)) & (keys.take(inside) == wanted)

    def find_group(self, keys: I64, n: int, group: I64) -> tuple[I64, Mask]:
        """Find ``customer * n + group`` of each pair, int64 (pairs,), among sorted keys."""
        first = self.candidates.customers * n
        low, high = np.searchsorted(keys, first), np.searchsorted(keys, first + n)
        return self.find(keys, self.customer * n + group, low, high)


@dataclass(frozen=True)
class FeatureGroup:
    """Features that are computed together, and left out together in an ablation.

    Parameters
    ----------
    name
        Of the group.
    features
        Names of its columns.
    columns
        Pairs to one float32 (pairs,) array a feature, no NaN. A value depends on its own pair
        only.
    """

    name: str
    features: tuple[str, ...]
    columns: Callable[[Pairs], list[F32]]


def find_history(state: RecommenderState, customer: I64, item: I64) -> tuple[I64, Mask]:
    """Return each pair's position in the history and whether it is there."""
    low, high = state.history.pointer[customer], state.history.pointer[customer + 1]
    return _bisect(state.history.item, item, low, high)


def _bisect(sorted_item: I64, wanted: I64, low: I64, high: I64) -> tuple[I64, Mask]:
    """Find each wanted item within its own sorted slice [low, high)."""
    end = high.copy()
    low = low.copy()
    while np.any(low < high):
        middle = (low + high) // 2
        open_ = low < high
        less = open_ & (sorted_item[np.minimum(middle, sorted_item.size - 1)] < wanted)
        low = np.where(less, middle + 1, low)
        high = np.where(open_ & ~less, middle, high)
    inside = np.minimum(low, sorted_item.size - 1)
    return inside, (low < end) & (sorted_item[inside] == wanted)
