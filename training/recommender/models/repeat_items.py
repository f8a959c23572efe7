"""Fit what is known of each item for the features of buying again."""

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.baskets import Baskets, as_baskets
from decisioning.recommender.models.repeat_items import RepeatItems, part_of_basket
from training.recommender.models.repurchase import gap_between, habit

F32 = NDArray[np.float32]
RECENT = 3
"""Last baskets of a subject that count as recent."""


def fit_repeat_items(histories: Histories, smoothing: float = 10.0) -> RepeatItems:
    """Fit on the subjects given.

    Parameters
    ----------
    smoothing
        Buyers, baskets and gaps that draw an item towards the mean of all items.
    """
    baskets = as_baskets(histories)
    return RepeatItems(
        buyers=_buyers(baskets, np.ones(baskets.row.size, dtype=np.bool_)),
        recent_buyers=_buyers(baskets, baskets.place < RECENT),
        habit=habit(baskets, smoothing),
        again_next=_again_next(baskets, smoothing),
        usual_gap=gap_between(baskets, baskets.age, smoothing),
        basket_gap=gap_between(baskets, baskets.place, smoothing),
        part=_part(baskets, smoothing),
    )


def _buyers(baskets: Baskets, counted: NDArray[np.bool_]) -> F32:
    """Share of the subjects with a history who bought each item, float32 (n_items,)."""
    pair = np.unique((baskets.row * baskets.n_items + baskets.item)[counted])
    subjects = max(int((baskets.size > 0).sum()), 1)
    bought = np.bincount(pair % baskets.n_items, minlength=baskets.n_items)
    return np.asarray(bought / subjects, dtype=np.float32)


def _again_next(baskets: Baskets, smoothing: float) -> F32:
    """Share of the baskets with the item, but a subject's last, followed by one with it too."""
    followed = baskets.place > 0
    key = baskets.row * baskets.n_items + baskets.item
    again = np.zeros(key.size, dtype=np.bool_)
    again[:-1] = (key[1:] == key[:-1]) & (baskets.place[:-1] == baskets.place[1:] + 1)
    item = baskets.item[followed]
    overall = again[followed].mean() if item.size else 0.0
    found = np.bincount(item, again[followed], baskets.n_items) + smoothing * overall
    total = np.bincount(item, minlength=baskets.n_items) + smoothing
    return np.asarray(found / total, dtype=np.float32)


def _part(baskets: Baskets, smoothing: float) -> F32:
    """Mean part of the baskets that hold an item, drawn towards the mean of all."""
    part = part_of_basket(baskets)
    overall = part.mean() if part.size else 1.0
    found = np.bincount(baskets.item, part, baskets.n_items) + smoothing * overall
    total = np.bincount(baskets.item, minlength=baskets.n_items) + smoothing
    return np.asarray(found / total, dtype=np.float32)
