"""Conditions over columns, evaluated on arrays with SQL's three-valued logic.

A condition is a small tree. Whoever parses it (``bundle.parse_condition``) is not our concern:
the tree holds names, numbers and operators only, so evaluating it can neither run code nor
touch anything but the columns it is given.

A truth value is held as two masks, where it is true and where it is false; where it is neither
it is unknown. A comparison with NaN is false, so both masks of ``a > 1`` (``a > 1`` and
``a <= 1``) are right without a look for nulls, and a constant stays a scalar until the end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Columns = Mapping[str, Floats]

FALSE: Final = 0.0
TRUE: Final = 1.0
UNKNOWN: Final = np.nan


@dataclass(frozen=True)
class Column:
    """A column by name; its null is NaN."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A number; NaN is null, 1 and 0 are true and false."""

    value: float


@dataclass(frozen=True)
class Apply:
    """An operator of `OPERATORS` applied to its operands."""

    operator: str
    operands: "tuple[Condition, ...]"


Condition = Column | Literal | Apply


class Truth(NamedTuple):
    """Truth values of m customers; unknown where neither mask holds.

    Parameters
    ----------
    true, false
        bool (m,), or () for a constant.
    """

    true: Mask
    false: Mask


def _equal(a: Floats, b: Floats) -> Truth:
    return Truth(a == b, (a < b) | (a > b))


def _unequal(a: Floats, b: Floats) -> Truth:
    return Truth((a < b) | (a > b), a == b)


_COMPARISONS: Final[Mapping[str, Callable[[Floats, Floats], Truth]]] = {
    "=": _equal,
    "<>": _unequal,
    "<": lambda a, b: Truth(a < b, a >= b),
    "<=": lambda a, b: Truth(a <= b, a > b),
    ">": lambda a, b: Truth(a > b, a <= b),
    ">=": lambda a, b: Truth(a >= b, a < b),
}


def _and(left: Truth, right: Truth) -> Truth:
    return Truth(left.true & right.true, left.false | right.false)


def _or(left: Truth, right: Truth) -> Truth:
    return Truth(left.true | right.true, left.false & right.false)


def _divide(a: Floats, b: Floats) -> Floats:
    return np.divide(a, np.where(b == 0, UNKNOWN, b))


_ARITHMETIC: Final[Mapping[str, Callable[..., Floats]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divide,
    "negate": np.negative,
}

OPERATORS: Final = frozenset({*_COMPARISONS, *_ARITHMETIC, "and", "or", "not", "in", "is null"})


def evaluate(condition: Condition, columns: Columns, m: int) -> Floats:
    """Evaluate a condition for m customers.

    Parameters
    ----------
    condition
        The tree.
    columns
        Name to float64 array of shape (m,); NaN is null.

    Returns
    -------
    float64 array of shape (m,): 1 true, 0 false, NaN unknown (or a number, for arithmetic).
    What is divided by zero, and what overflows, is unknown.

    Raises
    ------
    KeyError
        If a column is missing: loading the catalogue checks names, so this is our mistake.
    """
    return np.broadcast_to(as_number(condition)(columns), m)


def truth(condition: Condition, columns: Columns, m: int) -> Truth:
    """Evaluate a condition for m customers, as two masks of shape (m,).

    The same answer as `evaluate`, for who asks only where it holds; a number is true unless it
    is 0. Raises KeyError as `evaluate` does.
    """
    found = prepared(condition)(columns)
    return Truth(np.broadcast_to(found.true, m), np.broadcast_to(found.false, m))


def prepared(condition: Condition) -> Callable[[Columns], Truth]:
    """Walk the tree once, for who evaluates a condition again and again.

    Returns
    -------
    What turns columns into the masks of `truth`; of shape () where no column has a say.
    """
    match condition:
        case Apply("and" | "or" as connector, operands):
            return _joined(_and if connector == "and" else _or, [prepared(o) for o in operands])
        case Apply("not", (operand,)):
            return _negated(prepared(operand))
        case Apply("is null", (operand,)):
            return _nullity(as_number(operand))
        case Apply("in", (value, *members)):
            return _membership(as_number(value), [as_number(o) for o in members])
        case Apply(operator, (left, right)) if operator in _COMPARISONS:
            return _compared(_COMPARISONS[operator], as_number(left), as_number(right))
        case _:
            return _compared(_unequal, as_number(condition), as_number(Literal(0.0)))


def as_number(node: Condition) -> Callable[[Columns], Floats]:
    """Walk the tree once: the same as `prepared`, for who asks for the numbers of `evaluate`."""
    match node:
        case Column(name):
            return itemgetter(name)
        case Literal(value):
            constant = np.asarray(value)
            return lambda columns: constant
        case Apply(operator, operands) if operator in _ARITHMETIC:
            return _computed(_ARITHMETIC[operator], [as_number(o) for o in operands])
        case _:
            return _from_truth(prepared(node))


def _joined(
    join: Callable[[Truth, Truth], Truth], parts: list[Callable[[Columns], Truth]]
) -> Callable[[Columns], Truth]:
    return lambda columns: reduce(join, [part(columns) for part in parts])


def _negated(part: Callable[[Columns], Truth]) -> Callable[[Columns], Truth]:
    def negated(columns: Columns) -> Truth:
        held = part(columns)
        return Truth(held.false, held.true)

    return negated


def _nullity(part: Callable[[Columns], Floats]) -> Callable[[Columns], Truth]:
    def nullity(columns: Columns) -> Truth:
        null = np.isnan(part(columns))
        return Truth(null, ~null)

    return nullity


def _membership(
    value: Callable[[Columns], Floats], members: list[Callable[[Columns], Floats]]
) -> Callable[[Columns], Truth]:
    return lambda columns: _is_in(value(columns), [member(columns) for member in members])


def _compared(
    compare: Callable[[Floats, Floats], Truth],
    left: Callable[[Columns], Floats],
    right: Callable[[Columns], Floats],
) -> Callable[[Columns], Truth]:
    return lambda columns: compare(left(columns), right(columns))


def _computed(
    compute: Callable[..., Floats], parts: list[Callable[[Columns], Floats]]
) -> Callable[[Columns], Floats]:
    def computed(columns: Columns) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            found = compute(*(part(columns) for part in parts))
        return np.where(np.isfinite(found), found, UNKNOWN)

    return computed


def _from_truth(part: Callable[[Columns], Truth]) -> Callable[[Columns], Floats]:
    def number(columns: Columns) -> Floats:
        held = part(columns)
        found = np.asarray(held.true, dtype=np.float64)
        found[~(held.true | held.false)] = UNKNOWN
        return found

    return number


def _is_in(value: Floats, members: list[Floats]) -> Truth:
    found = value == members[0]
    known = ~np.isnan(value)
    for member in members[1:]:
        found = found | (value == member)
    for member in members:
        # Not to be in a list with an unknown member is unknown.
        known = known & ~np.isnan(member)
    return Truth(found, ~found & known)


def column_names(condition: Condition) -> set[str]:
    """Return the names of the columns that a condition reads."""
    match condition:
        case Column(name):
            return {name}
        case Literal():
            return set()
        case _:
            return set().union(*(column_names(o) for o in condition.operands))
