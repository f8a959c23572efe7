"""From the slates that the prices suggest to slates that the capacities allow.

What an assignment loses against the bound is exactly: the price of every unit left unused, plus,
for each customer, the net worth by which the slate falls short of the best one. So a repair gives
up what costs the least net worth a unit, and then fills what room there is with what costs least.
"""

from dataclasses import dataclass

import numpy as np

from decisioning.budgets.problem import Flags, Floats, Ints, Problem

MOVES = 20_000  # moves tried a round, best first
ROUNDS = 100  # every round with a move raises the total; this bounds the time


def release(problem: Problem, net: Floats, chosen: Flags) -> None:
    """Take pairs out of ``chosen`` (m, k), in place, until no capacity is exceeded.

    What goes first is what costs the least net worth for a unit of the capacity most exceeded,
    the customer's best action that does not use it being put in the balance. Of equals the last
    customer's last action goes first.
    """
    while True:
        over = problem.used(*np.nonzero(chosen)) - problem.limit
        if not (over > 0).any():
            return
        worst = int(np.argmax(over / np.maximum(problem.limit, 1.0)))
        rows, columns = np.nonzero(chosen)
        use = problem.use(worst, rows, columns)
        rows, columns, use = rows[use > 0], columns[use > 0], use[use > 0]
        loss = net[rows, columns] - _instead(problem, net, chosen, worst, rows)
        order = np.lexsort((-columns, -rows, loss / use))
        goes = _cover(loss[order], use[order], float(over[worst]))
        chosen[rows[order[goes]], columns[order[goes]]] = False


def _cover(loss: Floats, use: Floats, over: float) -> Ints:
    """Return which pairs (p,), in the order of loss a unit, to drop for ``over`` units.

    The first ones, or the one that covers it alone where that loses less.
    """
    first = int(np.searchsorted(np.cumsum(use), over)) + 1
    alone = np.where(use >= over, loss, np.inf)
    if alone.min() < loss[:first].sum():
        return np.array([alone.argmin()])
    return np.arange(min(first, loss.size))


def _instead(problem: Problem, net: Floats, chosen: Flags, capacity: int, rows: Ints) -> Floats:
    """Net worth of the best action outside the slate that does not use the capacity, >= 0."""
    spares = ~problem.members[capacity]
    if not spares.any():
        return np.zeros(rows.size)
    left = np.where(chosen[:, spares], -np.inf, net[:, spares]).max(axis=1)
    return np.asarray(np.maximum(left[rows], 0.0), np.float64)


@dataclass(frozen=True)
class _Moves:
    """Moves (p,): customer, action that comes in, action that goes out (-1 for none)."""

    row: Ints
    comes: Ints
    goes: Ints


def improve(problem: Problem, net: Floats, chosen: Flags) -> None:
    """Add and swap actions in ``chosen`` (m, k), in place, while that fits and raises the total.

    Each round takes, for every customer, the move of best net worth that fits by itself, and
    makes them in that order as far as the room goes.
    """
    rounds, made = 0, 1
    while made and rounds < ROUNDS:
        left = problem.limit - problem.used(*np.nonzero(chosen))
        made = _make(problem, chosen, left, _moves(problem, net, chosen, left))
        rounds += 1


def _moves(problem: Problem, net: Floats, chosen: Flags, left: Floats) -> _Moves:
    """Return each customer's best move, best first."""
    everyone = np.arange(net.shape[0])
    weakest = np.where(chosen, net, np.inf).argmin(axis=1)
    full = chosen.sum(axis=1) >= problem.room
    goes = np.where(full & chosen.any(axis=1), weakest, -1)
    swaps = goes >= 0
    lost = np.where(swaps, net[everyone, weakest], 0.0)
    lost_worth = np.where(swaps, problem.worth[everyone, weakest], 0.0)
    open_ = ~chosen & (problem.worth > lost_worth[:, None]) & (problem.room > 0)[:, None]
    if problem.max_per_kind:
        open_ &= _kind_is_open(problem, chosen, goes)
    open_ &= problem.fits(left) | (swaps[:, None] & _swap_fits(problem, left, goes))
    gain = np.where(open_, net - lost[:, None], -np.inf)
    comes = gain.argmax(axis=1)
    best = gain[everyone, comes]
    rows = np.flatnonzero(np.isfinite(best))
    rows = rows[np.argsort(-best[rows], kind="stable")][:MOVES]
    return _Moves(rows, comes[rows], goes[rows])


def _kind_is_open(problem: Problem, chosen: Flags, goes: Ints) -> Flags:
    """Tell whether one more of the kind is allowed once ``goes`` (m,) is out, bool (m, k)."""
    of_kind = problem.kinds[:, None] == problem.kinds[None, :]
    held = chosen.astype(np.int64) @ of_kind.astype(np.int64)
    leaves = (goes >= 0)[:, None] & of_kind[goes]
    return np.asarray(held - leaves < problem.max_per_kind, np.bool_)


def _swap_fits(problem: Problem, left: Floats, goes: Ints) -> Flags:
    """Tell which actions fit once ``goes`` (m,) is out of the slate, bool (m, k)."""
    fits = np.ones(problem.worth.shape, dtype=np.bool_)
    everyone = np.arange(goes.size)
    for r, members in enumerate(problem.members):
        freed = left[r] + problem.use(r, everyone, goes)
        unit = problem.spend[:, members] if problem.in_money[r] else 1.0
        fits[:, members] &= unit <= freed[:, None]
    return fits


def _make(problem: Problem, chosen: Flags, left: Floats, moves: _Moves) -> int:
    """Make the moves that still fit, in their order; return how many."""
    comes = np.array([problem.use(r, moves.row, moves.comes) for r in range(left.size)])
    goes = np.array([problem.use(r, moves.row, moves.goes) for r in range(left.size)])
    change = np.where(moves.goes >= 0, comes - goes, comes).T
    made = 0
    for move, uses in enumerate(change):
        # What a swap frees may be used again, but a capacity that does not change hands may
        # stand a rounding error above its limit: only what grows has to fit.
        if ((uses > 0) & (uses > left)).any():
            continue
        left = left - uses
        row = moves.row[move]
        if moves.goes[move] >= 0:
            chosen[row, moves.goes[move]] = False
        chosen[row, moves.comes[move]] = True
        made += 1
    return made
