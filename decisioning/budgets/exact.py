"""The linear relaxation, and the exact solution of the part of a problem that is a close call."""

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from decisioning.budgets.problem import Flags, Floats, Ints, Problem
from decisioning.slates import holds

EFFORT = 40_000  # nodes x pairs of branch and bound: a time limit would not replay


def linear_bound(problem: Problem) -> float:
    """Solve the linear relaxation with HiGHS: no assignment is worth more.

    One variable for each pair that can be chosen, one row for each customer: for some hundred
    thousand pairs it takes seconds to minutes. `shadow_prices` finds the same figure by prices.
    """
    rows, columns = np.nonzero(np.isfinite(problem.worth))
    if not rows.size:
        return 0.0
    matrix, most = _constraints(problem, rows, columns)
    found = linprog(-problem.worth[rows, columns], A_ub=matrix, b_ub=most, bounds=(0.0, 1.0))
    if found.x is None:  # choosing nothing is feasible and every variable is bounded
        raise ArithmeticError(f"The linear relaxation failed: {found.message}")
    return -float(found.fun)


def solve_close_calls(
    problem: Problem, net: Floats, chosen: Flags, gap: float, most: int
) -> Flags | None:
    """Solve again for the customers whose slate is a close call, the others standing as they are.

    A pair whose net worth is further from its customer's threshold than ``gap``, what the
    assignment may still miss, is decided already (reduced-cost fixing); of the others come the
    closest customers, up to ``most`` pairs.

    Parameters
    ----------
    net
        float64 (m, k): worth less the price of what is used.
    chosen
        bool (m, k): a feasible assignment.

    Returns
    -------
    bool (m, k), or None where nothing better was found.
    """
    away = _distance(problem, net)
    nearest = away.min(axis=1, initial=np.inf)
    open_ = (away <= gap) | chosen
    order = np.argsort(nearest, kind="stable")
    order = order[nearest[order] <= gap]
    people = order[: int(np.searchsorted(np.cumsum(open_[order].sum(axis=1)), most, "right"))]
    if not people.size:
        return None
    people.sort()
    others = chosen.copy()
    others[people] = False
    left = np.maximum(problem.limit - problem.used(*np.nonzero(others)), 0.0)
    part = replace(problem.of(people), limit=left)
    return _solve(part, open_[people], others, people)


def _distance(problem: Problem, net: Floats) -> Floats:
    """How far each pair's net worth is from what it would push out of the best slate, or from 0."""
    best = holds(problem.slates(net), net.shape[1])
    weakest = np.where(best, net, np.inf)
    full = best.sum(axis=1) >= problem.room
    threshold = np.repeat(np.where(full, weakest.min(axis=1), 0.0)[:, None], net.shape[1], axis=1)
    for kind in np.unique(problem.kinds) if problem.max_per_kind else ():
        same = np.flatnonzero(problem.kinds == kind)
        capped = np.flatnonzero(best[:, same].sum(axis=1) >= problem.max_per_kind)
        threshold[np.ix_(capped, same)] = weakest[np.ix_(capped, same)].min(axis=1, keepdims=True)
    return np.asarray(np.abs(net - threshold), np.float64)


def _solve(part: Problem, open_: Flags, others: Flags, people: Ints) -> Flags | None:
    rows, columns = np.nonzero(open_)
    matrix, most = _constraints(part, rows, columns)
    found = milp(
        -part.worth[rows, columns],
        integrality=np.ones(rows.size),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, ub=most),
        options={"node_limit": EFFORT // rows.size, "mip_rel_gap": 0.0},
    )
    if found.x is None:  # the nodes ran out before a solution was met
        return None
    taken = np.round(found.x) == 1
    chosen = others.copy()
    chosen[people[rows[taken]], columns[taken]] = True
    return chosen


def _constraints(problem: Problem, rows: Ints, columns: Ints) -> tuple[sparse.csr_array, Floats]:
    """Left side and right side of: capacities, slates, and kinds where they are limited."""
    variable = np.arange(rows.size)
    sides = [(np.unique(rows, return_inverse=True)[1], problem.room[np.unique(rows)])]
    if problem.max_per_kind:
        of_kind = rows * (problem.kinds.max() + 1) + problem.kinds[columns]
        groups, group = np.unique(of_kind, return_inverse=True)
        sides.append((group, np.full(groups.size, problem.max_per_kind)))
    uses = [problem.use(r, rows, columns) for r in range(problem.limit.size)]
    blocks = [sparse.csr_array(np.array(uses).reshape(-1, rows.size))]
    for group, most in sides:
        ones = np.ones(rows.size)
        blocks.append(sparse.csr_array((ones, (group, variable)), (most.size, rows.size)))
    right = np.concatenate([problem.limit, *(most.astype(np.float64) for _, most in sides)])
    return sparse.vstack(blocks, format="csr"), right
