"""What a condition may say, and that it says what DuckDB understands."""

import duckdb
import numpy as np
import pytest

from bundle.conditions import ConditionError, parse_condition
from decisioning.conditions import column_names, evaluate

COLUMNS = ("orders_90d", "churn_probability", "days_since_last_purchase")

ACCEPTED = [
    "orders_90d >= 2",
    "orders_90d between 1 and 3",
    "orders_90d not between 1 and 3",
    "orders_90d in (1, 2.5, null)",
    "orders_90d not in (1, 3)",
    "churn_probability is null",
    "churn_probability is not null and orders_90d <> 2",
    "not orders_90d > 2 or churn_probability < .5",
    "not (orders_90d > 2 or churn_probability < 0.5)",
    "orders_90d > 1 and churn_probability > 0.25 or days_since_last_purchase > 30",
    "orders_90d > 1 and (churn_probability > 0.25 or days_since_last_purchase > 30)",
    "orders_90d * 2 - 1 > days_since_last_purchase / 10 + 1",
    "(orders_90d + 1) * 2 = 6",
    "-orders_90d < -(1 + 1)",
    "orders_90d != 2 and orders_90d == 1",
    "orders_90d",
    "orders_90d and churn_probability",
    "orders_90d = null",
    "(orders_90d > 1) is null",
    "true",
    "orders_90d > 1 or null",
    '"orders_90d" > 1 -- a remark',
    "ORDERS_90D > 1 AND 1 = 1".replace("ORDERS_90D", "orders_90d"),
]

REFUSED = [
    "",
    "   ",
    "orders_90d >",
    "(orders_90d > 1",
    "orders_90d > 'a'",
    "'a' = 'a'",
    "orders_90d > 1; churn_probability > 0.5",
    "orders_90d > 1; drop table customers",
    "drop table customers",
    "select 1",
    "(select 1) > 0",
    "exists (select 1)",
    "orders_90d in (select 1)",
    "abs(orders_90d) > 1",
    "now() > 1",
    "read_text('/etc/passwd') = 1",
    "count(*) > 1",
    "orders_90d::int > 1",
    "cast(orders_90d as int) > 1",
    "case when orders_90d > 1 then true end",
    "orders_90d like 1",
    "orders_90d % 2 = 1",
    "orders_90d > ?",
    "orders_90d > $x",
    "orders_90d[1] > 1",
    "(orders_90d, 1) = (1, 1)",
    "customers.orders_90d > 1",
    "* > 1",
    "orders_90d is true",
    "orders_90d between symmetric 3 and 1",
    "orders_90d > 1 as x",
    "x -> x + 1",
]


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        yield con


@pytest.mark.parametrize("text", ACCEPTED)
def test_it_means_what_duckdb_understands(con: duckdb.DuckDBPyConnection, text: str):
    values = [None, 0.0, 0.3, 1.0, 2.0, 3.0, 31.0]
    rows = [(a, b, c) for a in values for b in values[:4] for c in (None, 3.0, 31.0)]
    marks = ", ".join("(?::DOUBLE, ?::DOUBLE, ?::DOUBLE)" for _ in rows)
    table = f"(VALUES {marks}) t({', '.join(COLUMNS)})"
    sql = f"SELECT (\n{text}\n)::BOOLEAN FROM {table}"
    expected = [answer for (answer,) in con.execute(sql, [v for r in rows for v in r]).fetchall()]
    named = {
        name: np.array([np.nan if v is None else v for v in column])
        for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=True)
    }
    condition = parse_condition(text, COLUMNS)
    found = evaluate(condition, named, len(rows))
    assert [None if np.isnan(v) else bool(v) for v in found] == expected
    assert column_names(condition) <= set(COLUMNS)


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused(text: str):
    with pytest.raises(
        ValueError, match=r"not a condition|cannot stand|unknown column|is empty|is a text"
    ):
        parse_condition(text, COLUMNS)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1 < orders_90d < 3", "1 < orders_90d"),
        ("orders_90d - 3", "orders_90d - 3"),
        ("3", "3"),
        ("(3)", "(3)"),
        ("orders_90d > 1 and 5", "5"),
        ("not (orders_90d + 1)", "(orders_90d + 1)"),
        ("(orders_90d > 1) + 1 > 1", "(orders_90d > 1)"),
        ("orders_90d = true", "TRUE"),
        ("orders_90d between 1 and (2 > 1)", "(2 > 1)"),
        ("orders_90d in (1, 2 > 1)", "2 > 1"),
    ],
)
def test_a_number_is_no_condition_and_a_condition_no_number(text: str, part: str):
    with pytest.raises(ValueError, match=r"stands where a (condition|number) is needed") as caught:
        parse_condition(text, COLUMNS)
    assert f"{part!r} is a " in str(caught.value)


def test_an_unknown_column_is_named_with_its_nearest():
    with pytest.raises(ValueError, match="'order_90d': did you mean 'orders_90d'"):
        parse_condition("order_90d > 1", COLUMNS)
    with pytest.raises(ValueError, match="'zzz': `nextbest features --describe`"):
        parse_condition("zzz > 1", COLUMNS)


def faults(text: str) -> list[tuple[str, str]]:
    """What is wrong, and the text from there on."""
    with pytest.raises(ConditionError) as caught:
        parse_condition(text, COLUMNS)
    return [(fault.message, text[fault.offset :]) for fault in caught.value.faults]


def test_every_fault_is_found_in_one_go_and_where_it_stands():
    text = "order_90d > 1 and\n  orders_90d = 'x'\n  or churn > 1 or 1 < orders_90d < 3"
    assert [(m.split(" is ")[0], rest[:9]) for m, rest in faults(text)] == [
        ("unknown column 'order_90d'", "order_90d"),
        ("'x'", "'x'\n  or "),
        ("unknown column 'churn'", "churn > 1"),
        ("'1 < orders_90d'", "1 < order"),
    ]


@pytest.mark.parametrize(
    ("text", "rest", "remedy"),
    [
        ("orders_90d > 1 and\n  or 1 > 0", "or 1 > 0", "near 'or' something is missing"),
        ("(orders_90d > 1", "1", "`)` is missing"),
        ("orders_90d > 'a", "orders_90d > 'a", "a quote"),
        ("orders_90d > 1 && true", "1 && true", "write `and`"),
        ("orders_90d = 1 || churn_probability > 1", "1 ||", "write `or`"),
        ("orders_90d > 1e999", "1e999", "smaller"),
        ("orders_90d = true", "orders_90d = true", "`and` or `or`"),
    ],
)
def test_a_fault_says_what_would_be_right(text: str, rest: str, remedy: str):
    with pytest.raises(ConditionError) as caught:
        parse_condition(text, COLUMNS)
    (fault,) = caught.value.faults
    assert remedy in fault.remedy
    assert text[fault.offset :].startswith(rest)


def test_a_bare_column_is_a_truth_value_and_not_a_number():
    columns = {"orders_90d": np.array([5.0, 0.0, np.nan])}
    found = evaluate(parse_condition("orders_90d", COLUMNS), columns, 3)
    np.testing.assert_array_equal(found, [1, 0, np.nan])


def test_a_long_list_of_alternatives_is_no_deep_nesting():
    text = " or ".join(f"orders_90d = {k}" for k in range(900))
    columns = {"orders_90d": np.array([899.0, 900.0, np.nan])}
    found = evaluate(parse_condition(text, COLUMNS), columns, 3)
    np.testing.assert_array_equal(found, [1, 0, np.nan])


def test_what_is_too_deep_is_refused():
    with pytest.raises(ConditionError, match="nested too deeply"):
        parse_condition("(" * 999 + "true" + ")" * 999, COLUMNS)
