"""Eligibility: every condition of a catalogue, asked of every customer.

Most conditions are comparisons of a column with a number, joined by "and". All of those are asked
at once, as the bounds of an interval each; the others one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.conditions import Apply, Column, Columns, Condition, Literal, Truth, prepared

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]

_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_BOUNDS: Final[Mapping[str, Callable[[float], tuple[float, float]]]] = {
    "<": lambda x: (-np.inf, np.nextafter(x, -np.inf)),
    "<=": lambda x: (-np.inf, x),
    ">": lambda x: (np.nextafter(x, np.inf), np.inf),
    ">=": lambda x: (x, np.inf),
    "=": lambda x: (x, x),
}
"""Of the closed interval in which a comparison with a finite number is true."""


@dataclass(frozen=True)
class Interval:
    """Column by name, and the closed interval it must lie in."""

    column: str
    low: float
    high: float


def intervals(condition: Condition) -> tuple[Interval, ...] | None:
    """Return the intervals that a condition asks to hold together; None where it asks otherwise."""
    match condition:
        case Apply("and", operands):
            parts = [intervals(operand) for operand in operands]
            return None if None in parts else tuple(one for part in parts for one in part or ())
        case Apply(operator, (Column(name), Literal(value))):
            return _interval(name, operator, value)
        case Apply(operator, (Literal(value), Column(name))) if operator in _TURNED:
            return _interval(name, _TURNED[operator], value)
        case _:
            return None


def _interval(name: str, operator: str, value: float) -> tuple[Interval, ...] | None:
    if operator not in _BOUNDS or not np.isfinite(value):
        return None
    return (Interval(name, *_BOUNDS[operator](value)),)


@dataclass(frozen=True)
class Round:
    """One interval of each of the first conditions, r of them.

    Parameters
    ----------
    column
        int64 (r,): position of the column in ``Eligibility.names``.
    low, high
        float64 (r, 1).
    """

    column: I64
    low: Floats
    high: Floats

    @classmethod
    def of(cls, asked: Sequence[Interval], names: Sequence[str]) -> "Round":
        """Lay out intervals over named columns."""
        return cls(
            np.array([names.index(one.column) for one in asked], dtype=np.int64),
            np.array([one.low for one in asked], dtype=np.float64)[:, None],
            np.array([one.high for one in asked], dtype=np.float64)[:, None],
        )

    def ask(self, values: Floats) -> Truth:
        """Tell where the columns, float64 (names, m), lie inside and where outside, bool (r, m)."""
        found = values[self.column]
        # A comparison with NaN is false, so a null is neither.
        inside = (found >= self.low) & (found <= self.high)
        return Truth(inside, (found < self.low) | (found > self.high))


@dataclass(frozen=True)
class Eligibility:
    """The conditions of some actions, c of them, ready to be asked.

    Parameters
    ----------
    positions
        int64 (c,): of the actions in the catalogue; first those with intervals, the most
        intervals first.
    names
        The columns that intervals read.
    rounds
        The first interval of each condition that has one, the second of those that have two, and
        so on.
    others
        What evaluates the remaining conditions, each of them once.
    asked
        int64 (c,): by position, where its condition stands among the intervals and the others;
        several actions may share one.
    """

    positions: I64
    names: tuple[str, ...]
    rounds: tuple[Round, ...]
    others: tuple[Callable[[Columns], Truth], ...]
    asked: I64

    @classmethod
    def of(cls, conditions: Mapping[int, Condition]) -> "Eligibility":
        """Prepare the conditions of the actions at some positions."""
        asked = {k: intervals(condition) for k, condition in conditions.items()}
        plain = {k: found for k, found in asked.items() if found}
        first = sorted(plain, key=lambda k: -len(plain[k]))
        others = [k for k in conditions if k not in plain]
        once = {
            told: place for place, told in enumerate(dict.fromkeys(conditions[k] for k in others))
        }
        names = tuple(dict.fromkeys(one.column for found in plain.values() for one in found))
        rounds = range(max((len(found) for found in plain.values()), default=0))
        return cls(
            positions=np.array([*first, *others], dtype=np.int64),
            names=names,
            rounds=tuple(
                Round.of([plain[k][turn] for k in first if len(plain[k]) > turn], names)
                for turn in rounds
            ),
            others=tuple(prepared(told) for told in once),
            asked=np.array(
                [*range(len(first)), *(len(first) + once[conditions[k]] for k in others)], np.int64
            ),
        )

    def ask(self, columns: Columns, m: int) -> Truth:
        """Tell for m customers where each condition is true and where it is false, bool (c, m)."""
        parts = [self._intervals(columns)] if self.rounds else []
        for condition in self.others:
            held = condition(columns)
            parts.append(Truth(*(np.broadcast_to(mask, (1, m)) for mask in held)))
        if not self.others:
            return parts[0]
        told = Truth(
            np.concatenate([part.true for part in parts]),
            np.concatenate([part.false for part in parts]),
        )
        return Truth(told.true[self.asked], told.false[self.asked])

    def _intervals(self, columns: Columns) -> Truth:
        values = np.array([columns[name] for name in self.names])
        true, false = self.rounds[0].ask(values)
        for turn in self.rounds[1:]:
            inside, outside = turn.ask(values)
            true[: len(inside)] &= inside
            false[: len(outside)] |= outside
        return Truth(true, false)
