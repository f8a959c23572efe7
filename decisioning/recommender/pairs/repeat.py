"""Features of buying again: how often, how lately and how regularly a subject bought an item.

Time is counted twice, in units of age (days, where the data have times) and in the subject's own
baskets: a weekly shopper and a daily one are alike in baskets, what is eaten up is not.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.baskets import Baskets, as_baskets
from decisioning.recommender.models.repeat_items import RepeatItems, part_of_basket
from decisioning.recommender.models.repurchase import rhythm
from decisioning.recommender.pairs.repeat_subject import (
    LAST,
    LATELY,
    SUBJECT,
    fading,
    lately,
    subject_columns,
)
from decisioning.recommender.state import NEVER

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

HALF_LIVES: Final = (7.0, 30.0, 120.0)
"""In units of age."""
BASKET_HALF_LIVES: Final = (1.0, 3.0, LATELY)
"""In baskets."""
GAP_PRIOR: Final = 2.0
"""Gaps of the item's own length that a subject is taken to have had beforehand."""

PAIR: Final = (
    "baskets_with",
    "share_of_baskets",
    "share_since_first",
    *(f"decayed_{h:g}" for h in HALF_LIVES),
    *(f"basket_decayed_{h:g}" for h in BASKET_HALF_LIVES),
    "share_of_decayed",
    "part_of_baskets",
    "part_of_lately",
    "rank_in_history",
    "since",
    "baskets_since",
    "baskets_since_first",
    "overdue",
    "baskets_overdue",
    *(f"in_last_{k}" for k in range(1, LAST + 1)),
)
ITEM: Final = (
    "buyers",
    "recent_buyers",
    "trend",
    "habit",
    "again_next",
    "usual_gap",
    "basket_gap",
    "part",
)
REPEAT_FEATURES: Final = (*PAIR, *ITEM, *SUBJECT)


def repeat_columns(histories: Histories, items: RepeatItems, row: I64, item: I64) -> list[F32]:
    """Compute `REPEAT_FEATURES` of some pairs of subject and item.

    Parameters
    ----------
    row
        int64 (pairs,): subject, a position in ``histories``.
    item
        int64 (pairs,).

    Returns
    -------
    One float32 (pairs,) array a feature, no NaN.
    """
    baskets = as_baskets(histories)
    columns = [
        *_pair_columns(baskets, items, row, item),
        *_item_columns(items, item),
        *(column[row] for column in subject_columns(baskets)),
    ]
    return [column.astype(np.float32, copy=False) for column in columns]


def _pair_columns(baskets: Baskets, items: RepeatItems, row: I64, item: I64) -> list[F32]:
    first = baskets.first
    key = (baskets.row * baskets.n_items + baskets.item)[first]
    position = np.searchsorted(key, row * baskets.n_items + item)
    # One more place at the end, for the pairs that never were.
    known = np.r_[key, -1][position] == row * baskets.n_items + item
    position = np.where(known, position, key.size)
    held = [*_known_columns(baskets, items), *_last_baskets(baskets)]
    return [np.r_[column, absent][position] for column, absent in zip(held, _ABSENT, strict=True)]


_ABSENT: Final = (
    *(0.0,) * (6 + len(HALF_LIVES) + len(BASKET_HALF_LIVES)),
    *(NEVER,) * 4,
    *(-1.0,) * 2,
    *(0.0,) * LAST,
)


def _known_columns(baskets: Baskets, items: RepeatItems) -> list[NDArray[np.floating]]:
    """Compute the features of every (subject, item) of the histories, in their order."""
    first = baskets.first
    row, item, size = baskets.row[first], baskets.item[first], baskets.size
    times, since, span = rhythm(baskets)
    place = baskets.place[np.r_[first[1:], baskets.row.size][: first.size] - 1]
    oldest = baskets.place[first]
    in_time = [_decayed(baskets.age, half_life, first) for half_life in HALF_LIVES]
    in_baskets = [_decayed(baskets.place, half_life, first) for half_life in BASKET_HALF_LIVES]
    mass = np.bincount(row, in_baskets[-1], size.size)
    in_parts = [
        _shared(baskets, weight)
        for weight in (fading(baskets.age, HALF_LIVES[-1]), lately(baskets))
    ]
    return [
        times,
        times / size[row],
        times / (oldest + 1),
        *in_time,
        *in_baskets,
        in_baskets[-1] / np.maximum(mass[row], 1e-9),
        *in_parts,
        _rank(row, in_baskets[-1]),
        since,
        place,
        oldest,
        since / _own_gap(span, times, items.usual_gap[item]),
        (place + 1) / _own_gap(oldest - place, times, items.basket_gap[item]),
    ]


def _decayed(distance: F32 | I64, half_life: float, first: I64) -> F64:
    weight = fading(distance, half_life)
    return np.add.reduceat(weight, first) if first.size else np.empty(0)


def _shared(baskets: Baskets, weight: F64) -> F64:
    """Share out the baskets' weights, float64 (elements,), among their items: 1 a subject in all.

    Returns
    -------
    float64 (pairs,): what falls to each (subject, item).
    """
    first, part = baskets.first, weight * part_of_basket(baskets)
    # The parts of a basket add up to its weight.
    total = np.bincount(baskets.row, part, baskets.size.size)
    mine = np.add.reduceat(part, first) if first.size else np.empty(0)
    return mine / np.maximum(total[baskets.row[first]], 1e-9)


def _own_gap(span: F32 | I64, times: I64, usual: F32) -> F64:
    """Gap of the subject's own, drawn towards the item's."""
    return np.asarray(np.maximum((span + GAP_PRIOR * usual) / (times - 1 + GAP_PRIOR), 0.5))


def _rank(row: I64, strength: NDArray[np.floating]) -> I64:
    """Rank within the subject, 0 the strongest; equal ones in the order of items."""
    order = np.lexsort((-strength, row))
    rank = np.empty(row.size, dtype=np.int64)
    start = np.searchsorted(row, row[order])
    rank[order] = np.arange(row.size) - start
    return rank


def _last_baskets(baskets: Baskets) -> list[NDArray[np.floating]]:
    """Tell for each (subject, item) whether each of the last baskets holds it."""
    first = baskets.first
    pair = np.repeat(np.arange(first.size), np.diff(np.r_[first, baskets.row.size]))
    return [
        np.bincount(pair, baskets.place == k, first.size).astype(np.float64) for k in range(LAST)
    ]


def _item_columns(items: RepeatItems, item: I64) -> list[F32]:
    # The constants keep the trend of a rare item near that of a steady one.
    trend = (items.recent_buyers + np.float32(0.001)) / (items.buyers + np.float32(0.001))
    held = (items.buyers, items.recent_buyers, trend)
    rates = (items.habit, items.again_next, items.usual_gap, items.basket_gap, items.part)
    return [column[item] for column in (*held, *rates)]
