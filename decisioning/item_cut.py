"""The last step of the funnel for items: from candidates in order to the slate.

A record keeps what the cut was made from (`Lineup`), and a replay makes the cut again from it,
with this same code.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from decisioning.reasons import PASSED
from decisioning.recommender.diversity import Diversity, Pool, diversified

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
class Balance:
    """What an order beyond the scores is made of.

    Parameters
    ----------
    rules
        How much of what.
    category, ignored
        Of each candidate in ``Lineup.ranked``: its category, and how often it was shown and
        ignored.
    target
        Share of each category in what the customer likes.
    """

    rules: Diversity
    category: tuple[int, ...]
    ignored: tuple[float, ...]
    target: tuple[float, ...]


@dataclass(frozen=True)
class Trial:
    """A lot that gives the last place of some slates to a new item.

    Parameters
    ----------
    share
        Of slates in which it does.
    draw
        This slate's lot, in [0, 1).
    pool
        The new items that every gate let pass.
    """

    share: float
    draw: float
    pool: tuple[Candidate, ...]


@dataclass(frozen=True)
class Lineup:
    """What a slate is cut from: candidates down to its last item, in order.

    Parameters
    ----------
    ranked
        This customer's own, best first; of those that a gate refused, the first few.
    popular
        What fills up, most popular first, without what ``ranked`` or the goal rule out.
    balance
        How ``ranked`` is ordered beyond its scores; None for the scores alone.
    trial
        What the last place may be given to; None for nothing.
    """

    ranked: tuple[Candidate, ...] = ()
    popular: tuple[Candidate, ...] = ()
    balance: Balance | None = None
    trial: Trial | None = None

    def dropped(self) -> tuple[tuple[int, int], ...]:
        """Return item and verdict of what a gate refused."""
        both = (*self.ranked, *self.popular)
        return tuple((c.item, c.verdict) for c in both if c.verdict != PASSED)


@dataclass(frozen=True)
class RankedItem:
    """An item of a slate, with the terms its reason is made of.

    ``orders`` and ``last_days`` tell how often and how many days ago this customer bought it
    (0 and None when never); ``reason`` is the scorer that put it forward. ``probability`` is the
    chance with which it stands in this place.
    """

    item: int
    score: float
    reason: str
    orders: int = 0
    last_days: float | None = None
    probability: float = 1.0


def cut(lineup: Lineup, n: int) -> tuple[RankedItem, ...]:
    """Return the n best that every gate let pass, best first; popularity fills what is short.

    The last place of a full slate may be given to a new item, by lot.
    """
    own = _own(lineup, n)
    taken = {c.item for c in own}
    fill = [c for c in _allowed(lineup.popular) if c.item not in taken][: n - len(own)]
    slate = [_ranked(c) for c in (*own, *fill)]
    if lineup.trial is not None and len(slate) == n > 1:
        slate[-1] = _tried(slate, lineup.trial)
    return tuple(slate)


def _ranked(candidate: Candidate) -> RankedItem:
    c = candidate
    return RankedItem(c.item, c.score, c.reason, c.orders, c.last_days)


def _tried(slate: list[RankedItem], trial: Trial) -> RankedItem:
    """Return what stands in the last place, with the chance of it."""
    held = {one.item for one in slate}
    pool = [c for c in trial.pool if c.item not in held]
    if not pool or trial.share <= 0:
        return slate[-1]
    if trial.draw >= trial.share:
        return replace(slate[-1], probability=1.0 - trial.share)
    # Below the share the lot is even again, and draws among the pool.
    drawn = pool[int(trial.draw / trial.share * len(pool))]
    return replace(_ranked(drawn), probability=trial.share / len(pool))


def _own(lineup: Lineup, n: int) -> list[Candidate]:
    if lineup.balance is None:
        return _allowed(lineup.ranked)[:n]
    passed = np.array([c.verdict == PASSED for c in lineup.ranked], dtype=np.bool_)
    own = [c for c in lineup.ranked if c.verdict == PASSED]
    pool = Pool(
        score=np.array([c.score for c in own], dtype=np.float64),
        item=np.array([c.item for c in own], dtype=np.int64),
        category=np.array(lineup.balance.category, dtype=np.int64)[passed],
        ignored=np.array(lineup.balance.ignored, dtype=np.float64)[passed],
        target=np.array(lineup.balance.target, dtype=np.float64),
    )
    return [own[k] for k in diversified(pool, lineup.balance.rules, n)[:n].tolist()]


def _allowed(candidates: tuple[Candidate, ...]) -> list[Candidate]:
    # Stable: of equal scores the first in the lineup stays the first.
    return sorted((c for c in candidates if c.verdict == PASSED), key=lambda c: -c.score)
