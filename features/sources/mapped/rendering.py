"""From the rows of an input to ``raw.<table>``: the statements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.schemas import TABLES
from features.sources.base import FAULTS, SET_ASIDE
from features.sources.mapped.checks import DEFAULTS, column_of
from features.sources.mapped.columns import ColumnMap
from features.sources.mapped.expressions import check_expression, wrapped
from features.sources.mapped.filling import Filled, Setting, fill
from features.sources.mapped.model import SourceFile, TableInput
from features.sources.mapped.quoting import literal, quoted

FAULT_TYPE = 'STRUCT("column" VARCHAR, "value" VARCHAR, reason VARCHAR, remedy VARCHAR)[]'
ORDER = "_order"
HAS_ZONE = "_has_zone_"
TIME_TEXT = "_text_"


@dataclass(frozen=True)
class MappedTable:
    """One input of one canonical table, with what its file says for all.

    Parameters
    ----------
    table
        The canonical table.
    one
        Where its rows lie and what its columns mean.
    file
        The whole ``sources.yaml``.
    where
        Field of the input, for messages.
    """

    table: str
    one: TableInput
    file: SourceFile
    where: str

    @property
    def columns(self) -> dict[str, ColumnMap]:
        """Canonical column -> how it is filled, defaults included, in storage order."""
        told = {**DEFAULTS.get(self.table, {}), **self.one.columns}
        return {name: told[name] for name in TABLES[self.table].names if name in told}

    @property
    def is_ordered(self) -> bool:
        """Whether the order of the rows in the input decides a value."""
        return bool(self.one.one_row_per) or any(c.number_within for c in self.columns.values())


def check_expressions(
    con: DuckDBPyConnection, mapping: MappedTable, columns: Mapping[str, object]
) -> set[str]:
    """Prove each expression of an input; return the input's columns that it uses.

    Parameters
    ----------
    columns
        The input's columns.

    Raises
    ------
    SourceError
        If an expression is not accepted, or a column is not in the input.
    """
    derived = mapping.one.derived
    known: dict[str, object] = dict(columns)
    used: set[str] = set()
    folded = {name.casefold() for name in columns}
    for name in derived:
        if name.casefold() in folded:
            raise SourceError(
                f"{mapping.where}.derived: {name!r} is a column of the input.",
                "choose another name.",
            )
    for where, text, name in _expressions(mapping):
        used |= check_expression(con, text, known, f"{mapping.where}.{where}")
        if name:
            known[name] = None
    for name, told in mapping.columns.items():
        if told.column is not None:
            field = f"{mapping.where}.columns.{name}"
            used |= check_expression(con, quoted(told.column), known, field)
    return used - set(derived)


def _expressions(mapping: MappedTable) -> Iterable[tuple[str, str, str]]:
    one = mapping.one
    yield from ((f"derived.{name}", text, name) for name, text in one.derived.items())
    for name, told in mapping.columns.items():
        if told.sql is not None:
            yield f"columns.{name}.sql", told.sql, ""
    if one.where is not None:
        yield "where", one.where, ""
    yield from ((f"set_aside[{n}].when", row.when, "") for n, row in enumerate(one.set_aside))


def select_cells(mapping: MappedTable, rows: str, start: int = 0) -> str:
    """Render the SELECT of what each canonical column is given, before it is read.

    Parameters
    ----------
    rows
        What follows FROM: the rows of the input, in their order.
    start
        What the number of the first row is counted from.
    """
    one = mapping.one
    derived = "".join(f", {wrapped(text)} as {quoted(n)}" for n, text in one.derived.items())
    cells = [f"{_cell(told)} as {quoted(name)}" for name, told in mapping.columns.items()]
    # Numbering costs reading from start to end, so it is done only where it decides something.
    order = f", {start} + row_number() over () as {ORDER}" if mapping.is_ordered else ""
    cells += [f"{_reason(one)} as {SET_ASIDE}", *([ORDER] if order else [])]
    condition = f" where {wrapped(one.where)}" if one.where is not None else ""
    return f"select {', '.join(cells)} from (select *{order}{derived} from {rows}){condition}"


def _cell(told: ColumnMap) -> str:
    if told.sql is not None:
        return wrapped(told.sql)
    if told.column is not None:
        return quoted(told.column)
    if told.constant is not None:
        text = str(told.constant)
        return literal(text.lower() if isinstance(told.constant, bool) else text)
    return "null"


def _reason(one: TableInput) -> str:
    cases = "".join(
        f" when {wrapped(row.when)} then {literal(row.reason)}" for row in one.set_aside
    )
    return f"case{cases} end" if cases else "cast(null as VARCHAR)"


def select_rows(mapping: MappedTable, cells: str, kinds: Mapping[str, str]) -> str:
    """Render the SELECT that reads the cells: canonical values, faults, and times' texts.

    Parameters
    ----------
    cells
        SELECT of :func:`select_cells`, or the name of a table that holds it.
    kinds
        Canonical column -> DuckDB type of its cell.
    """
    setting = Setting(mapping.file.currency, mapping.file.time_zone, mapping.one.csv.decimal)
    filled = [
        fill(column_of(mapping.table, name), told, _given(name, told), kinds[name], setting)
        for name, told in mapping.columns.items()
        if told.number_within is None
    ]
    by_name = {one.name: one for one in filled}
    selected = []
    for name, told in mapping.columns.items():
        value = _number(told, by_name) if told.number_within else by_name[name].value
        selected.append(f"{value} as {quoted(name)}")
    selected += _weight(mapping, by_name)
    for one in filled:
        if one.has_zone:
            selected.append(f"{one.text} as {quoted(TIME_TEXT + one.name)}")
            selected.append(f"{one.has_zone} as {quoted(HAS_ZONE + one.name)}")
    selected += [f"{_faults(filled)} as {FAULTS}", SET_ASIDE]
    if not mapping.is_ordered:
        return f"select {', '.join(selected)} from ({cells}) c"
    return f"select {', '.join(selected)}, {ORDER} from ({cells}) c order by {ORDER}"


def _given(name: str, told: ColumnMap) -> str:
    # A constant is read once, not once a row.
    return _cell(told) if told.constant is not None else f"c.{quoted(name)}"


def _number(told: ColumnMap, by_name: Mapping[str, Filled]) -> str:
    within = by_name[str(told.number_within)].value
    return f"row_number() over (partition by {within} order by {ORDER})"


def _weight(mapping: MappedTable, by_name: Mapping[str, Filled]) -> list[str]:
    weights = mapping.file.event_weights
    if mapping.table != "events" or "weight" in by_name or not weights:
        return []
    cases = " ".join(f"when {literal(k)} then {float(w)!r}" for k, w in weights.items())
    return [f"cast(case {by_name['event_type'].value} {cases} end as DOUBLE) as weight"]


def _faults(filled: Iterable[Filled]) -> str:
    able = [one for one in filled if one.wrong]
    if not able:
        return f"cast(null as {FAULT_TYPE})"
    # Rows at fault are few: their lists are made for them alone.
    any_wrong = " or ".join(f"({one.wrong})" for one in able)
    each = ", ".join(f"case when {one.wrong} then {one.fault} end" for one in able)
    found = f"list_filter([{each}], lambda fault: fault is not null)"
    return f"case when {any_wrong} then {found} end"
