"""The last step of the funnel for items: from candidates in order to the slate.

A record keeps what the cut was made from (`Lineup`), and a replay makes the cut again from it,
with this same code.
"""

from dataclasses import dataclass
from typing import Final

from decisioning.reasons import PASSED

REPEAT: Final = "repeat_purchase"
SIMILAR: Final = "similar_customers"
POPULAR: Final = "popular"


@dataclass(frozen=True)
class Candidate:
    """An item as the cut sees it.

    Parameters
    ----------
    item
        Position in the catalogue.
    score
        The ranker's, or the popularity where that ranks.
    verdict
        What the gates say of it, a position in ``REASONS``.
    orders, last_days
        How often and how many days ago this customer bought it; 0 and None when never.
    similar
        Whether customers with similar baskets put it forward.
    place
        Reason code of the place that put it forward; empty where the ranker or popularity did.
    """

    item: int
    score: float
    verdict: int
    orders: int = 0
    last_days: float | None = None
    similar: bool = False
    place: str = ""

    @property
    def reason(self) -> str:
        """Return what put it forward."""
        return self.place or (REPEAT if self.orders else SIMILAR if self.similar else POPULAR)


@dataclass(frozen=True)
class Lineup:
    """What a slate is cut from: candidates down to its last item, in order.

    Parameters
    ----------
    ranked
        This customer's own, best first; of those that a gate refused, the first few.
    popular
        What fills up, most popular first, without what ``ranked`` or the goal rule out.
    """

    ranked: tuple[Candidate, ...] = ()
    popular: tuple[Candidate, ...] = ()

    def dropped(self) -> tuple[tuple[int, int], ...]:
        """Return item and verdict of what a gate refused."""
        both = (*self.ranked, *self.popular)
        return tuple((c.item, c.verdict) for c in both if c.verdict != PASSED)


@dataclass(frozen=True)
class RankedItem:
    """An item of a slate, with the terms its reason is made of.

    ``orders`` and ``last_days`` tell how often and how many days ago this customer bought it
    (0 and None when never); ``reason`` is the scorer that put it forward.
    """

    item: int
    score: float
    reason: str
    orders: int = 0
    last_days: float | None = None


def cut(lineup: Lineup, n: int) -> tuple[RankedItem, ...]:
    """Return the n best that every gate let pass, best first; popularity fills what is short."""
    own = _allowed(lineup.ranked)[:n]
    taken = {c.item for c in own}
    fill = [c for c in _allowed(lineup.popular) if c.item not in taken][: n - len(own)]
    return tuple(
        RankedItem(c.item, c.score, c.reason, c.orders, c.last_days) for c in (*own, *fill)
    )


def _allowed(candidates: tuple[Candidate, ...]) -> list[Candidate]:
    # Stable: of equal scores the first in the lineup stays the first.
    return sorted((c for c in candidates if c.verdict == PASSED), key=lambda c: -c.score)
