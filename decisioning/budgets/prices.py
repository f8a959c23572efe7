"""Shadow prices: what one more unit of each capacity is worth, and the bound that they prove.

Lagrangian relaxation (Held and Karp 1971; Fisher, Management Science 1981): pay a price for each
unit used and the customers fall apart, each with the slate of the best net worth. For any prices
``p >= 0`` the sum of those net worths plus ``p . limit`` is at least what any assignment can
reach. The least such bound is the linear relaxation's optimum, for a customer's slates are a
matroid. It is found by cutting planes in a box around the best prices so far (boxstep: Marsten,
Hogan, Blankenship, Operations Research 1975): the dual is convex, piecewise linear, and has as
many variables as there are budgets, so each step is a linear program of a few rows.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from decisioning.budgets.problem import ROWS, Floats, Problem, pairs

TOLERANCE = 1e-6  # of the bound: how near its least the bound must be
SAMPLE = 5000  # customers on whom the prices are first looked for
MOST = 200  # evaluations at most; the bound is valid whenever one stops


@dataclass(frozen=True)
class Prices:
    """Prices float64 (r,), cents a unit, and the upper bound on any total that they prove."""

    price: Floats
    bound: float


@dataclass
class _Cuts:
    """Tangents of the dual met so far: ``height + slope . price`` lies under it everywhere."""

    slope: list[Floats]
    height: list[float]

    def add(self, price: Floats, value: float, slope: Floats) -> None:
        self.slope.append(slope)
        self.height.append(value - float(slope @ price))

    def lowest(self, low: Floats, high: Floats) -> tuple[Floats, float]:
        """Return where in the box the tangents allow the least value, and that value."""
        unit = max(1.0, max(abs(height) for height in self.height))
        slopes = np.column_stack([np.array(self.slope) / unit, -np.ones(len(self.slope))])
        box = [*zip(low, high, strict=True), (None, None)]
        goal = np.r_[np.zeros(low.size), 1.0]
        found = linprog(goal, A_ub=slopes, b_ub=-np.array(self.height) / unit, bounds=box)
        if found.x is None:  # the box is never empty and the cuts bound it from below
            raise ArithmeticError(f"The prices' linear program failed: {found.message}")
        return np.clip(found.x[:-1], low, high), float(found.x[-1]) * unit


def relaxed(problem: Problem, price: Floats) -> tuple[float, Floats]:
    """Return the bound at these prices, and its slope: limit less use, float64 (r,)."""
    bound = float(price @ problem.limit)
    used = np.zeros(price.size)
    for start in range(0, problem.worth.shape[0], ROWS):
        rows = slice(start, start + ROWS)
        net = problem.net(price, rows)
        picks = problem.slates(net, rows)
        who, what = pairs(picks)
        bound += float(net[who, what].sum())
        used += problem.used(who + start, what)
    return bound, problem.limit - used


def shadow_prices(problem: Problem) -> Prices:
    """Find the prices of least bound: on a sample of the customers first, then on all."""
    highest = _highest(problem, float(relaxed(problem, np.zeros(problem.limit.size))[0]))
    start, reach = np.zeros(highest.size), 1.0
    m = problem.worth.shape[0]
    if m > 4 * SAMPLE:
        rows = np.linspace(0, m - 1, SAMPLE).astype(np.int64)
        part = problem.of(rows)
        start = _descend(part, problem.limit * (SAMPLE / m), start, highest, 1.0).price
        reach = 0.02
    return _descend(problem, problem.limit, start, highest, reach)


def _highest(problem: Problem, free: float) -> Floats:
    """Return prices that no best price exceeds, float64 (r,).

    At higher ones nobody would use the capacity, or its price alone would bring the bound above
    ``free``, the bound without prices.
    """
    highest = np.zeros(problem.limit.size)
    choosable = np.isfinite(problem.worth)
    for r, (members, in_money) in enumerate(zip(problem.members, problem.in_money, strict=True)):
        uses = choosable & members & ((problem.spend > 0) if in_money else True)
        unit = problem.spend[uses] if in_money else 1.0
        highest[r] = (problem.worth[uses] / unit).max(initial=0.0)
        if problem.limit[r] > 0:
            highest[r] = min(highest[r], free / problem.limit[r])
    return highest


def _descend(
    problem: Problem, limit: Floats, start: Floats, highest: Floats, reach: float
) -> Prices:
    """Lower the bound from ``start`` until the tangents say that nothing is left to gain.

    The box around the best prices widens after a step that helped and shrinks after one that
    did not; the end is only ever declared with the box over all prices.
    """
    scaled = replace(problem, limit=limit)
    price = np.minimum(start, highest)
    best, slope = relaxed(scaled, price)
    cuts = _Cuts([], [])
    cuts.add(price, best, slope)
    done = False
    while not done and len(cuts.height) < MOST:
        trial, least = cuts.lowest(
            np.maximum(price - reach * highest, 0.0), np.minimum(price + reach * highest, highest)
        )
        if best - least <= TOLERANCE * best:
            done, reach = reach >= 1.0, min(1.0, 8.0 * reach)
            continue
        value, slope = relaxed(scaled, trial)
        cuts.add(trial, value, slope)
        reach = min(1.0, 2.0 * reach) if best - value > 0.5 * (best - least) else 0.5 * reach
        if value < best:
            price, best = trial, value
    return Prices(price, best)
