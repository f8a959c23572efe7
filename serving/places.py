"""Goals that are places: what each reads, and on what ground."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.items import Ground
from decisioning.policy import DAY
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.histories import Histories
from decisioning.recommender.places.items import (
    BUY,
    CART,
    UNCART,
    VIEW,
    WISH,
    complements,
    left_in_basket,
    similar_items,
    viewed,
)
from decisioning.recommender.places.moments import arrivals, trending
from decisioning.recommender.places.said import Said, Tier
from decisioning.recommender.sessions.events import (
    EVENT_WEIGHTS,
    LONGEST,
    PURCHASE_WEIGHT,
    session_histories,
)
from decisioning.recommender.sessions.slates import session_slates
from decisioning.recommender.state import RecommenderState
from serving.recent import PURCHASE, Doing
from serving.requests import RecommendationsRequest

_KINDS: Final = {
    "product_view": VIEW,
    "wishlist": WISH,
    "add_to_cart": CART,
    "remove_from_cart": UNCART,
    "purchase": BUY,
}
IN_SESSION: Final = "in_session"
SEARCHED: Final = "searched_for"
_WEIGHTS: Final = EVENT_WEIGHTS | {PURCHASE: PURCHASE_WEIGHT}
_FILLED: Final = frozenset({"similar", "complement", "complete_basket", "trending", IN_SESSION})
"""Goals whose short slate popularity fills; the others are about their own items only."""


@dataclass(frozen=True)
class Asker:
    """One request, and what may be used of its subject.

    Parameters
    ----------
    request
        What is asked.
    customer
        Index in ``state``, -1 where unknown.
    allowed
        Whether the use of their data is granted.
    doings
        What they did of late, empty where it may not be used.
    row
        Of the tables by location.
    home
        Whether that row was found by where the customer usually buys.
    verdicts
        int16 (n_items,): what the gates say of each item.
    sought
        float32 (n_items,): how well each item answers their last search, where nothing was done
        with an item since; None where there is no such search, or nothing answers it.
    """

    request: RecommendationsRequest
    customer: int
    allowed: bool
    doings: tuple[Doing, ...]
    row: int
    home: bool
    verdicts: NDArray[np.int16]
    sought: NDArray[np.float32] | None = None

    def named(self, bundle: Bundle) -> NDArray[np.int64]:
        """Return the items that the request starts from, int64; those unknown are left out."""
        context = self.request.context
        ids = [context.item_id] if context.item_id else list(context.basket)
        found = bundle.item_map.index_of(dict.fromkeys(ids))
        return found[found >= 0]

    def done(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return kind and item of what was done with items we know, oldest first."""
        told = [(_KINDS[d.event_type], d.item) for d in self.doings if self._speaks(d)]
        table = np.array(told, dtype=np.int64).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def session(self, n_items: int) -> Histories:
        """Return the last events as one session, each weighing what it weighs in training."""
        told = [d for d in self.doings if d.item >= 0 and d.event_type in _WEIGHTS][-LONGEST:]
        return session_histories(
            np.zeros(len(told), dtype=np.int64),
            np.array([d.item for d in told], dtype=np.int64),
            np.array([_WEIGHTS[d.event_type] for d in told], dtype=np.float32),
            (1, n_items),
        )

    def past_the_basket(self) -> "Asker":
        """Return the same, for whom what the basket holds or was bought just now is excluded."""
        newest = max((d.at for d in self.doings), default=0)
        bought = [d for d in self.doings if d.event_type == PURCHASE and self._speaks(d)]
        now = {d.item for d in bought if d.at > newest - DAY}
        held: set[int] = set()
        for kind, item in zip(*self.done(), strict=True):
            if kind == CART:
                held.add(int(item))
            elif kind in (UNCART, BUY):
                held.discard(int(item))
        verdicts = self.verdicts.copy()
        mine = np.array(sorted(held | now), dtype=np.int64)
        verdicts[mine[verdicts[mine] == PASSED]] = CODE["excluded"]
        return replace(self, verdicts=verdicts)

    @staticmethod
    def _speaks(doing: Doing) -> bool:
        return doing.item >= 0 and doing.event_type in _KINDS


Place = Callable[[Bundle, RecommenderState, Asker], Said]


def _similar(bundle: Bundle, state: RecommenderState, asker: Asker) -> Said:
    return similar_items(state, asker.named(bundle))


def _complements(bundle: Bundle, state: RecommenderState, asker: Asker) -> Said:
    del state
    return complements(bundle.shelves, asker.named(bundle))


def _trending(bundle: Bundle, state: RecommenderState, asker: Asker) -> Said:
    del state
    return trending(bundle.shelves, asker.row)


def _arrivals(bundle: Bundle, state: RecommenderState, asker: Asker) -> Said:
    return arrivals(bundle.shelves, state, asker.customer if asker.allowed else -1)


def _viewed(bundle: Bundle, state: RecommenderState, asker: Asker) -> Said:
    del bundle
    return viewed(*asker.done(), state.n_items)


def _left(bundle: Bundle, state: RecommenderState, asker: Asker) -> Said:
    del bundle
    return left_in_basket(*asker.done(), state.n_items)


def _in_session(bundle: Bundle, state: RecommenderState, asker: Asker) -> Said:
    """Tell what comes next after the last events alone; of two events the later says more."""
    session = asker.session(state.n_items)
    allowed = (asker.verdicts == 0)[None, :]
    n = min(asker.request.n, state.n_items)
    slate = session_slates(bundle.sessions, session, allowed, n, bundle.session_ranker)
    found = slate.item[0][slate.item[0] >= 0]
    score = np.zeros(state.n_items, dtype=np.float32)
    # Their order is what counts: a ranker's score may be of either sign.
    score[found] = np.arange(found.size, 0, -1)
    anchor = np.full(state.n_items, -1, dtype=np.int64)
    told = slate.because[0][: found.size]
    # What was seen already leads to itself: that is no reason to name.
    anchor[found] = np.where(told == found, -1, told)
    onward = Tier(IN_SESSION, score, anchor)
    return Said.of(onward) if asker.sought is None else Said.of(_searched(state, asker), onward)


def _searched(state: RecommenderState, asker: Asker) -> Tier:
    """Tell what was searched for: it says more than what was looked at before."""
    popularity = state.items.popularity_at[asker.row]
    # Of two that answer alike, the more popular: its share is below any difference of answers.
    share = popularity / max(float(popularity.max(initial=0.0)), 1e-9)
    return Tier(SEARCHED, asker.sought * (1.0 + 1e-3 * share.astype(np.float32)))


def last_search(doings: Sequence[Doing]) -> str:
    """Return the words last searched for, empty where something was done with an item since."""
    for doing in reversed(doings):
        if doing.query:
            return doing.query
        if doing.item >= 0:
            break
    return ""


PLACES: Final[dict[str, Place]] = {
    "similar": _similar,
    "complement": _complements,
    "complete_basket": _complements,
    "trending": _trending,
    "new_arrivals": _arrivals,
    "recently_viewed": _viewed,
    "abandoned_basket": _left,
    IN_SESSION: _in_session,
}
"""By goal."""

BY_DOINGS: Final = frozenset({"recently_viewed", "abandoned_basket", IN_SESSION})
"""The places to which views, baskets and searches matter; to the others only what was bought."""


def fills(goal: str) -> bool:
    """Tell whether popularity fills a short slate of a goal."""
    return goal in _FILLED


def ground_of(goal: str, state: RecommenderState, asker: Asker) -> Ground:
    """Tell what of the subject a place needs, and whether it is there and may be used."""
    customer = asker.customer
    if goal in ("similar", "complement", "complete_basket"):
        return Ground(customer >= 0, asker.allowed, needed=False)
    if goal == "trending":
        return Ground(customer >= 0, asker.allowed, asker.home, needed=asker.home)
    if goal == "new_arrivals":
        pointer = state.history.pointer
        bought = customer >= 0 and bool(pointer[customer + 1] > pointer[customer])
        # Without a past to go by, the newest are shown to anybody.
        return Ground(customer >= 0, asker.allowed, bought, needed=bought and asker.allowed)
    did = bool(asker.done()[0].size) or (goal == IN_SESSION and asker.sought is not None)
    return Ground(customer >= 0 or did, asker.allowed, did)
