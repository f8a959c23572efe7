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
        return self.candidates.customers[self.candidates.row]

    @property
    def item(self) -> I64:
        """Item of each pair, int64 (pairs,)."""
        return self.candidates.item

    @cached_property
    def bought(self) -> tuple[I64, NDArray[np.bool_]]:
        """Position of each pair in the history, and whether it is there; both (pairs,)."""
        return find_history(self.state, self.customer, self.item)


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


def find_history(
    state: RecommenderState, customer: I64, item: I64
) -> tuple[I64, NDArray[np.bool_]]:
    """Return each pair's position in the history and whether it is there."""
    low, high = state.history.pointer[customer], state.history.pointer[customer + 1]
    return _bisect(state.history.item, item, low, high)


def find_key(keys: I64, wanted: I64) -> tuple[I64, NDArray[np.bool_]]:
    """Return each key's position among sorted keys, and whether it is there."""
    position = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return position, keys[position] == wanted


def _bisect(sorted_item: I64, wanted: I64, low: I64, high: I64) -> tuple[I64, NDArray[np.bool_]]:
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
