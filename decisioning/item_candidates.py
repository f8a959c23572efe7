"""Candidates down to the end of a slate, refused ones among them, as a record keeps them."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.item_cut import Candidate
from decisioning.once import of_unchanging
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.search import down_to_open

MAX_DROPPED: Final = 50
"""How many refused items a record names; the others are counted by reason."""

_USUAL: Final = (
    "passed",
    "out_of_stock",
    "stock_stale",
    "discontinued",
    "excluded",
    "stock_unknown",
)
_CODES: Final = tuple(dict.fromkeys([*map(CODE.__getitem__, _USUAL), *sorted(CODE.values())]))
"""What may be said of an item, the usual first."""


def down_to(verdict: NDArray[np.int16], n: int) -> NDArray[np.int64]:
    """Return where the first n allowed ones stand, and the first refused ones among them."""
    passed = verdict == PASSED
    kept = np.flatnonzero(passed)[:n]
    last = kept[-1] if kept.size == n else verdict.size
    lost = np.flatnonzero(~passed[:last])[:MAX_DROPPED]
    return np.sort(np.concatenate([kept, lost]))


def popular(
    popularity: NDArray[np.float32], verdicts: NDArray[np.int16], taken: frozenset[int], n: int
) -> tuple[Candidate, ...]:
    """Return the n most popular allowed items, and those refused above them.

    Parameters
    ----------
    popularity, verdicts
        (n_items,): at the location, and what the gates say.
    taken
        Items left out.
    """
    open_ = verdicts == PASSED
    open_[list(taken)] = False
    order = down_to_open(popularity, open_, n)
    order = order[~np.isin(order, list(taken))] if taken else order
    verdict = verdicts[order]
    return tuple(
        Candidate(int(order[k]), float(popularity[order[k]]), int(verdict[k]))
        for k in down_to(verdict, n).tolist()
    )


@of_unchanging
def refused_counts(verdicts: NDArray[np.int16]) -> Mapping[int, int]:
    """Return how many items each verdict refused."""
    counts: dict[int, int] = {}
    # Code by code: to sort or bin a whole catalogue takes longer.
    codes, left = iter(_CODES), verdicts.size
    while left:
        code = next(codes)
        counts[code] = int(np.count_nonzero(verdicts == code))
        left -= counts[code]
    return {code: n for code, n in sorted(counts.items()) if n and code != PASSED}


@of_unchanging
def passed(verdicts: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Tell which items passed every gate, bool (n_items,), read only."""
    told: NDArray[np.bool_] = verdicts == PASSED
    told.flags.writeable = False
    return told


def leading(order: NDArray[np.int64], verdicts: NDArray[np.int16], n: int) -> NDArray[np.int64]:
    """Return the first of an order, as many as n allowed items and those above them take.

    Parameters
    ----------
    order
        int64: items, the best first.
    verdicts
        int16 (n_items,).
    """
    size = min(2 * n, order.size)
    # Rarely more than a few are refused; where they are, as much more of the order is looked at.
    while size < order.size and np.count_nonzero(verdicts[order[:size]] == PASSED) < n:
        size = min(4 * size, order.size)
    return order[:size]
