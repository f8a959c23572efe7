"""Who gets what when budgets cannot pay for everybody: slates of a batch, across customers.

Maximises the total worth of m customers' slates within the policy's budgets, and says how far
from the best it may be: the bound holds for every assignment there is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from decisioning.budgets.exact import linear_bound
from decisioning.budgets.problem import Flags, Floats, Ints, Problem
from decisioning.budgets.solve import solve
from decisioning.catalogue import Action
from decisioning.draws import U64
from decisioning.policy import Budget


@dataclass(frozen=True)
class Capacities:
    """Budgets as r capacities, each of contacts or of money.

    Parameters
    ----------
    names
        The budget's name, length r.
    members
        bool (r, k): the actions whose contacts use it.
    in_money
        bool (r,): it is of cents of contact cost and expected discount; else of contacts.
    limit
        float64 (r,), >= 0; inf is no limit.
    """

    names: tuple[str, ...]
    members: Flags
    in_money: Flags
    limit: Floats


@dataclass(frozen=True)
class Candidates:
    """What can be assigned: m customers x k actions.

    Parameters
    ----------
    worth
        float64 (m, k), cents; only what is above 0 is ever chosen, NaN never.
    allowed
        bool (m, k): passed every gate.
    spend
        float64 (m, k), cents of contact cost and expected discount, >= 0 where allowed.
    room
        int64 (m,): how many actions a customer may have.
    keys
        uint64 (m,): the customers' keys, which break ties after the action's id.
    """

    worth: Floats
    allowed: Flags
    spend: Floats
    room: Ints
    keys: U64


@dataclass(frozen=True)
class Assignment:
    """Who gets what, and how good that is.

    Parameters
    ----------
    chosen
        bool (m, k).
    total
        Cents: the worth of what was chosen.
    bound
        Cents: no assignment within the capacities is worth more.
    prices
        float64 (r,): what one more unit of a capacity would add, cents a contact or a cent.
    used
        float64 (r,), never above the limit.
    """

    chosen: Flags
    total: float
    bound: float
    prices: Floats
    used: Floats

    @property
    def share_of_bound(self) -> float:
        """The total as a share of the bound, 1 where there is nothing to gain."""
        return self.total / self.bound if self.bound > 0 else 1.0


def capacities(budgets: Sequence[Budget], actions: Sequence[Action], channel: str) -> Capacities:
    """Return the policy's budgets as capacities on one channel; doing nothing uses none of them."""
    rows = [
        (budget, limit, in_money)
        for budget in budgets
        if budget.channel in ("", channel)
        for limit, in_money in ((budget.contacts, False), (budget.money, True))
        if limit is not None
    ]
    members = [[_uses(budget, action) for action in actions] for budget, _, _ in rows]
    return Capacities(
        names=tuple(budget.name for budget, _, _ in rows),
        members=np.array(members, dtype=np.bool_).reshape(len(rows), len(actions)),
        in_money=np.array([in_money for _, _, in_money in rows], dtype=np.bool_),
        limit=np.array([limit for _, limit, _ in rows], dtype=np.float64),
    )


def _uses(budget: Budget, action: Action) -> bool:
    return action.kind != "none" and all(
        wanted in ("", has)
        for wanted, has in (
            (budget.kind, action.kind),
            (budget.group, action.group),
            (budget.action, action.action_id),
        )
    )


def assign(
    candidates: Candidates,
    limits: Capacities,
    actions: Sequence[Action],
    max_per_kind: int = 0,
) -> Assignment:
    """Choose slates of the most worth within the capacities.

    The order of customers and actions changes nothing: ties go to the smaller action id, then
    to the smaller key. With no capacity in the way every customer has the best slate there is.

    Parameters
    ----------
    actions
        The k actions: their ids break ties, their kinds count towards ``max_per_kind``.
    max_per_kind
        How many actions of one kind a customer may have, 0 for no limit.
    """
    rows = np.argsort(candidates.keys, kind="stable")
    columns = np.argsort([action.action_id for action in actions], kind="stable")
    problem = _problem(candidates, limits, actions, max_per_kind, rows, columns)
    prices, chosen = solve(problem)
    found = np.zeros_like(chosen)
    found[np.ix_(rows, columns)] = chosen
    price = np.zeros(limits.limit.size)
    price[np.isfinite(limits.limit)] = prices.price
    return Assignment(
        found,
        total=math.fsum(problem.worth[chosen]),
        bound=prices.bound,
        prices=price,
        used=_used(found, candidates.spend, limits),
    )


def linear_relaxation(
    candidates: Candidates, limits: Capacities, actions: Sequence[Action], max_per_kind: int = 0
) -> float:
    """Return the optimum of the linear relaxation, from SciPy's solver, in cents.

    For measuring: `assign` finds the same bound by prices, without a solver for large problems.
    """
    rows, columns = np.arange(candidates.keys.size), np.arange(len(actions))
    return linear_bound(_problem(candidates, limits, actions, max_per_kind, rows, columns))


def _problem(
    candidates: Candidates,
    limits: Capacities,
    actions: Sequence[Action],
    max_per_kind: int,
    rows: Ints,
    columns: Ints,
) -> Problem:
    """Return the problem in the order that breaks ties, without what cannot be chosen at all."""
    pick = np.ix_(rows, columns)
    _, kinds = np.unique([action.kind for action in actions], return_inverse=True)
    worth, spend = candidates.worth[pick], candidates.spend[pick]
    choosable = candidates.allowed[pick] & (worth > 0)
    if not ((spend >= 0) | ~choosable).all():
        raise ValueError("Candidates.spend must be 0 or more wherever a pair is allowed.")
    if not (limits.limit >= 0).all():
        raise ValueError("Capacities.limit must be 0 or more; use inf for no limit.")
    limited = np.isfinite(limits.limit)
    problem = Problem(
        worth=np.where(choosable, worth, -np.inf),
        spend=np.where(choosable, spend, 0.0),
        members=limits.members[limited][:, columns],
        in_money=limits.in_money[limited],
        limit=limits.limit[limited],
        room=candidates.room[rows],
        kinds=kinds[columns].astype(np.int64),
        max_per_kind=max_per_kind,
    )
    problem.worth[~problem.fits(problem.limit)] = -np.inf
    return problem


def _used(chosen: Flags, spend: Floats, limits: Capacities) -> Floats:
    """Return what was used of each capacity; exactly rounded, so that no order shows in it."""
    return np.array(
        [
            math.fsum(spend[chosen & members]) if in_money else float((chosen & members).sum())
            for members, in_money in zip(limits.members, limits.in_money, strict=True)
        ],
        dtype=np.float64,
    )
