"""Conditions answer what DuckDB answers, nulls included."""

import math

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning.conditions import (
    OPERATORS,
    UNKNOWN,
    Apply,
    Column,
    Condition,
    Literal,
    column_names,
    evaluate,
    truth,
)

VALUES = st.none() | st.sampled_from([-2.0, -0.5, 0.0, 0.5, 1.0, 3.0])
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=6)
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


def apply(operator: str, *operands: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.tuples(*operands).map(lambda parts: Apply(operator, parts))


COLUMNS = st.sampled_from("abc").map(Column)
NUMBERS = st.recursive(
    COLUMNS | VALUES.map(lambda v: Literal(UNKNOWN if v is None else v)),
    lambda part: st.one_of(*(apply(o, part, part) for o in "+-*/"), apply("negate", part)),
    max_leaves=4,
)
CONDITIONS = st.recursive(
    st.one_of(
        *(apply(o, NUMBERS, NUMBERS) for o in COMPARISONS),
        apply("in", NUMBERS, NUMBERS, NUMBERS),
        apply("is null", NUMBERS),
        COLUMNS,
    ),
    lambda part: st.one_of(
        apply("and", part, part),
        apply("or", part, part),
        apply("not", part),
        apply("is null", part),
    ),
    max_leaves=6,
)


TEMPLATES = {
    "in": "({} IN ({}, {}))",
    "is null": "({} IS NULL)",
    "not": "(NOT {})",
    "negate": "(- {})",
    # DuckDB says infinity; here what is divided by zero is unknown.
    "/": "({} / NULLIF({}, 0))",
}


def to_sql(condition: Condition) -> str:
    match condition:
        case Column(name):
            return name
        case Literal(value):
            return "NULL::DOUBLE" if math.isnan(value) else f"({value!r})::DOUBLE"
        case Apply(operator, operands):
            template = TEMPLATES.get(operator, f"({{}} {operator} {{}})")
            return template.format(*(to_sql(operand) for operand in operands))


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        yield con


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, ROWS)
def test_the_answer_is_the_one_of_duckdb(con, condition, rows):
    table = ", ".join(
        "(" + ", ".join("NULL::DOUBLE" if v is None else f"{v!r}::DOUBLE" for v in row) + ")"
        for row in rows
    )
    sql = f"SELECT ({to_sql(condition)})::BOOLEAN FROM (VALUES {table}) t(a, b, c)"
    expected = [answer for (answer,) in con.execute(sql).fetchall()]
    columns = {
        name: np.array([np.nan if v is None else v for v in values])
        for name, values in zip("abc", zip(*rows, strict=True), strict=True)
    }
    found = evaluate(condition, columns, len(rows))
    assert [None if np.isnan(v) else bool(v) for v in found] == expected
    held = truth(condition, columns, len(rows))
    assert held.true.tolist() == [answer is True for answer in expected]
    assert held.false.tolist() == [answer is False for answer in expected]


@pytest.mark.parametrize("operator", ["and", "or"])
def test_three_values(operator: str):
    values = np.array([1.0, 0.0, np.nan])
    left, right = np.repeat(values, 3), np.tile(values, 3)
    found = evaluate(Apply(operator, (Column("l"), Column("r"))), {"l": left, "r": right}, 9)
    u = UNKNOWN
    expected = {"and": [1, 0, u, 0, 0, 0, u, 0, u], "or": [1, 1, 1, 1, 0, u, 1, u, u]}[operator]
    np.testing.assert_array_equal(found, expected)


def test_a_number_is_true_unless_it_is_zero():
    """A probability of one half must not be taken for unknown."""
    columns = {"p": np.array([0.5, 5.0, 0.0, np.nan])}
    both = evaluate(Apply("and", (Column("p"), Literal(1.0))), columns, 4)
    np.testing.assert_array_equal(both, [1, 1, 0, np.nan])
    np.testing.assert_array_equal(
        evaluate(Apply("not", (Column("p"),)), columns, 4), [0, 0, 1, np.nan]
    )


def test_division_by_zero_is_unknown():
    columns = {"a": np.array([1.0, 0.0, 6.0, np.nan]), "b": np.array([0.0, 0.0, 3.0, 1.0])}
    found = evaluate(Apply("/", (Column("a"), Column("b"))), columns, 4)
    np.testing.assert_array_equal(found, [np.nan, np.nan, 2.0, np.nan])


@pytest.mark.parametrize("operator", ["+", "*", "-", "/"])
def test_what_is_no_finite_number_is_unknown(operator: str):
    left = {"+": 1e308, "*": 1e200, "-": -1e308, "/": 1e200}[operator]
    right = {"+": 1e308, "*": 1e200, "-": 1e308, "/": 1e-200}[operator]
    columns = {"a": np.array([left, np.inf]), "b": np.array([right, -np.inf])}
    tree = Apply(operator, (Column("a"), Column("b")))
    np.testing.assert_array_equal(evaluate(tree, columns, 2), [np.nan, np.nan])
    constant = Apply(operator, (Literal(left), Literal(right)))
    np.testing.assert_array_equal(evaluate(constant, {}, 2), [np.nan, np.nan])


def test_an_infinite_column_compares_as_the_largest():
    columns = {"a": np.array([np.inf, -np.inf, np.nan])}
    found = evaluate(Apply(">", (Column("a"), Literal(1e308))), columns, 3)
    np.testing.assert_array_equal(found, [1, 0, np.nan])


@pytest.mark.parametrize("value", [1.0, 0.0, UNKNOWN])
def test_a_constant_holds_for_everybody(value: float):
    np.testing.assert_array_equal(evaluate(Literal(value), {}, 3), [value] * 3)
    held = truth(Literal(value), {}, 3)
    assert held.true.tolist() == [value == 1] * 3
    assert held.false.tolist() == [value == 0] * 3


def test_a_missing_column_is_our_mistake():
    with pytest.raises(KeyError, match="gone"):
        evaluate(Column("gone"), {}, 1)


@settings(max_examples=40, deadline=None)
@given(CONDITIONS)
def test_the_names_are_those_it_reads(condition):
    names = column_names(condition)
    evaluate(condition, {name: np.zeros(2) for name in names}, 2)
    for name in names:
        with pytest.raises(KeyError):
            evaluate(condition, {n: np.zeros(2) for n in names - {name}}, 2)


def test_every_operator_is_tried():
    logical = {"and", "or", "not", "is null", "in", "negate"}
    assert set(OPERATORS) == {*COMPARISONS, *"+-*/", *logical}
