"""One scalar expression is accepted, and nothing else."""

import duckdb
import pytest

from features.errors import SourceError
from features.sources.mapped.expressions import FUNCTIONS, check_expression, wrapped

COLUMNS = {"a": "VARCHAR", "Customer ID": "BIGINT", "n": "DOUBLE"}

GOOD = {
    "upper(trim(a))": {"a"},
    "case when a like 'C%' then 1 else -n end": {"a", "n"},
    "a ilike 'x' or \"customer id\" is not null and n in (1, 2)": {"a", "n", "Customer ID"},
    "cast(n as DECIMAL(10, 2)) * 1.5": {"n"},
    "try_cast(a as DATE) + interval 1 day": {"a"},
    "coalesce(a, nullif(a, 'x'), 'y')": {"a"},
    "not regexp_full_match(a, '[0-9]+') and n between 1 and 2": {"a", "n"},
    "extract(year from try_cast(a as TIMESTAMP))": {"a"},
    "a is distinct from 'b' -- a remark": {"a"},
    "'it''s; (select 1)'": set(),
}
BAD = [
    "read_csv('secrets.csv')", "read_text('secrets.txt')", "(select 1)", "(select a from t)",
    "exists (from t)", "n in (select 1)", "a = any (select 'x')", "1) from t where (1", "1), (2",
    "1; drop table t", "1 as b", "attach 'x.db'", "pragma version", "copy t to 'x'",
    "from read_csv('x')", "getenv('HOME')", "current_setting('home_directory')", "now()",
    "random()", "uuid()", "nextval('s')", "count(*)", "sum(n)", "row_number() over ()",
    "sum(n) over ()", "max(n) filter (where true)", "list_transform([1], lambda x: x)", "[1, 2]",
    "{'k': a}", "a[1]", "*", "columns(*)", "$1", "?", "main.upper(a)", "pg_catalog.upper(a)",
    "cast(a as STRUCT(b INTEGER))", "cast(a as JSON)", "(a, n)", "a collate nocase", "try(n)",
    "1 /* open", "'open", "", "current_date", "unknown_column", "a.b", "upper(distinct a)",
    "upper(a order by a)", "query('select 1')", "duckdb_secrets()", "load_extension('x')",
    "a -- \n) from read_text('x'), (select 1",
]  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize("text", GOOD)
def test_a_scalar_expression_is_accepted_and_its_columns_are_told(con, text):
    assert check_expression(con, text, COLUMNS, "where") == GOOD[text]
    row = "(select 'x' as a, 1 as \"Customer ID\", 2.0 as n)"
    assert len(con.execute(f"select {wrapped(text)} from {row}").fetchall()) == 1


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_refused_with_its_field(con, text):
    with pytest.raises(SourceError, match=r"tables\.t\.where") as caught:
        check_expression(con, text, COLUMNS, "tables.t.where")
    assert caught.value.remedy


def test_a_column_that_is_nearly_right_is_suggested(con):
    with pytest.raises(SourceError, match="did you mean Customer ID"):
        check_expression(con, '"Costumer ID" = 1', COLUMNS, "where")


def test_no_accepted_function_reads_files_settings_or_clocks(con):
    rows = con.execute(
        "select distinct function_name, function_type, stability from duckdb_functions()"
    ).fetchall()
    accepted = [row for row in rows if row[0] in FUNCTIONS]
    assert {row[0] for row in accepted} >= {"upper", "round", "strptime"}
    assert {row[1] for row in accepted} <= {"scalar", "macro"}
    assert not [row for row in accepted if row[2] == "VOLATILE"]
