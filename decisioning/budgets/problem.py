"""The assignment problem as arrays, and the best slate of each customer."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.slates import NOBODY, best_slates

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

ROWS = 4096  # customers a step: 4096 x 50 float64 stay in the second-level cache


@dataclass(frozen=True)
class Problem:
    """Choose pairs of customer and action for the most worth, within r capacities.

    Parameters
    ----------
    worth
        float64 (m, k); -inf for a pair that cannot be chosen, > 0 elsewhere.
    spend
        float64 (m, k), >= 0: what a pair uses of a capacity of money; 0 where it cannot be chosen.
    members
        bool (r, k): the actions that use a capacity.
    in_money
        bool (r,): the capacity is of money; else every pair uses one unit of it.
    limit
        float64 (r,), finite and >= 0.
    room
        int64 (m,): how many actions a customer may have.
    kinds
        int64 (k,): the kind of each action, as a number.
    max_per_kind
        How many actions of a kind a customer may have; 0 for no limit.
    """

    worth: Floats
    spend: Floats
    members: Flags
    in_money: Flags
    limit: Floats
    room: Ints
    kinds: Ints
    max_per_kind: int

    def net(self, prices: Floats, rows: slice = slice(None)) -> Floats:
        """Return worth less the price of what is used, float64 (rows, k); prices are (r,)."""
        a_contact = prices[~self.in_money] @ self.members[~self.in_money]
        a_cent = prices[self.in_money] @ self.members[self.in_money]
        left: Floats = self.worth[rows] - a_contact
        if a_cent.any():
            left -= self.spend[rows] * a_cent
        return left

    def used(self, rows: Ints, columns: Ints) -> Floats:
        """Return what the pairs (p,), (p,) use of each capacity, float64 (r,)."""
        k = self.worth.shape[1]
        contacts = np.bincount(columns, minlength=k)
        money = np.bincount(columns, weights=self.spend[rows, columns], minlength=k)
        return np.asarray(
            np.where(self.in_money, self.members @ money, self.members @ contacts), np.float64
        )

    def use(self, capacity: int, rows: Ints, columns: Ints) -> Floats:
        """Return what each of the pairs (p,), (p,) uses of one capacity, float64 (p,)."""
        unit = self.spend[rows, columns] if self.in_money[capacity] else 1.0
        return np.asarray(self.members[capacity, columns] * unit, np.float64)

    def within(self, chosen: Flags) -> bool:
        """Tell whether no capacity is exceeded, by sums of money that are exactly rounded."""
        for members, in_money, most in zip(self.members, self.in_money, self.limit, strict=True):
            pairs_ = chosen & members
            if (math.fsum(self.spend[pairs_]) if in_money else pairs_.sum()) > most:
                return False
        return True

    def slates(self, net: Floats, rows: slice = slice(None), least: float = 0.0) -> Ints:
        """Return the best slates (rows, n) by this net worth (rows, k); only above ``least``."""
        room = self.room[rows]
        n = min(int(room.max(initial=0)), net.shape[1])
        return best_slates(net, room, n, self.kinds, self.max_per_kind, least)

    def fits(self, left: Floats) -> Flags:
        """Tell which pairs use no more than ``left`` (r,) of any capacity, bool (m, k)."""
        fits = np.ones(self.worth.shape, dtype=np.bool_)
        for members, in_money, most in zip(self.members, self.in_money, left, strict=True):
            if in_money:
                fits[:, members] &= self.spend[:, members] <= most
            elif most < 1.0:
                fits[:, members] = False
        return fits

    def of(self, rows: Ints) -> "Problem":
        """Return the problem of some of the customers only, with the same capacities."""
        return replace(self, worth=self.worth[rows], spend=self.spend[rows], room=self.room[rows])


def pairs(picks: Ints) -> tuple[Ints, Ints]:
    """Return the customers (p,) and actions (p,) that slates (m, n) hold."""
    rows, places = np.nonzero(picks != NOBODY)
    return rows, picks[rows, places]
