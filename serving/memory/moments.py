"""Until when a decision stands if nothing is written: the next moment at which time changes it."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from math import ceil
from typing import Final

from decisioning.catalogue import Action
from decisioning.policy import DAY, Policy
from serving.memory.watched import Read
from serving.world import utc_offset

_QUARTER: Final = 900
"""Seconds: time zones change their offset, and hours begin everywhere, at a full quarter of one."""


class Moments:
    """The moments of a bundle's rules.

    Parameters
    ----------
    actions, policy
        What decides.
    ledger_days
        How far back the contact ledger is read.
    """

    def __init__(self, actions: Sequence[Action], policy: Policy, ledger_days: float) -> None:
        edges = [edge for one in actions for edge in (one.valid_from, one.valid_until)]
        self._edges = sorted(edge for edge in edges if edge is not None)
        self._windows = _windows(actions, policy) | {ledger_days}
        self._zones = sorted({policy.time_zone, *policy.time_zones.values()})
        self._turns: tuple[int, list[int]] = (-1, [])

    def until_for_items(self, reads: Iterable[Read], as_of: int) -> int:
        """Return until when a slate of items stands: no lot, no window and no hour has a say in it.

        A day at most, counted from when it was taken: everybody's at midnight would be thought of
        anew in the same second.
        """
        return self._first([as_of + DAY], reads, as_of, ())

    def until(self, reads: Iterable[Read], as_of: int, *, by_the_hour: bool) -> int:
        """Return the first moment after ``as_of`` at which the same rows may mean something else.

        ``as_of`` itself where that cannot be told: a row is dated later than now.

        Parameters
        ----------
        by_the_hour
            Whether quiet hours have a say.
        """
        moments = [(as_of // _QUARTER + 1) * _QUARTER if by_the_hour else self._turn(as_of)]
        k = bisect_right(self._edges, as_of)
        return self._first([*moments, *self._edges[k : k + 1]], reads, as_of, self._windows)

    @staticmethod
    def _first(
        moments: list[int], reads: Iterable[Read], as_of: int, windows: Collection[float]
    ) -> int:
        for read in reads:
            for moment in _moments_of(read, as_of, windows):
                if moment == as_of:
                    return as_of
                moments.append(moment)
        return min(moments)

    def _turn(self, as_of: int) -> int:
        """Return when the next day begins, with its lots, or a time zone changes its offset."""
        day = as_of // DAY
        if self._turns[0] != day:
            turns = [at for at in range(day * DAY, (day + 1) * DAY, _QUARTER) if self._turns_at(at)]
            self._turns = day, [*turns, (day + 1) * DAY]
        return next(at for at in self._turns[1] if at > as_of)

    def _turns_at(self, moment: int) -> bool:
        return any(utc_offset(zone, moment) != utc_offset(zone, moment - 1) for zone in self._zones)


def _moments_of(read: Read, as_of: int, windows: Collection[float]) -> Iterator[int]:
    """Yield moments from ``as_of`` on; ``as_of`` itself for what is dated later."""
    if read.port == "consents":
        for row in read.answer:
            edges = (row.recorded_at, row.expires_at)
            yield from (edge for edge in edges if edge is not None and edge > as_of)
    elif read.port == "events":
        yield from (as_of for row in read.answer if row.occurred_at > as_of)
    elif read.port == "ledger":
        for row in read.answer:
            if row.at > as_of:
                yield as_of
            ends = (row.at + ceil(days * DAY) for days in windows)
            yield from (end for end in ends if end > as_of)


def _windows(actions: Sequence[Action], policy: Policy) -> set[float]:
    """Return every period, in days, after which a row of the ledger counts no more."""
    found: set[float] = set()
    for limit in policy.limits:
        found |= {limit.days, limit.suppress_days, limit.days + limit.suppress_days}
    if policy.fatigue is not None:
        found |= {policy.fatigue.days, policy.fatigue.suppress_days}
    for action in actions:
        found.add(action.cool_down_days)
        found.update(days for _, days in action.cool_down_after)
    return found
