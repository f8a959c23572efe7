"""All conditions asked at once give what each gives when asked alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from decisioning.conditions import Apply, Column, Condition, Literal, truth
from decisioning.eligibility import Eligibility, Interval, intervals

NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 5e-324, -1.5, 1e308, np.inf, -np.inf, np.nan])
COLUMNS = st.sampled_from([Column("a"), Column("b"), Column("c")])
OPERATORS = st.sampled_from(["<", "<=", ">", ">=", "=", "<>"])
ATOMS = st.one_of(
    st.builds(lambda o, c, x: Apply(o, (c, Literal(x))), OPERATORS, COLUMNS, NUMBERS),
    st.builds(lambda o, c, x: Apply(o, (Literal(x), c)), OPERATORS, COLUMNS, NUMBERS),
    st.builds(lambda o, c, d: Apply(o, (c, d)), OPERATORS, COLUMNS, COLUMNS),
    st.builds(lambda c: Apply("is null", (c,)), COLUMNS),
    st.builds(Literal, st.sampled_from([0.0, 1.0, np.nan])),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.builds(
        lambda o, parts: Apply(o, tuple(parts)),
        st.sampled_from(["and", "and", "and", "or"]),
        st.lists(inner, min_size=2, max_size=4),
    ),
    max_leaves=6,
)


@given(st.lists(CONDITIONS, max_size=8), st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=5))
def test_together_is_one_by_one(conditions: list[Condition], rows: list[tuple[float, ...]]):
    m = len(rows)
    columns = dict(zip("abc", np.array(rows, dtype=np.float64).reshape(m, 3).T, strict=True))
    asked = Eligibility.of(dict(enumerate(conditions)))
    assert sorted(asked.positions.tolist()) == list(range(len(conditions)))
    if conditions:
        held = asked.ask(columns, m)
        for place, k in enumerate(asked.positions.tolist()):
            alone = truth(conditions[k], columns, m)
            assert_array_equal(held.true[place], alone.true)
            assert_array_equal(held.false[place], alone.false)


def over(name: str, value: float) -> Condition:
    return Apply(">", (Column(name), Literal(value)))


BELOW, ABOVE = np.nextafter(1.0, 0.0), np.nextafter(1.0, 2.0)


@pytest.mark.parametrize(
    ("operator", "turned", "low", "high"),
    [
        ("<", ">", -np.inf, BELOW),
        ("<=", ">=", -np.inf, 1.0),
        (">", "<", ABOVE, np.inf),
        (">=", "<=", 1.0, np.inf),
        ("=", "=", 1.0, 1.0),
    ],
)
def test_a_comparison_is_an_interval_whichever_side_the_number_is_on(operator, turned, low, high):
    expected = (Interval("a", low, high),)
    assert intervals(Apply(operator, (Column("a"), Literal(1.0)))) == expected
    assert intervals(Apply(turned, (Literal(1.0), Column("a")))) == expected
    both = Apply("and", (Apply(operator, (Column("a"), Literal(1.0))), over("b", 1.0)))
    assert intervals(both) == (*expected, Interval("b", ABOVE, np.inf))


def test_conditions_of_one_two_and_three_intervals_side_by_side():
    columns = {name: np.array([0.0, 1.0, np.nan]) for name in "abc"}
    one, two, three = (
        over("a", -1.0),
        Apply("and", (over("a", -1.0), over("b", 0.5))),
        Apply("and", (over("a", -1.0), over("b", -1.0), over("c", 2.0))),
    )
    asked = Eligibility.of({0: one, 1: two, 2: three})
    assert asked.positions.tolist() == [2, 1, 0]
    assert not asked.others
    held = asked.ask(columns, 3)
    assert held.true.tolist() == [[False] * 3, [False, True, False], [True, True, False]]
    assert held.false.tolist() == [[True, True, False], [True, False, False], [False] * 3]


@pytest.mark.parametrize(
    "condition",
    [
        Apply("or", (over("a", 1.0), over("b", 1.0))),
        Apply("and", (over("a", 1.0), Apply("or", (over("a", 1.0), over("b", 1.0))))),
        Apply("<>", (Column("a"), Literal(1.0))),
        Apply("<>", (Literal(1.0), Column("a"))),
        over("a", np.nan),
        over("a", np.inf),
        Column("a"),
    ],
)
def test_what_is_no_interval_is_asked_on_its_own(condition: Condition):
    assert intervals(condition) is None
    asked = Eligibility.of({3: condition, 5: over("b", 0.0)})
    assert asked.positions.tolist() == [5, 3]
    assert len(asked.others) == 1


def test_a_condition_that_several_actions_share_is_asked_once():
    columns = {"a": np.array([0.0, 2.0, np.nan]), "b": np.array([1.0, 0.0, np.nan])}
    either = Apply("or", (over("a", 1.0), over("b", 1.0)))
    again = Apply("or", (over("a", 1.0), over("b", 1.0)))
    asked = Eligibility.of({1: either, 2: over("b", 0.5), 4: Column("b"), 7: again})
    assert asked.positions.tolist() == [2, 1, 4, 7]
    assert len(asked.others) == 2
    held = asked.ask(columns, 3)
    assert held.true.tolist() == [
        [True, False, False],
        [False, True, False],
        [True, False, False],
        [False, True, False],
    ]
    assert held.false.tolist() == [
        [False, True, False],
        [True, False, False],
        [False, True, False],
        [True, False, False],
    ]
