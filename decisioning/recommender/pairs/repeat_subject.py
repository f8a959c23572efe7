"""Features of a subject who buys again: how many baskets, how large, how lately, how varied."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.models.baskets import Baskets
from decisioning.recommender.models.repeat_items import part_of_basket
from decisioning.recommender.state import NEVER

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LAST: Final = 4
"""Baskets told one by one: whether each of the last ones holds the item."""
LATELY: Final = 10.0
"""Baskets after which one counts half in what is usual."""

SUBJECT: Final = (
    "baskets",
    "items_known",
    "basket_size",
    "usual_part",
    "last_basket_size",
    "repeat_ratio",
    "recent_explore_share",
    "since_last_basket",
    "between_baskets",
)


def subject_columns(baskets: Baskets) -> list[NDArray[np.floating]]:
    """Compute the features of each subject, (m,) each, in the order of `SUBJECT`."""
    size, row = baskets.size, baskets.row
    some = np.maximum(size, 1)
    lines = np.bincount(row, minlength=size.size)
    known = np.bincount(row[baskets.first], minlength=size.size)
    new = np.zeros(row.size, dtype=np.bool_)
    new[baskets.first] = True
    recent = baskets.place < LAST
    explored = np.bincount(row, new & recent, size.size)
    last_size = np.bincount(row, baskets.place == 0, size.size)
    part = part_of_basket(baskets)
    weight = lately(baskets) * part
    usual = np.bincount(row, weight * part, size.size)
    oldest, latest = np.zeros(size.size), np.full(size.size, np.float64(NEVER))
    np.maximum.at(oldest, row, baskets.age)
    np.minimum.at(latest, row, baskets.age)
    return [
        size,
        known,
        lines / some,
        usual / np.maximum(np.bincount(row, weight, size.size), 1e-9),
        last_size,
        1 - known / np.maximum(lines, 1),
        explored / np.maximum(np.bincount(row, recent, size.size), 1),
        latest,
        np.where(size > 1, (oldest - latest) / np.maximum(size - 1, 1), NEVER),
    ]


def fading(distance: F32 | I64, half_life: float) -> F64:
    """Return what is left of a weight at each distance, float64 (elements,)."""
    return np.asarray(0.5 ** (distance / half_life), dtype=np.float64)


def lately(baskets: Baskets) -> F64:
    """Return the weight of each element's basket by the baskets since, float64 (elements,)."""
    return fading(baskets.place, LATELY)
