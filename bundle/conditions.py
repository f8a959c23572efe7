"""Conditions as a marketer writes them: SQL text to the core's tree, types and names checked.

SQLGlot is used as a parser only: it never sees a database, and a construct that is not on the
list below is refused, so a condition cannot do anything but compare columns and numbers.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import expressions as sql

from bundle.nearest import did_you_mean
from decisioning.conditions import FALSE, TRUE, UNKNOWN, Apply, Column, Condition, Literal

_BINARY: Final[dict[type[sql.Expr], str]] = {
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
_ALLOWED: Final = (
    "a condition has columns, numbers, and, or, not, comparisons, between, in, is null and"
    " arithmetic"
)
_INSTEAD: Final[dict[type[sql.Expr], str]] = {
    sql.ArrayOverlaps: "write `and`",
    sql.DPipe: "write `or`",
    sql.Like: "the columns are numbers, compare them with =, <, >, between or in",
}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a condition.

    Parameters
    ----------
    message, remedy
        For whoever wrote it.
    offset
        Where in the text, counted in characters from 0.
    """

    message: str
    remedy: str
    offset: int


class ConditionError(ValueError):
    """A condition cannot be used; ``faults`` are all that was found, in the order of the text."""

    def __init__(self, faults: Collection[Fault]) -> None:
        super().__init__("; ".join(f"{f.message}: {f.remedy}" for f in faults))
        self.faults = tuple(faults)


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
    ConditionError
        If it cannot be parsed, names unknown columns (the nearest names are suggested), or uses
        something that conditions do not have.
    """
    try:
        reading = _Reading(columns)
        tree = reading.whole(sqlglot.parse_one(text, dialect="duckdb"))
    except sqlglot.errors.SqlglotError as error:
        raise ConditionError([_syntax(text, error)]) from error
    except RecursionError:
        deep = Fault("the condition is nested too deeply", "write it with fewer brackets", 0)
        raise ConditionError([deep]) from None
    if reading.faults:
        raise ConditionError(sorted(reading.faults, key=lambda fault: fault.offset))
    return tree


class _Reading:
    """One condition being turned into a tree; what is wrong is collected, not raised."""

    def __init__(self, columns: Collection[str]) -> None:
        self.columns = columns
        self.faults: list[Fault] = []

    def whole(self, tree: sql.Expr) -> Condition:
        # `&&` is read as something else altogether: its types would only confuse.
        foreign = tree.find(*_INSTEAD)
        return self._operator(foreign) if foreign else self._condition(tree)

    def _condition(self, node: sql.Expr) -> Condition:
        if isinstance(node.unnest(), _NUMBERS):
            self._misplaced(node, "a number", "a condition", "compare it with something")
        found = self._converted(node)
        # SQL's own reading of a bare column; a truth value is all that leaves here.
        return Apply("<>", (found, Literal(0.0))) if isinstance(found, Column) else found

    def _number(self, node: sql.Expr) -> Condition:
        # SQL would cast: `1 < x < 3` compares a truth value with 3.
        if isinstance(node.unnest(), _TRUTHS):
            remedy = "every column is a number; join comparisons with `and` or `or`"
            self._misplaced(node, "a truth value", "a number", remedy)
        return self._converted(node)

    def _converted(self, node: sql.Expr) -> Condition:
        match node:
            case sql.Paren():
                return self._converted(node.this)
            case sql.Column() if len(node.parts) == 1:
                return self._column(node)
            case sql.Boolean():
                return Literal(TRUE if node.this else FALSE)
            case sql.Null():
                return Literal(UNKNOWN)
            case sql.Literal():
                return self._literal(node)
            case _:
                return self._operator(node)

    def _operator(self, node: sql.Expr) -> Condition:
        match node:
            case sql.And() | sql.Or():
                parts = tuple(self._condition(part) for part in node.flatten())
                return Apply("and" if isinstance(node, sql.And) else "or", parts)
            case sql.Not():
                return Apply("not", (self._condition(node.this),))
            case sql.Neg():
                return Apply("negate", (self._number(node.this),))
            case sql.Is() if isinstance(node.expression, sql.Null):
                return Apply("is null", (self._converted(node.this),))
            case sql.In() if node.expressions:
                return Apply("in", self._numbers(node.this, *node.expressions))
            case sql.Between() if not node.args.get("symmetric"):
                value, low, high = self._numbers(node.this, node.args["low"], node.args["high"])
                return Apply("and", (Apply(">=", (value, low)), Apply("<=", (value, high))))
            case sql.Binary() if type(node) in _BINARY:
                return Apply(_BINARY[type(node)], self._numbers(node.left, node.right))
        remedy = _INSTEAD.get(type(node), _ALLOWED)
        return self._fault(node, f"{node.sql()!r} cannot stand in a condition", remedy)

    def _numbers(self, *nodes: sql.Expr) -> tuple[Condition, ...]:
        return tuple(self._number(node) for node in nodes)

    def _literal(self, node: sql.Literal) -> Condition:
        if node.is_string:
            return self._fault(
                node, f"{node.sql()} is a text", "every column is a number: write a number"
            )
        value = float(node.this)
        if math.isinf(value):
            return self._fault(node, f"{node.this} is too large", "write a smaller number")
        return Literal(value)

    def _column(self, node: sql.Column) -> Condition:
        if node.name in self.columns:
            return Column(node.name)
        remedy = did_you_mean(node.name, self.columns) or "`nextbest features --describe` lists all"
        return self._fault(node, f"unknown column {node.name!r}", remedy)

    def _misplaced(self, node: sql.Expr, found: str, wanted: str, remedy: str) -> None:
        self._fault(node, f"{node.sql()!r} is {found} and stands where {wanted} is needed", remedy)

    def _fault(self, node: sql.Expr, message: str, remedy: str) -> Condition:
        self.faults.append(Fault(message, remedy, _offset(node)))
        return Literal(UNKNOWN)


def _offset(node: sql.Expr) -> int:
    """Find where a node begins: at the first of its leaves of which the parser kept the place."""
    at: sql.Expr | None = node
    while at is not None:
        places = [n.meta["start"] for n in at.walk() if "start" in n.meta]
        if places:
            return int(min(places))
        at = at.parent
    return 0


def _syntax(text: str, error: sqlglot.errors.SqlglotError) -> Fault:
    if not text.strip():
        return Fault("the condition is empty", "leave the field out for `always`", 0)
    message = f"{_brief(text)} is not a condition"
    details = error.errors if isinstance(error, sqlglot.errors.ParseError) else ()
    if not details:
        return Fault(message, "a quote or a bracket may not be closed", 0)
    near, line, column = (details[0][key] for key in ("highlight", "line", "col"))
    before = sum(len(each) + 1 for each in text.split("\n")[: line - 1])
    description = str(details[0]["description"])
    wanted = description.removeprefix("Expecting ") if "Expecting" in description else ""
    what = f"`{wanted}` is missing" if wanted else "something is missing or stands in a wrong place"
    return Fault(message, f"near {near!r} {what}", max(before + column - len(near or ""), 0))


def _brief(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
