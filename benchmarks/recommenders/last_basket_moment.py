"""Features of the moment: what a household buys at such an hour, on such a day, after such a gap.

Every visit before the moment weighs by how like the moment it is; what falls to an item is the
weight of the visits that held it, as a share of all. The item itself is told by how much more often
than usual it is bought at such an hour, on such a day and after such a gap by anybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommenders.last_basket_lines import DAY, Lines

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

HALF_LIFE: Final = 120.0
"""Days."""
HOURS: Final = 2.0
"""Standard deviation of the likeness of two hours of the day."""
UNKNOWN: Final = 0.3
"""Likeness of a gap to that of a first visit, which has none."""
SOON: Final = 0.02
"""Days added to a gap before its logarithm is taken: two stops on one trip are alike."""
PRIOR: Final = 10.0
"""Lines that draw an item's habits of the clock to those of all."""
GAPS: Final = 6
"""Classes of gaps, each e times as long as the one before."""

LIKE: Final = ("at_hour", "on_weekday", "after_gap", "at_moment", "part_at_moment")
LIFT: Final = ("lift_hour", "lift_weekday", "lift_gap")
MOMENT: Final = (*LIKE, "usual_part_at_moment", *LIFT)


@dataclass(frozen=True)
class Visits:
    """Each household's baskets, sorted by user, then time.

    Parameters
    ----------
    user, time, size
        int64 (visits,): size in items.
    gap
        float64 (visits,): days since the visit before, NaN of the first.
    of_line
        int64 (lines,): the visit of each line.
    """

    user: I64
    time: I64
    size: I64
    gap: F64
    of_line: I64


def visits_of(lines: Lines) -> Visits:
    """Read the lines as visits."""
    new = np.r_[True, (np.diff(lines.user) != 0) | (np.diff(lines.time) != 0)]
    start = np.flatnonzero(new)
    user, time = lines.user[start], lines.time[start]
    gap = np.r_[np.nan, np.diff(time) / DAY]
    gap[np.r_[True, np.diff(user) != 0]] = np.nan
    return Visits(user, time, np.diff(np.r_[start, lines.user.size]), gap, np.cumsum(new) - 1)


@dataclass(frozen=True)
class Now:
    """The moment of each user, (n_users,) each: epoch seconds, and days since its last visit."""

    time: I64
    gap: F64


def moment_columns(
    lines: Lines, past: NDArray[np.bool_], time: I64
) -> Callable[[I64, I64], list[F64]]:
    """Return what computes `MOMENT` of pairs of user and item.

    Parameters
    ----------
    past
        bool (lines,): what is known; whole visits, the first ones of each user.
    time
        int64 (n_users,): each user's moment, epoch seconds.
    """
    visits = visits_of(lines)
    known = np.zeros(visits.user.size, dtype=np.bool_)
    known[visits.of_line[past]] = True
    last = np.zeros(time.size, dtype=np.int64)
    np.maximum.at(last, visits.user[known], visits.time[known])
    now = Now(time, (time - last) / DAY)
    weights = _likeness(visits, known, now)
    shares, usual = _shares(lines, visits, weights, time.size)
    lifts = _lifts(lines.item[past], lines.n_items, visits, visits.of_line[past], now)

    def columns(user: I64, item: I64) -> list[F64]:
        return [*shares(user, item), usual[user], *(lift(user, item) for lift in lifts)]

    return columns


def _likeness(visits: Visits, known: NDArray[np.bool_], now: Now) -> list[F64]:
    """Weigh each visit by how like its user's moment it is, in the order of `LIKE`."""
    moment = now.time[visits.user]
    fading = np.zeros(known.size)
    fading[known] = 0.5 ** ((moment - visits.time)[known] / DAY / HALF_LIFE)
    apart = np.abs(visits.time % DAY - moment % DAY) / 3600
    hour = np.exp(-((np.minimum(apart, 24 - apart) / HOURS) ** 2) / 2)
    weekday = _weekday(visits.time) == _weekday(moment)
    ratio = np.log(visits.gap + SOON) - np.log(now.gap[visits.user] + SOON)
    gap = np.where(np.isnan(ratio), UNKNOWN, np.exp(-np.abs(ratio)))
    # The floors let what is bought at another hour, day or gap count for a little.
    alike = fading * (0.05 + hour) * (0.05 + gap) * (0.3 + weekday)
    return [fading * hour, fading * weekday, fading * gap, alike, alike / visits.size]


def _shares(
    lines: Lines, visits: Visits, weights: list[F64], n_users: int
) -> tuple[Callable[[I64, I64], list[F64]], F64]:
    """Return what sums the weights of a pair's visits as shares of its user's, and the usual part.

    The parts of a visit's items add up to its weight, so both of the last kinds are shares of one.
    """
    key = lines.user * lines.n_items + lines.item
    order = np.argsort(key, kind="stable")
    key = key[order]
    summed = [np.r_[0, np.cumsum(weight[visits.of_line[order]])] for weight in weights]
    total = [np.bincount(visits.user, weight, n_users) for weight in weights]
    whole = [np.maximum(t, 1e-9) for t in (*total[:-1], total[-2])]

    def shares(user: I64, item: I64) -> list[F64]:
        wanted = user * lines.n_items + item
        start, end = np.searchsorted(key, wanted), np.searchsorted(key, wanted, side="right")
        return [(s[end] - s[start]) / w[user] for s, w in zip(summed, whole, strict=True)]

    return shares, total[-1] / whole[-1]


def _lifts(
    item: I64, n_items: int, visits: Visits, visit: I64, now: Now
) -> list[Callable[[I64, I64], F64]]:
    """Return what tells an item's share of such an hour, weekday and gap over that of all items."""
    time = visits.time[visit]
    kinds = [
        (6, time % DAY // (4 * 3600), now.time % DAY // (4 * 3600)),
        (7, _weekday(time), _weekday(now.time)),
        (GAPS, _gap_class(visits.gap[visit]), _gap_class(now.gap)),
    ]
    return [_lift(item, n_items, *kind) for kind in kinds]


def _lift(item: I64, n_items: int, kinds: int, kind: I64, now: I64) -> Callable[[I64, I64], F64]:
    count = np.bincount(item * kinds + kind, minlength=n_items * kinds).reshape(n_items, kinds)
    share = np.maximum(count.sum(axis=0), 1) / max(item.size, 1)
    lift = (count + PRIOR * share) / (count.sum(axis=1, keepdims=True) + PRIOR) / share
    return lambda user, asked: np.asarray(lift[asked, now[user]])


def _weekday(time: I64) -> I64:
    return time // DAY % 7


def _gap_class(gap: F64) -> I64:
    """Class each gap in days, those of a first visit with those of one to e days."""
    place = np.floor(np.log(gap + SOON) + 3)
    return np.clip(np.where(np.isnan(place), 3, place), 0, GAPS - 1).astype(np.int64)
