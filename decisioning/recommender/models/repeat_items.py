"""What is known of each item for the features of buying again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.models.baskets import Baskets

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class RepeatItems:
    """Statistics of each item, all float32 (n_items,).

    Parameters
    ----------
    buyers, recent_buyers
        Share of subjects who ever bought it, and who did in one of their last 3 baskets.
    habit
        Share of its buyers who bought it in two baskets or more, smoothed.
    again_next
        Share of baskets holding it whose next basket holds it too, smoothed.
    usual_gap, basket_gap
        Usual distance between two purchases, in units of age and in baskets.
    part
        Its usual part of a basket that holds it: 1 / the basket's items, smoothed; 1 where an item
        is bought alone.
    """

    buyers: F32
    recent_buyers: F32
    habit: F32
    again_next: F32
    usual_gap: F32
    basket_gap: F32
    part: F32


def part_of_basket(baskets: Baskets) -> F64:
    """Return each element's part of its basket, 1 / the basket's items, float64 (elements,)."""
    held = baskets.row * (int(baskets.size.max(initial=1)) + 1) + baskets.place
    _, basket, items = np.unique(held, return_inverse=True, return_counts=True)
    return np.asarray(1 / items[basket])
