"""The funnel for a place: what it says, searched among what may be sold."""

import numpy as np
from numpy.typing import NDArray

from decisioning.item_candidates import down_to, leading, popular
from decisioning.item_cut import Candidate, Lineup
from decisioning.items import Ground, ItemDecision, decision_of
from decisioning.reasons import PASSED
from decisioning.recommender.places.said import Said


def decide_place(
    said: Said,
    verdicts: NDArray[np.int16],
    popularity: NDArray[np.float32],
    ground: Ground,
    n: int,
    *,
    fills: bool,
) -> ItemDecision:
    """Decide one request for the items of a place.

    Parameters
    ----------
    said
        What the place says of each item.
    verdicts
        int16 (n_items,): what catalogue, filter, exclusions and stock say of each.
    popularity
        float32 (n_items,): what fills a short slate, or stands in where nothing may be used.
    ground
        Why the slate is personal or not; with a ``fallback`` the place is not asked.
    fills
        Whether popularity fills a short slate; where the place's items are the point, none does.
    """
    if ground.fallback is not None:
        return decision_of(
            Lineup(popular=popular(popularity, verdicts, frozenset(), n)), ground, verdicts, n
        )
    lineup = place_lineup(said, verdicts, popularity, n, fills=fills)
    return decision_of(lineup, ground, verdicts, n, said.anchor)


def place_lineup(
    said: Said,
    verdicts: NDArray[np.int16],
    popularity: NDArray[np.float32],
    n: int,
    *,
    fills: bool,
) -> Lineup:
    """Return what a slate of a place is cut from; parameters as of `decide_place`."""
    order = leading(said.order, verdicts, n)
    verdict = verdicts[order]
    own = tuple(
        Candidate(
            item=int(order[k]),
            score=float(said.score[order[k]]),
            verdict=int(verdict[k]),
            place=said.reason(int(order[k])),
        )
        for k in down_to(verdict, n).tolist()
    )
    taken = frozenset(c.item for c in own if c.verdict == PASSED)
    fill: tuple[Candidate, ...] = ()
    if fills and len(taken) < n:
        found = popular(popularity, verdicts, taken, n - len(taken))
        fill = tuple(c for c in found if c.verdict == PASSED)
    return Lineup(own, fill)
