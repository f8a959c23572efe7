"""Expressions that a retailer may write in ``sources.yaml``, and nothing more.

DuckDB's own parser reads the expression, in the very form in which it is run, and every node of
its syntax tree must be in the lists below: what is checked is what runs. There are no
subqueries, table functions, window functions, aggregates, lambdas, parameters, settings,
macros, clocks, random numbers or files.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.sources.mapped.suggesting import suggest

_NODES = {"CONSTANT", "COLUMN_REF", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "CASE",
          "CAST", "BETWEEN", "TYPE"}  # fmt: skip
_OPERATORS = {"OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "COMPARE_IN",
              "COMPARE_NOT_IN", "OPERATOR_COALESCE", "OPERATOR_NULLIF"}  # fmt: skip
TYPES = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE",
         "DECIMAL", "VARCHAR", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE",
         "TIMESTAMPTZ", "INTERVAL"}  # fmt: skip
FUNCTIONS = {
    # operators, which the parser turns into functions
    "+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*",
    # numbers
    "abs", "ceil", "floor", "round", "sign", "greatest", "least", "mod", "trunc",
    # text
    "upper", "lower", "trim", "ltrim", "rtrim", "length", "left", "right", "substring", "substr",
    "replace", "concat", "concat_ws", "starts_with", "ends_with", "contains", "prefix", "suffix",
    "strpos", "instr", "position", "split_part", "lpad", "rpad", "reverse", "strip_accents",
    "regexp_matches", "regexp_full_match", "regexp_extract", "regexp_replace", "md5", "sha256",
    "nullif", "coalesce", "ifnull", "if",
    # times
    "date_part", "date_trunc", "date_diff", "datediff", "date_add", "year", "month", "day", "hour",
    "minute", "second", "strftime", "strptime", "try_strptime", "epoch", "epoch_ms", "epoch_us",
    "to_timestamp", "make_date", "make_timestamp", "timezone", "last_day", "to_days", "to_hours",
    "to_minutes", "to_seconds", "to_months", "to_years",
}  # fmt: skip

_ALONE: dict[str, object] = {
    "where_clause": None, "group_expressions": [], "group_sets": [], "having": None,
    "sample": None, "qualify": None, "modifiers": [], "cte_map": {"map": []},
}  # fmt: skip
"""The rest of the statement, when it is ``select (expression)`` and nothing else."""


def check_expression(
    con: DuckDBPyConnection, text: str, columns: Mapping[str, object], where: str
) -> set[str]:
    """Prove that a text is one harmless scalar expression over the columns of an input.

    Parameters
    ----------
    con
        Any connection: its parser is used, nothing is run.
    text
        The expression, as in ``sources.yaml``.
    columns
        Names that it may use; letter case is ignored.
    where
        Field, for messages.

    Returns
    -------
    set of str
        The columns it uses, spelt as in ``columns``.

    Raises
    ------
    SourceError
        If it is anything else; the message names what is not accepted.
    """
    used = set()
    for node in _nodes(_parse(con, text, where)):
        problem = _problem(node)
        if problem:
            raise SourceError(f"{where}: {text!r} holds {problem}.", _REMEDY)
        if node["class"] == "COLUMN_REF":
            used.add(_column(node["column_names"], columns, where))
    return used


def _column(path: Sequence[str], columns: Mapping[str, object], where: str) -> str:
    by_folded = {name.casefold(): name for name in columns}
    name = ".".join(path)
    if len(path) > 1 or name.casefold() not in by_folded:
        raise SourceError(
            f"{where}: {name!r} is not a column of the input.", suggest(name, columns)
        )
    return by_folded[name.casefold()]


_REMEDY = "write one scalar expression; docs/sources.md lists the functions and types."


def wrapped(text: str) -> str:
    """Render the checked expression as it is run; the line break ends a comment in it."""
    return f"({text}\n)"


def _parse(con: DuckDBPyConnection, text: str, where: str) -> dict[str, Any]:
    statement = f"select {wrapped(text)}"
    tree = json.loads(con.execute("select json_serialize_sql(?)", [statement]).fetchall()[0][0])
    if tree.get("error"):
        raise SourceError(f"{where}: {text!r} is no expression: {tree['error_message']}.", _REMEDY)
    statements = tree["statements"]
    node = statements[0]["node"]
    is_alone = (
        len(statements) == 1
        and node["type"] == "SELECT_NODE"
        and len(node["select_list"]) == 1
        and not node["select_list"][0]["alias"]
        and node["from_table"]["type"] == "EMPTY"
        and all(node.get(key) == value for key, value in _ALONE.items())
    )
    if not is_alone:
        raise SourceError(f"{where}: {text!r} is more than one expression.", _REMEDY)
    expression: dict[str, Any] = node["select_list"][0]
    return expression


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "class" in tree:
            yield tree
        for child in tree.values():
            yield from _nodes(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from _nodes(child)


def _problem(node: dict[str, Any]) -> str:
    kind = node["class"]
    if kind not in _NODES:
        return f"a {kind.lower().replace('_', ' ')}, which is not accepted"
    if kind == "OPERATOR" and node["type"] not in _OPERATORS:
        return f"the operator {node['type'].lower()}, which is not accepted"
    if kind == "TYPE" and node["type_name"].upper() not in TYPES:
        return f"the type {node['type_name']}, which is not accepted"
    if kind == "FUNCTION":
        plain = not (node["schema"] or node["catalog"] or node["filter"] or node["distinct"])
        if not plain or node["order_bys"]["orders"]:
            return f"{node['function_name']} with a clause, which is not accepted"
        if node["function_name"].lower() not in FUNCTIONS:
            return f"the function {node['function_name']}, which is not accepted"
    return ""
