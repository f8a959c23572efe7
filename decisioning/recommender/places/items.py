"""Places that start from items: like them, bought with them, seen of late."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.places.said import NOBODY, Said, Tier
from decisioning.recommender.places.shelves import Shelves
from decisioning.recommender.state import RecommenderState

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

BOUGHT_BY_SAME: Final = "bought_by_same_customers"
SAME_KIND: Final = "same_kind"
BOUGHT_TOGETHER: Final = "bought_together"
VIEWED: Final = "recently_viewed"
IN_BASKET: Final = "left_in_basket"
NEIGHBOURS: Final = ("item_knn", "rp3beta", "ease")
"""The models that know what is like an item; the first that the state has is asked."""

VIEW, WISH, CART, UNCART, BUY = range(5)
"""What was done with an item."""


def similar_items(state: RecommenderState, items: I64) -> Said:
    """Tell what is like some items: bought by the same customers, then of the same kind.

    Parameters
    ----------
    items
        int64 (k,), distinct; each of the answer's items names the one it is most like.
    """
    named = [name for name in NEIGHBOURS if name in state.models][:1]
    alike = np.zeros((max(items.size, 1), state.n_items), dtype=np.float32)
    if named and items.size:
        # Each item as a subject of its own that bought nothing else.
        alike = np.maximum(state.models[named[0]].score(_one_each(items, state.n_items)), 0.0)
        # What nobody bought has its likeness lent: nobody may be said to buy it.
        alike[:, state.items.lines == 0] = 0.0
    kind = np.zeros_like(alike)
    types = state.items.type_code
    for k, item in enumerate(items.tolist()):
        # The popular ones of the kind first; all of it, however rarely bought.
        kind[k] = np.where(types == types[item], 0.001 + state.items.popularity[:, 0], 0.0)
    return Said.of(
        _tier(BOUGHT_BY_SAME, alike, items),
        _tier(SAME_KIND, kind, items),
    )


def complements(shelves: Shelves, items: I64) -> Said:
    """Tell what goes with some items, beyond chance; of several, what goes with them together."""
    said = shelves.complements[items].toarray()
    return Said.of(_tier(BOUGHT_TOGETHER, said, items))


def viewed(kind: I64, item: I64, n_items: int) -> Said:
    """Tell what was looked at, wished for or put in the basket and not bought since, last first.

    Parameters
    ----------
    kind, item
        int64 (events,), oldest first: what was done with which item.
    """
    interest = np.isin(kind, (VIEW, WISH, CART))
    last, bought = (
        _last(item[interest], np.flatnonzero(interest), n_items),
        _bought(kind, item, n_items),
    )
    return Said.of(Tier(VIEWED, np.where(last > bought, last + 1, 0).astype(np.float32)))


def left_in_basket(kind: I64, item: I64, n_items: int) -> Said:
    """Tell what was put in the basket, and neither taken out nor bought since, last first."""
    put = _last(item[kind == CART], np.flatnonzero(kind == CART), n_items)
    out = _last(item[kind == UNCART], np.flatnonzero(kind == UNCART), n_items)
    gone = np.maximum(out, _bought(kind, item, n_items))
    return Said.of(Tier(IN_BASKET, np.where(put > gone, put + 1, 0).astype(np.float32)))


def _one_each(items: I64, n_items: int) -> Histories:
    size = items.size
    return Histories(
        pointer=np.arange(size + 1, dtype=np.int64),
        item=items,
        age=np.zeros(size, dtype=np.float32),
        basket=np.zeros(size, dtype=np.int64),
        weight=np.ones(size, dtype=np.float32),
        n_items=n_items,
    )


def _tier(reason: str, said: F32, items: I64) -> Tier:
    """Add up what several items say; the one that says most is named. None say nothing."""
    if items.size == 0:
        return Tier(reason, np.zeros(said.shape[1], dtype=np.float32))
    total = said.sum(axis=0)
    total[items] = 0.0
    anchor = np.where(total > 0, items[np.argmax(said, axis=0)], NOBODY)
    return Tier(reason, total.astype(np.float32), anchor)


def _bought(kind: I64, item: I64, n_items: int) -> I64:
    return _last(item[kind == BUY], np.flatnonzero(kind == BUY), n_items)


def _last(item: I64, position: I64, n_items: int) -> I64:
    """Return the last position of each item, int64 (n_items,), -1 for none."""
    last = np.full(n_items, -1, dtype=np.int64)
    np.maximum.at(last, item, position)
    return last
