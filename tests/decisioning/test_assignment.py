from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning.assignment import Candidates, Capacities, assign, capacities
from decisioning.budgets.prices import SAMPLE
from decisioning.policy import Budget
from tests.decisioning.budget_cases import (
    STYLES,
    Case,
    an_action,
    best_by_trying,
    cases,
    make_case,
)

EMAIL, CALL = an_action("email"), an_action("call", "retention", "calls")


def calls(worth: list[list[float]], limit: float, n: int = 1) -> Case:
    """Customers x (email, call), with a limit on calls."""
    m = len(worth)
    return Case(
        Candidates(
            worth=np.array(worth),
            allowed=np.ones((m, 2), dtype=bool),
            spend=np.tile([1.0, 50.0], (m, 1)),
            room=np.full(m, n),
            keys=np.arange(m, dtype=np.uint64),
        ),
        Capacities(("calls",), np.array([[False, True]]), np.array([False]), np.array([limit])),
        (EMAIL, CALL),
        0,
    )


@given(cases(40, 6))
def test_no_capacity_slate_or_kind_is_ever_exceeded(case):
    found = case.assign()
    given_ = case.candidates
    assert (found.used <= case.limits.limit).all()
    assert (found.chosen.sum(axis=1) <= given_.room).all()
    assert not found.chosen[~given_.allowed | ~(given_.worth > 0)].any()
    for kind in {action.kind for action in case.actions} if case.max_per_kind else ():
        same = [action.kind == kind for action in case.actions]
        assert (found.chosen[:, same].sum(axis=1) <= case.max_per_kind).all()


@given(cases(40, 6))
def test_total_and_use_are_those_of_the_pairs_chosen(case):
    found = case.assign()
    spend = np.where(found.chosen, case.candidates.spend, 0.0)
    unit = np.where(case.limits.in_money[:, None], spend.sum(axis=0), found.chosen.sum(axis=0))
    assert np.allclose(found.used, (case.limits.members * unit).sum(axis=1))
    assert np.isclose(found.total, case.candidates.worth[found.chosen].sum())


@given(cases(30, 5))
def test_the_bound_is_the_linear_relaxations_optimum(case):
    found = case.assign()
    assert found.total <= found.bound * (1 + 1e-9)
    assert found.bound >= case.linear_bound() * (1 - 1e-9) - 1e-9
    if found.prices.any():
        assert found.bound <= case.linear_bound() * (1 + 1e-5) + 1e-9


@settings(max_examples=150)
@given(cases(4, 3))
def test_small_problems_are_solved_to_the_best_answer_there_is(case):
    best = best_by_trying(case)
    found = case.assign()
    assert found.total >= best - 1e-4 * found.bound - 1e-9
    assert found.bound >= best * (1 - 1e-9)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("tightness", [0.05, 0.5, 1.0])
def test_large_problems_come_within_one_percent_of_the_linear_bound(style, tightness):
    case = make_case(7, style, 2000, 8, 4, tightness)
    found = case.assign()
    assert found.total >= 0.99 * case.linear_bound()


@given(cases(30, 6), st.integers(0, 2**32 - 1))
def test_permuting_customers_and_actions_permutes_the_answer(case, seed):
    rng = np.random.default_rng(seed)
    rows, columns = (rng.permutation(n) for n in case.candidates.worth.shape)
    pick = np.ix_(rows, columns)
    other = Case(
        Candidates(
            case.candidates.worth[pick],
            case.candidates.allowed[pick],
            case.candidates.spend[pick],
            case.candidates.room[rows],
            case.candidates.keys[rows],
        ),
        replace(case.limits, members=case.limits.members[:, columns]),
        tuple(case.actions[k] for k in columns),
        case.max_per_kind,
    )
    one, two = case.assign(), other.assign()
    assert (one.chosen[pick] == two.chosen).all()
    assert (one.total, one.bound) == (two.total, two.bound)
    assert (one.prices == two.prices).all()
    assert (one.used == two.used).all()


@given(cases(40, 6))
def test_without_a_limit_everybody_has_the_best_slate(case):
    free = replace(case, limits=replace(case.limits, limit=np.full(case.limits.limit.size, np.inf)))
    found = free.assign()
    assert found.total == found.bound
    assert not found.prices.any()
    if not case.max_per_kind:
        worth = np.where(case.candidates.allowed, np.nan_to_num(case.candidates.worth), 0.0)
        best = -np.sort(-np.maximum(worth, 0.0), axis=1)
        kept = np.arange(worth.shape[1]) < case.candidates.room[:, None]
        assert found.total == pytest.approx(best[kept].sum())


@given(cases(40, 6))
def test_a_capacity_of_zero_is_never_used(case):
    closed = replace(case, limits=replace(case.limits, limit=np.zeros(case.limits.limit.size)))
    found = closed.assign()
    assert not found.used.any()
    uses_nothing = ~case.limits.members.any(axis=0)
    best_free = np.where(case.candidates.allowed, case.candidates.worth, 0.0)[:, uses_nothing]
    assert (found.total > 0) >= bool((best_free[case.candidates.room > 0] > 0).any())


@settings(max_examples=60)
@given(cases(25, 4), st.floats(1.0, 3.0))
def test_more_capacity_never_loses_more_than_what_was_left_to_gain(case, factor):
    more = replace(case, limits=replace(case.limits, limit=case.limits.limit * factor))
    before, after = case.assign(), more.assign()
    assert after.bound >= before.bound * (1 - 1e-5)
    assert after.total >= before.total - 0.01 * after.bound - 1e-9


def test_the_limit_goes_to_those_who_gain_most_over_what_they_have_instead():
    # 100 - 90 is less than 60 - 5: the call of most worth is not the one to make.
    found = calls([[90.0, 100.0], [5.0, 60.0], [1.0, 40.0]], limit=1).assign()
    assert found.chosen.tolist() == [[True, False], [False, True], [True, False]]
    assert found.total == 151.0
    # 39 is what one more call would add: 40 in place of 1.
    assert 39.0 <= found.prices[0] <= 55.0


def test_of_equal_customers_the_smaller_keys_are_called():
    found = calls([[0.0, 10.0]] * 5, limit=2).assign()
    assert found.chosen[:, 1].tolist() == [True, True, False, False, False]


def test_of_equal_actions_the_smaller_id_stands():
    found = calls([[10.0, 10.0]] * 3, limit=3).assign()
    assert found.chosen[:, 1].all()  # "call" < "email"


def test_overlapping_budgets_hold_together():
    members = np.array([[True, True], [False, True]])
    limits = Capacities(("money", "calls"), members, np.array([True, False]), np.array([104.0, 2]))
    case = replace(
        calls([[5.0, 60.0], [4.0, 70.0], [3.0, 80.0], [2.0, 9.0], [2.0, 9.0]], 0), limits=limits
    )
    found = case.assign()
    # Two calls cost 100, and four cents are left for the emails of the others.
    assert found.chosen[:, 1].tolist() == [False, True, True, False, False]
    assert found.used.tolist() == [103.0, 2.0]


def test_nobody_and_nothing():
    empty = calls([[0.0, -1.0]], limit=1)
    assert (empty.assign().total, empty.assign().share_of_bound) == (0.0, 1.0)
    nobody = Candidates(
        np.empty((0, 2)),
        np.empty((0, 2), bool),
        np.empty((0, 2)),
        np.empty(0, int),
        np.empty(0, np.uint64),
    )
    assert assign(nobody, empty.limits, (EMAIL, CALL)).chosen.shape == (0, 2)


def test_budgets_become_capacities_on_their_channel():
    budgets = (
        Budget("calls", channel="phone", group="calls", contacts=500, money=2_500.0),
        Budget("letters", channel="post", contacts=10),
        Budget("email only", action="email", money=7.0),
        Budget("retention", kind="retention", contacts=3),
        Budget("all", money=9.0),
        Budget("no limit at all"),
    )
    found = capacities(budgets, (EMAIL, CALL, an_action("nothing", "none")), "phone")
    assert found.names == ("calls", "calls", "email only", "retention", "all")
    assert found.in_money.tolist() == [False, True, True, False, True]
    assert found.limit.tolist() == [500.0, 2_500.0, 7.0, 3.0, 9.0]
    assert found.members.tolist() == [
        [False, True, False],
        [False, True, False],
        [True, False, False],
        [False, True, False],
        [True, True, False],
    ]
    assert capacities((), (EMAIL,), "phone").members.shape == (0, 1)


@pytest.mark.parametrize(
    ("spend", "limit", "field"),
    [(-1.0, 1.0, "spend"), (np.nan, 1.0, "spend"), (1.0, -1.0, "limit"), (1.0, np.nan, "limit")],
)
def test_wrong_numbers_are_refused_by_name(spend, limit, field):
    case = calls([[1.0, 2.0]], limit)
    wrong = replace(case.candidates, spend=np.full((1, 2), spend))
    with pytest.raises(ValueError, match=field):
        replace(case, candidates=wrong).assign()


def test_prices_found_on_a_sample_of_the_customers_are_right_for_all():
    case = make_case(3, "skewed", 4 * SAMPLE + 1, 3, 2, 0.3)
    found = case.assign()
    assert 0.999 * found.bound <= found.total <= found.bound
    assert found.bound == pytest.approx(case.linear_bound(), rel=1e-5)


def test_the_sums_of_money_that_meet_the_limit_are_exact():
    # Ten times 0.1 is 1 when rounded once, and less when added up one by one.
    m = 10
    case = calls([[5.0, 0.0]] * m, limit=0)
    limits = Capacities(("money",), np.array([[True, True]]), np.array([True]), np.array([1.0]))
    found = replace(
        case, candidates=replace(case.candidates, spend=np.full((m, 2), 0.1)), limits=limits
    ).assign()
    assert found.chosen[:, 0].sum() == m
    assert found.used[0] == 1.0


def test_a_limit_is_not_passed_by_a_rounding_error_either():
    # The running sum of ten times 0.1 is within this limit, their sum is not.
    m = 11
    limit = np.nextafter(1.0, 0.0)
    assert np.cumsum(np.full(10, 0.1))[-1] <= limit
    limits = Capacities(("money",), np.array([[True, True]]), np.array([True]), np.array([limit]))
    case = calls([[5.0, 0.0]] * m, limit=0)
    found = replace(
        case, candidates=replace(case.candidates, spend=np.full((m, 2), 0.1)), limits=limits
    ).assign()
    assert found.chosen[:, 0].sum() == 9
    assert found.used[0] <= limit


def test_without_an_exact_answer_the_repaired_slates_stand(monkeypatch):
    """Spends that divide badly: the exact solution is asked for, and has none to give."""
    from decisioning.budgets import solve as method

    asked = []
    monkeypatch.setattr(method, "solve_close_calls", lambda *given: asked.append(given))
    case = make_case(1, "skewed", 12, 3, 2, 0.4)
    found = case.assign()
    assert asked
    assert found.chosen.any()
    assert (found.used <= case.limits.limit).all()
    assert found.total <= found.bound * (1 + 1e-9)
