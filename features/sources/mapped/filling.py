"""One canonical column of one input: its value, and what can be wrong with it."""

from dataclasses import dataclass

from features.columns import CENTS, SECONDS, Column
from features.sources.mapped.cells import (
    Cell,
    flag_cell,
    is_text,
    money_cell,
    number_cell,
    text_cell,
    trimmed,
    vocabulary,
    whole_cell,
)
from features.sources.mapped.columns import ColumnMap
from features.sources.mapped.quoting import literal
from features.sources.mapped.times import moment, remedy


@dataclass(frozen=True)
class Setting:
    """What a whole file of mappings, or an input, says for all its columns."""

    currency: str
    time_zone: str
    decimal: str


@dataclass(frozen=True)
class Filled:
    """The SQL of one canonical column.

    Parameters
    ----------
    name
        The canonical column.
    value
        SQL of its value.
    wrong, fault
        SQL of whether the cell cannot be read, and of a struct of the door's ``_faults`` that says
        so; empty where any cell can.
    text, has_zone
        SQL of a time's text and of whether it names a zone; empty where that cannot differ by row.
    """

    name: str
    value: str
    wrong: str = ""
    fault: str = ""
    text: str = ""
    has_zone: str = ""


def fill(column: Column, told: ColumnMap, given: str, kind: str, setting: Setting) -> Filled:
    """Render a canonical column from a cell.

    Parameters
    ----------
    column, told
        Its declaration, and what ``sources.yaml`` says of it.
    given, kind
        SQL of the cell as the input has it, and its DuckDB type.
    setting
        What holds for all columns of the input.
    """
    if told.values:
        given, kind = f"({vocabulary(given, told)})", "VARCHAR"
    if column.unit == SECONDS:
        return _time(column.name, told, given, kind, setting)
    cell = _cell(column, told, given, kind, setting)
    fault = fault_of(column.name, f"cast({given} as VARCHAR)", cell.reason, cell.remedy)
    wrong = f"{_is_given(given, kind)} and ({cell.value}) is null"
    return Filled(column.name, cell.value, *((wrong, fault) if cell.reason else ()))


def fault_of(column: str, value: str, reason: str, remedy_: str) -> str:
    """Render a struct of ``_faults``; ``value`` is SQL, the others are texts."""
    return (
        f"{{'column': {literal(column)}, 'value': {value}, 'reason': {literal(reason)},"
        f" 'remedy': {literal(remedy_)}}}"
    )


def _cell(column: Column, told: ColumnMap, given: str, kind: str, setting: Setting) -> Cell:
    decimal = told.decimal or setting.decimal
    if column.unit == CENTS:
        return money_cell(given, kind, told, decimal, setting.currency)
    if column.type == "BIGINT":
        return whole_cell(given, kind, decimal)
    if column.type == "DOUBLE":
        return number_cell(given, kind, decimal)
    return flag_cell(given, kind) if column.type == "BOOLEAN" else text_cell(given, kind, told)


def _time(name: str, told: ColumnMap, given: str, kind: str, setting: Setting) -> Filled:
    found = moment(given, kind, told, told.time_zone or setting.time_zone)
    wrong = f"{_is_given(given, kind)} and ({found.value}) is null"
    fault = fault_of(name, f"cast({given} as VARCHAR)", "not a time", remedy(kind, told))
    # A zone told for this very column says what its bare times mean, beside others too.
    mixed = found.has_zone if told.time_zone is None else ""
    return Filled(name, found.value, wrong, fault, trimmed(given) if mixed else "", mixed)


def _is_given(given: str, kind: str) -> str:
    return f"{trimmed(given)} is not null" if is_text(kind) else f"{given} is not null"
