"""The rules of the door, derived from the declared tables.

Each rule is SQL that is true for a bad row, written over the typed column (``amount``) and, for
types, the text as it came (``raw_amount``). The SQL comes from the declarations alone, never
from input.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from features.columns import SECONDS, Check, Column, Table


@dataclass(frozen=True)
class Rule:
    """One reason to refuse a row.

    Parameters
    ----------
    column
        The column at fault, whose value is shown in the quarantine.
    fault
        SQL, true for a bad row. ``$as_known_at`` is the moment of the load, epoch seconds.
    reason, remedy
        What is wrong, and what to do about it.
    """

    column: str
    fault: str
    reason: str
    remedy: str


def rules_for(table: Table) -> tuple[Rule, ...]:
    """List the rules of a table that need one row only (keys and references are sets)."""
    rules = [rule for column in table.columns for rule in _column_rules(column)]
    return (*rules, *(_check_rule(check) for check in table.checks))


def _column_rules(column: Column) -> Iterator[Rule]:
    name = column.name
    if column.type != "VARCHAR":
        yield Rule(
            name,
            f"{name} is null and raw_{name} is not null",
            f"not a {column.type}",
            f"write {name} as {column.unit}.",
        )
    if not column.nullable:
        yield Rule(name, f"raw_{name} is null", "missing", f"fill in {name}, or leave the row out.")
    if column.values:
        listed = ", ".join(f"'{value}'" for value in column.values)
        remedy = f"use one of {', '.join(column.values)}."
        yield Rule(name, f"{name} not in ({listed})", "unknown value", remedy)
    yield from _range_rules(column)


def _range_rules(column: Column) -> Iterator[Rule]:
    name = column.name
    if column.low is not None:
        yield Rule(
            name, f"{name} < {column.low}", f"below {column.low}", f"{name} is in {column.unit}."
        )
    if column.high is not None:
        yield Rule(
            name, f"{name} > {column.high}", f"above {column.high}", f"{name} is in {column.unit}."
        )
    if column.unit == SECONDS and not column.may_be_future:
        yield Rule(
            name,
            f"{name} > $as_known_at and {name} <= {column.high}",
            "in the future",
            "check the clock and the unit: epoch seconds, UTC.",
        )


def _check_rule(check: Check) -> Rule:
    return Rule(check.column, check.fault, check.reason, check.remedy)
