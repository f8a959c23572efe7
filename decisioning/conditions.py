"""Conditions over columns, evaluated on arrays with SQL's three-valued logic.

A condition is a small tree. Whoever parses it (``bundle.parse_condition``) is not our concern:
the tree holds names, numbers and operators only, so evaluating it can neither run code nor
touch anything but the columns it is given.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

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


def _null_if_any(function: Callable[..., NDArray[np.bool_]]) -> Callable[..., Floats]:
    """Lift a predicate to three values: null in, null out."""

    def lifted(*operands: Floats) -> Floats:
        null = np.logical_or.reduce([np.isnan(o) for o in operands])
        return np.where(null, UNKNOWN, function(*operands).astype(np.float64))

    return lifted


def _and(*operands: Floats) -> Floats:
    # False beats unknown, unknown beats true: exactly the minimum once unknown is one half.
    return _from_halves(np.minimum.reduce([_to_halves(o) for o in operands]))


def _or(*operands: Floats) -> Floats:
    return _from_halves(np.maximum.reduce([_to_halves(o) for o in operands]))


def _not(operand: Floats) -> Floats:
    return _from_halves(1.0 - _to_halves(operand))


def _to_halves(values: Floats) -> Floats:
    """Write true as 1, false as 0, unknown as a half; a number is true unless it is 0."""
    return np.where(np.isnan(values), 0.5, values != 0)


def _from_halves(values: Floats) -> Floats:
    return np.where(values == 0.5, UNKNOWN, values)


def _in(value: Floats, *members: Floats) -> Floats:
    return _or(*[OPERATORS["="](value, member) for member in members])


def _divide(a: Floats, b: Floats) -> Floats:
    return np.divide(a, b, out=np.full_like(a, UNKNOWN), where=b != 0)


OPERATORS: Final[Mapping[str, Callable[..., Floats]]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "=": _null_if_any(np.equal),
    "<>": _null_if_any(np.not_equal),
    "<": _null_if_any(np.less),
    "<=": _null_if_any(np.less_equal),
    ">": _null_if_any(np.greater),
    ">=": _null_if_any(np.greater_equal),
    "is null": lambda a: np.isnan(a).astype(np.float64),
    "in": _in,
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divide,
    "negate": np.negative,
}


def evaluate(condition: Condition, columns: Mapping[str, Floats], m: int) -> Floats:
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

    Raises
    ------
    KeyError
        If a column is missing: loading the catalogue checks names, so this is our mistake.
    """
    match condition:
        case Column(name):
            return columns[name]
        case Literal(value):
            return np.full(m, value)
        case _:
            values = [evaluate(operand, columns, m) for operand in condition.operands]
            return OPERATORS[condition.operator](*values)


def column_names(condition: Condition) -> set[str]:
    """Return the names of the columns that a condition reads."""
    match condition:
        case Column(name):
            return {name}
        case Literal():
            return set()
        case _:
            return set().union(*(column_names(o) for o in condition.operands))
