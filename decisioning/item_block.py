"""Requests for items as the core sees them, and its decision on each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from decisioning.item_cut import Lineup, RankedItem
from decisioning.item_policy import ItemPolicy

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class ItemBlock:
    """A block of m requests.

    Parameters
    ----------
    customers
        int64 (m,): dense index, -1 for someone we do not know.
    personal
        bool (m,): ``personalisation`` is granted.
    verdicts
        int16 (m, n_items): what catalogue, filter, exclusions and stock say of each item,
        positions in ``REASONS``.
    locations
        int64 (m,): row of the popularity table to fall back to.
    goal
        ``any``, ``discover`` or ``replenish``.
    n
        Length of the slate.
    policy
        What slates give up of the scores' order, and how often they try a new item.
    ignored
        float64 (m, n_items): how often each item was shown and ignored; None where that does
        not count.
    fresh
        int64 (items,): the new items, newest first.
    draw
        float64 (m,): each request's lot, in [0, 1); None where nothing is tried.
    stands_in
        Whether popularity stands in for a slate that may not be personal; False where the caller
        puts something better there, and such a decision is left without items.
    """

    customers: I64
    personal: NDArray[np.bool_]
    verdicts: NDArray[np.int16]
    locations: I64
    goal: str
    n: int
    policy: ItemPolicy = field(default_factory=ItemPolicy)
    ignored: Floats | None = None
    fresh: I64 = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    draw: Floats | None = None
    stands_in: bool = True


class Ground(NamedTuple):
    """What tells whether a slate is personal: who is known, what they allow, what we know.

    ``needed`` is False where nothing of the subject is asked for, as for what goes with an item:
    such a slate is not personal, and nothing stands in for it.
    """

    known: bool = False
    consented: bool = False
    has_history: bool = False
    needed: bool = True

    @property
    def personalised(self) -> bool:
        """Whether the subject's own data are used."""
        return self.needed and self.fallback is None

    @property
    def fallback(self) -> str | None:
        """Why they are not: ``no_consent``, ``cold_start``; None where they are or need not be."""
        if not self.needed:
            return None
        if self.known and not self.consented:
            return "no_consent"
        return None if self.known and self.has_history else "cold_start"


@dataclass(frozen=True)
class ItemDecision:
    """The decision for one request.

    Parameters
    ----------
    slate
        Best first.
    dropped
        Item and verdict of what would have stood in the slate, had a gate not refused it.
    refused
        How many items of the whole catalogue each verdict refused.
    personalised, fallback
        Whether the customer's own data were used and, if not, why: ``no_consent`` or
        ``cold_start``.
    lineup
        What the slate was cut from.
    ground
        Why it is personal or not.
    anchors
        By item of the slate: the item that its reason names, where it names one.
    """

    slate: tuple[RankedItem, ...]
    dropped: tuple[tuple[int, int], ...]
    personalised: bool
    fallback: str | None
    refused: Mapping[int, int] = field(default_factory=dict)
    lineup: Lineup = field(default_factory=Lineup)
    ground: Ground = field(default_factory=Ground)
    anchors: Mapping[int, int] = field(default_factory=dict)
