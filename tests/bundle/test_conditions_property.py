"""Generated conditions, as text, mean what DuckDB says they mean: row by row, nulls included.

``CONDITION_CASES`` sets the number of conditions, 150 unless told otherwise; a longer local run:
``CONDITION_CASES=5000 pytest tests/bundle/test_conditions_property.py``.
"""

import os

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bundle.conditions import ConditionError, parse_condition
from decisioning.conditions import evaluate, truth

CASES = int(os.environ.get("CONDITION_CASES", "150"))
# Products of four of these stay finite: what overflows is unknown here and infinite in DuckDB.
VALUES = [None, 0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -2.5, 1e70, -1e70, 1e-70, 1e15, 0.1]
ROWS = st.lists(st.tuples(*[st.sampled_from(VALUES)] * 3), min_size=1, max_size=8)
COLUMNS = ("a", "b", "orders_90d")

# Exact in binary, so that DuckDB's decimals and our doubles are the same numbers.
LITERALS = st.sampled_from(
    ["0", "1", "2", "3", "0.5", ".25", "2.5", "1e70", "5e-1", "1e-70", "null", "NULL", "(1)"]
)


def joined(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Fill a template, in brackets or bare: bare, precedence decides for both readers."""
    bracketed = st.sampled_from([f"({template})", template])
    return st.tuples(bracketed, *parts).map(lambda filled: filled[0].format(*filled[1:]))


NUMBERS = st.recursive(
    st.sampled_from([*COLUMNS, '"a"']) | LITERALS,
    lambda part: st.one_of(
        *(joined(f"{{}} {operator} {{}}", part, part) for operator in "+-*/"),
        joined("- {}", part),
    ),
    max_leaves=4,
)
SIMPLE = st.one_of(
    *(joined(f"{{}} {o} {{}}", NUMBERS, NUMBERS) for o in ("=", "==", "<>", "!=", "<", "<=")),
    *(joined(f"{{}} {o} {{}}", NUMBERS, NUMBERS) for o in (">", ">=")),
    joined("{} in ({}, {})", NUMBERS, NUMBERS, NUMBERS),
    joined("{} not in ({}, {}, null)", NUMBERS, NUMBERS, NUMBERS),
    joined("{} between {} and {}", NUMBERS, NUMBERS, NUMBERS),
    joined("{} not between {} and {}", NUMBERS, NUMBERS, NUMBERS),
    joined("{} is null", NUMBERS),
    joined("{} is not null", NUMBERS),
    st.sampled_from([*COLUMNS, "true", "FALSE", "null"]),
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda part: st.one_of(
        joined("{} and {}", part, part),
        joined("{} or {}", part, part),
        joined("{} AND {} OR {}", part, part, part),
        joined("not {}", part),
        joined("({}) is null", part),
        joined("({}) is not null", part),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        # Without these, DuckDB's 1/0 is infinity: a number, where ours is unknown.
        con.execute("set ieee_floating_point_ops = false")
        con.execute("set error_on_division_by_zero = false")
        yield con


@settings(max_examples=CASES, suppress_health_check=[HealthCheck.filter_too_much])
@given(CONDITIONS, ROWS)
def test_a_condition_means_what_duckdb_says(con, text, rows):
    try:
        condition = parse_condition(text, COLUMNS)
    except ConditionError:
        # Without brackets a truth value may have come to stand where a number is needed.
        assume(False)
    marks = ", ".join("(?::DOUBLE, ?::DOUBLE, ?::DOUBLE)" for _ in rows)
    sql = f"SELECT (\n{text}\n)::BOOLEAN FROM (VALUES {marks}) t({', '.join(COLUMNS)})"
    expected = [answer for (answer,) in con.execute(sql, [v for r in rows for v in r]).fetchall()]
    columns = {
        name: np.array([np.nan if v is None else v for v in values])
        for name, values in zip(COLUMNS, zip(*rows, strict=True), strict=True)
    }
    found = evaluate(condition, columns, len(rows))
    assert [None if np.isnan(v) else bool(v) for v in found] == expected, text
    assert set(found[~np.isnan(found)]) <= {0.0, 1.0}, "a truth value, not a number"
    held = truth(condition, columns, len(rows))
    assert [(bool(t), bool(f)) for t, f in zip(held.true, held.false, strict=True)] == [
        (answer is True, answer is False) for answer in expected
    ]
