"""New items that a ranker put forward, by what is like them: named for what they are."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.item_cut import cut
from decisioning.items import ItemDecision

LIKE: Final = "new_like_your_purchases"
"""Nobody bought it yet, so that no customer speaks for it: it is like what this one buys."""


def named_as_new(decided: ItemDecision, lines: NDArray[np.float32], n: int) -> ItemDecision:
    """Return the decision with the reason of items that nobody bought yet; order and scores stay.

    Parameters
    ----------
    decided
        Personal.
    lines
        float32 (n_items,): transaction lines of each item.
    n
        Length of the slate.
    """
    ranked = decided.lineup.ranked
    new = [not (c.orders or c.place) and lines[c.item] == 0 for c in ranked]
    if not any(new):
        return decided
    named = tuple(
        replace(c, place=LIKE) if fresh else c for c, fresh in zip(ranked, new, strict=True)
    )
    lineup = replace(decided.lineup, ranked=named)
    return replace(decided, lineup=lineup, slate=cut(lineup, n))
