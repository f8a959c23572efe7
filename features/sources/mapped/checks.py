"""Checks of a mapping against the canonical tables."""

import re
from collections.abc import Mapping

from features.columns import CENTS, SECONDS, SOURCE, Column
from features.schemas import TABLES
from features.sources.mapped.columns import MONEY_UNITS, TIME_UNITS, ColumnMap
from features.sources.mapped.suggesting import suggest

DEFAULTS: dict[str, dict[str, ColumnMap]] = {
    "products": {"status": ColumnMap(constant="active")},
    "transactions": {
        "line_no": ColumnMap(number_within="order_id"),
        "discount": ColumnMap(constant="0"),
    },
    "consents": {"channel": ColumnMap(constant="any")},
}
"""What fills a mandatory column that is not mapped; where nothing is said, it must be mapped."""


def column_of(table: str, name: str) -> Column:
    """Find the declaration of a canonical column that is known to exist."""
    return next(column for column in TABLES[table].columns if column.name == name)


def check_weights(weights: Mapping[str, float]) -> None:
    """Refuse weights of unknown event types, or that are no weights.

    Raises
    ------
    ValueError
        Naming the event type.
    """
    known = column_of("events", "event_type").values
    for kind, weight in weights.items():
        if kind not in known:
            raise ValueError(f"{kind!r} is not an event type; {suggest(kind, known)}")
        if not 0 <= weight < float("inf"):
            raise ValueError(f"{kind}: {weight} is not a weight; give 0 or more.")


def check_columns(table: str, columns: Mapping[str, ColumnMap]) -> None:
    """Refuse unknown columns, units that do not fit, and mandatory columns left out.

    Raises
    ------
    ValueError
        Naming the table and the column.
    """
    known = [column for column in TABLES[table].columns if column.name != SOURCE]
    names = {column.name for column in known}
    for name, told in columns.items():
        where = f"tables.{table}.columns.{name}"
        if name not in names:
            raise ValueError(f"{where}: {table} has no such column; {suggest(name, names)}")
        within = told.number_within
        if within is not None and within not in columns:
            raise ValueError(
                f"{where}.number_within: {within!r} is not mapped; "
                + suggest(within, set(columns) - {name})
            )
        _check_unit(f"{where}.unit", column_of(table, name).unit, told)
        _check_kind(where, column_of(table, name), told)
    for column in known:
        filled = column.nullable or column.default or column.name in DEFAULTS.get(table, {})
        if not filled and column.name not in columns:
            raise ValueError(f"tables.{table}.columns: {column.name} is missing: {column.doc}")


def _check_unit(where: str, kind: str, told: ColumnMap) -> None:
    if told.unit is None:
        return
    accepted = {SECONDS: TIME_UNITS, CENTS: MONEY_UNITS}.get(kind)
    if accepted is None:
        raise ValueError(f"{where}: goes with money and times; this is {kind}: leave it out.")
    is_digits = kind == CENTS and re.fullmatch("[0-8]", str(told.unit))
    if str(told.unit) not in accepted and not is_digits:
        raise ValueError(
            f"{where}: {told.unit!r} is no unit of {kind}; {suggest(str(told.unit), accepted)}"
        )


def _check_kind(where: str, column: Column, told: ColumnMap) -> None:
    if column.unit != SECONDS and (told.format or told.time_zone or told.day == "end"):
        raise ValueError(f"{where}: format, time_zone and day go with times, not {column.unit}.")
    if told.hash and column.type != "VARCHAR":
        raise ValueError(f"{where}.hash: goes with texts and ids, not {column.unit}.")
    if told.pick in ("median", "sum") and column.type not in ("BIGINT", "DOUBLE"):
        raise ValueError(f"{where}.pick: {told.pick} goes with numbers, not {column.unit}.")
