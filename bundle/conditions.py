"""Conditions as a marketer writes them: SQL text to the core's tree, types and names checked.

SQLGlot is used as a parser only: it never sees a database, and a construct that is not on the
list below is refused, so a condition cannot do anything but compare columns and numbers.
"""

import difflib
from collections.abc import Collection
from typing import Final

import sqlglot
from sqlglot import expressions as sql

from decisioning.conditions import FALSE, TRUE, UNKNOWN, Apply, Column, Condition, Literal

_BINARY: Final[dict[type[sql.Expr], str]] = {
    sql.And: "and",
    sql.Or: "or",
    sql.EQ: "=",
    sql.NEQ: "<>",
    sql.LT: "<",
    sql.LTE: "<=",
    sql.GT: ">",
    sql.GTE: ">=",
    sql.Add: "+",
    sql.Sub: "-",
    sql.Mul: "*",
    sql.Div: "/",
}
_NUMBERS: Final = (sql.Literal, sql.Neg, sql.Add, sql.Sub, sql.Mul, sql.Div)
_TRUTHS: Final = (sql.Boolean, sql.Predicate, sql.Connector, sql.Not)


def parse_condition(text: str, columns: Collection[str]) -> Condition:
    """Parse a condition.

    Parameters
    ----------
    text
        Such as ``days_since_last_purchase > 30 and orders_365d >= 3``.
    columns
        Names that may stand in it.

    Raises
    ------
    ValueError
        If it cannot be parsed, names an unknown column (the nearest name is suggested), or uses
        something that conditions do not have.
    """
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
        _refuse(tree, _NUMBERS, "a condition")
        return _convert(tree, frozenset(columns))
    except sqlglot.errors.SqlglotError as error:
        raise ValueError(f"{text!r} is not a condition: {str(error).splitlines()[0]}") from error
    except RecursionError:
        raise ValueError(f"{text[:40]!r}... is nested too deeply") from None


def _convert(node: sql.Expr, columns: frozenset[str]) -> Condition:
    match node:
        case sql.Paren():
            return _convert(node.this, columns)
        case sql.Column() if len(node.parts) == 1:
            return _column(node, columns)
        case sql.Boolean():
            return Literal(TRUE if node.this else FALSE)
        case sql.Null():
            return Literal(UNKNOWN)
        case sql.Literal() if not node.is_string:
            return Literal(float(node.this))
        case _:
            return _operator(node, columns)


def _operator(node: sql.Expr, columns: frozenset[str]) -> Condition:
    def of(*parts: sql.Expr) -> tuple[Condition, ...]:
        _check_types(node, parts)
        return tuple(_convert(part, columns) for part in parts)

    match node:
        case sql.Not():
            return Apply("not", of(node.this))
        case sql.Neg():
            return Apply("negate", of(node.this))
        case sql.Is() if isinstance(node.expression, sql.Null):
            return Apply("is null", of(node.this))
        case sql.In() if node.expressions:
            return Apply("in", of(node.this, *node.expressions))
        case sql.Between() if not node.args.get("symmetric"):
            value, low, high = of(node.this, node.args["low"], node.args["high"])
            return Apply("and", (Apply(">=", (value, low)), Apply("<=", (value, high))))
        case sql.Binary() if type(node) in _BINARY:
            return Apply(_BINARY[type(node)], of(node.left, node.right))
    raise ValueError(
        f"{node.sql()!r} cannot stand in a condition: use columns, numbers, and, or, not, "
        "comparisons, between, in, is null and arithmetic"
    )


def _check_types(node: sql.Expr, operands: tuple[sql.Expr, ...]) -> None:
    """Refuse what SQL would cast: ``1 < x < 3`` compares a truth value with 3."""
    if isinstance(node, sql.Is):
        return
    logical = isinstance(node, (sql.Connector, sql.Not))
    for operand in operands:
        _refuse(operand, *((_NUMBERS, "a condition") if logical else (_TRUTHS, "a number")))


def _refuse(node: sql.Expr, kinds: tuple[type[sql.Expr], ...], wanted: str) -> None:
    if isinstance(node.unnest(), kinds):
        raise ValueError(f"{node.sql()!r} stands where {wanted} is needed")


def _column(node: sql.Column, columns: frozenset[str]) -> Column:
    if node.name in columns:
        return Column(node.name)
    near = difflib.get_close_matches(node.name, columns, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "see `nextbest features --describe`"
    raise ValueError(f"unknown column {node.name!r}: {hint}")
