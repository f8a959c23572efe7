"""The parts of the method, where the whole cannot reach them."""

from types import SimpleNamespace

import numpy as np
import pytest

from decisioning.budgets import exact, prices
from decisioning.budgets.exact import linear_bound, solve_close_calls
from decisioning.budgets.prices import relaxed, shadow_prices
from decisioning.budgets.problem import Problem
from decisioning.budgets.repair import improve, release


def one_budget(worth, limit, spend=None, room=1, kinds=None, max_per_kind=0) -> Problem:
    worth = np.array(worth, dtype=np.float64)
    m, k = worth.shape
    return Problem(
        worth,
        np.ones((m, k)) if spend is None else np.array(spend, dtype=np.float64),
        np.ones((1, k), dtype=bool),
        np.array([spend is not None]),
        np.array([limit], dtype=np.float64),
        np.full(m, room),
        np.zeros(k, dtype=np.int64) if kinds is None else np.array(kinds),
        max_per_kind,
    )


def test_the_relaxation_by_hand():
    # At a price of 4 two of the three still want a contact: (7 - 4) + (5 - 4) + 4 x 1.
    bound, slope = relaxed(one_budget([[7.0], [5.0], [3.0]], limit=1), np.array([4.0]))
    assert bound == 8.0
    assert slope.tolist() == [-1.0]


def test_the_price_is_what_one_more_contact_would_add():
    found = shadow_prices(one_budget([[7.0], [5.0], [3.0]], limit=1))
    assert 5.0 <= found.price[0] <= 7.0
    assert found.bound == pytest.approx(7.0)


def test_a_slate_holds_at_most_so_many_of_a_kind():
    problem = one_budget([[9.0, 8.0, 1.0]], 9, room=2, kinds=[0, 0, 1], max_per_kind=1)
    assert problem.slates(problem.worth).tolist() == [[0, 2]]


def test_what_goes_is_the_one_that_covers_it_where_that_loses_least():
    # For a cent the first is the cheapest to lose, but it does not free enough.
    problem = one_budget([[1.0], [6.0], [900.0]], 90, spend=[[1.0], [5.0], [90.0]])
    chosen = np.ones((3, 1), dtype=bool)
    release(problem, problem.worth, chosen)
    assert chosen[:, 0].tolist() == [False, False, True]
    tight = one_budget([[1.0], [6.0], [900.0]], 92, spend=[[1.0], [5.0], [90.0]])
    chosen = np.ones((3, 1), dtype=bool)
    release(tight, tight.worth, chosen)
    assert chosen[:, 0].tolist() == [True, False, True]


def test_a_better_action_takes_the_place_of_a_worse_one():
    problem = one_budget([[5.0, 9.0], [4.0, 2.0]], 2)
    chosen = np.array([[True, False], [False, False]])
    improve(problem, problem.worth, chosen)
    assert chosen.tolist() == [[False, True], [True, False]]


def test_close_calls_are_only_those_within_the_gap():
    problem = one_budget([[5.0, 9.0]], 1)
    chosen = np.array([[True, False]])
    assert solve_close_calls(problem, problem.worth, chosen, gap=-1.0, most=10) is None
    found = solve_close_calls(problem, problem.worth, chosen, gap=4.0, most=10)
    assert found is not None
    assert found.tolist() == [[False, True]]


def test_nothing_to_choose_has_a_bound_of_nothing():
    assert linear_bound(one_budget([[-np.inf]], 1)) == 0.0


def test_a_solver_that_fails_says_so(monkeypatch):
    failed = SimpleNamespace(x=None, message="numerical trouble")
    for module in (exact, prices):
        monkeypatch.setattr(module, "linprog", lambda *_, **__: failed)
    problem = one_budget([[7.0], [5.0]], limit=1)
    with pytest.raises(ArithmeticError, match="numerical trouble"):
        linear_bound(problem)
    with pytest.raises(ArithmeticError, match="numerical trouble"):
        shadow_prices(problem)


def test_branch_and_bound_without_an_answer_leaves_things_as_they_are(monkeypatch):
    monkeypatch.setattr(exact, "milp", lambda *_, **__: SimpleNamespace(x=None))
    problem = one_budget([[5.0, 9.0]], 1)
    assert solve_close_calls(problem, problem.worth, np.array([[True, False]]), 4.0, 10) is None
