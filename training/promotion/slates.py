"""What a bundle would have recommended at the start of a window, held against what was bought."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from training.held_out import HeldOut, HeldOutSlates
from training.recommender.measure import Relevance, decided_slates, measure_slates

I64 = NDArray[np.int64]


def champion_values(bundle: Bundle, held: HeldOut) -> Mapping[str, HeldOutSlates]:
    """Measure a bundle on another run's window, by goal.

    A customer of whom the bundle does not know is left out; an item that it does not know counts
    as relevant all the same, beyond its reach: knowing the new items is part of being good.
    """
    relevant = _relevant(bundle, held)
    slates = decided_slates(bundle.state, bundle.rankers)
    return {
        goal: HeldOutSlates(
            bundle.customers.ids[relevant.customers(goal)],
            measure_slates(slates, relevant, goal),
        )
        for goal in held.goals
    }


def _relevant(bundle: Bundle, held: HeldOut) -> Relevance:
    n_items = bundle.state.n_items
    bought = held.bought
    customer = bundle.customer_map.index_of(bought.customers)
    item = bundle.item_map.index_of(bought.items)
    # Items it does not know get places after the last one: relevant, and never on a slate.
    unknown, code = np.unique(bought.items[item < 0], return_inverse=True)
    item = item.copy()
    item[item < 0] = n_items + code
    width = n_items + unknown.size
    keys = customer * width + item
    known = customer >= 0
    kinds = {"any": known, "discover": known & bought.first, "replenish": known & ~bought.first}
    return Relevance({goal: np.unique(keys[kinds[goal]]) for goal in held.goals}, width)
