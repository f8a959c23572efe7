"""The method: prices, the slates they suggest, repair, and the close calls solved exactly."""

import math
from dataclasses import replace

import numpy as np

from decisioning.budgets.exact import solve_close_calls
from decisioning.budgets.prices import Prices, shadow_prices
from decisioning.budgets.problem import Flags, Floats, Problem
from decisioning.budgets.repair import improve, release
from decisioning.slates import holds

AIM = 1e-4  # of the bound: a gap not worth an exact solution of the close calls
CLOSE_CALLS = 2000  # pairs in the exact solution, at most
TIED = 2e-3  # of the bound: a gap that tells of many ties, not of a few close calls
RUFFLE = 2e-3  # of a pair's worth: what tells equal pairs apart, at most


def solve(problem: Problem) -> tuple[Prices, Flags]:
    """Return prices with the bound they prove, and slates bool (m, k) within the capacities.

    Customers and actions must come in the order that breaks ties.
    """
    free = holds(problem.slates(problem.worth), problem.worth.shape[1])
    if problem.within(free):
        return Prices(np.zeros(problem.limit.size), worth_of(problem, free)), free
    prices = shadow_prices(problem)
    chosen = _attempt(problem, prices.price, problem, prices.bound)
    if prices.bound - worth_of(problem, chosen) > TIED * prices.bound:
        guide = _ruffled(problem)
        other = _attempt(problem, shadow_prices(guide).price, guide, prices.bound)
        chosen = _better(problem, chosen, other)
    return prices, chosen


def worth_of(problem: Problem, chosen: Flags) -> float:
    """Worth of the pairs chosen, in cents; the same whatever their order."""
    return math.fsum(problem.worth[chosen])


def _attempt(problem: Problem, price: Floats, guide: Problem, bound: float) -> Flags:
    """Slates by the net worth of ``guide`` at these prices, made feasible and then better."""
    net = guide.net(price)
    # A pair that its price makes worth exactly nothing may be chosen: with ties, many are.
    least = -1e-9 * float(problem.worth.max())
    chosen = holds(problem.slates(net, least=least), net.shape[1])
    _finish(problem, net, chosen)
    gap = bound - worth_of(problem, chosen)
    if gap <= AIM * bound:
        return chosen
    # One pair may make up all of the gap: a rounding error must not decide whether it is tried.
    other = solve_close_calls(problem, net, chosen, gap + 1e-6 * bound, CLOSE_CALLS)
    if other is None:
        return chosen
    _finish(problem, net, other)
    return _better(problem, chosen, other)


def _finish(problem: Problem, net: Floats, chosen: Flags) -> None:
    """Make ``chosen`` feasible, by an exactly rounded sum too, and fill what room there is."""
    release(problem, net, chosen)
    improve(problem, net, chosen)
    while not problem.within(chosen):  # by a rounding error: one pair more than covers it
        costs = chosen & (problem.spend > 0)
        least = np.argmin(np.where(costs, problem.worth, np.inf))
        chosen[np.unravel_index(least, chosen.shape)] = False


def _better(problem: Problem, one: Flags, other: Flags) -> Flags:
    return other if worth_of(problem, other) > worth_of(problem, one) else one


def _ruffled(problem: Problem) -> Problem:
    """Raise each pair's worth by a little of its own, so that no two are equal.

    Prices cannot tell equal customers apart: all of them want the same, or none does. Of a
    ruffled problem the prices choose some of them, and its best is within `RUFFLE` of the best.
    """
    own = np.random.default_rng(0).random(problem.worth.shape)
    return replace(problem, worth=problem.worth * (1.0 + RUFFLE * own))
