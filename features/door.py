"""The door: every raw row is accepted, or refused with a reason and a remedy.

A raw table stands in the schema ``raw``; accepted rows go to the table of the same name in the
schema ``main``, refused ones to ``main.quarantine``. Nothing is written to disk here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from features.columns import SOURCE, Column, Table
from features.derived import create_derived_views
from features.errors import DataQualityError, SourceError
from features.rules import Rule, rules_for
from features.schemas import TABLES

QUARANTINE_COLUMNS = ("table", "row", "column", "value", "reason", "remedy")


@dataclass(frozen=True)
class TableReport:
    """What came of one table at the door.

    Parameters
    ----------
    read, accepted, quarantined
        Rows; ``read = accepted + quarantined``.
    reasons
        ``column: reason`` -> rows refused for it; a row may have several reasons.
    """

    read: int
    accepted: int
    quarantined: int
    reasons: dict[str, int]


def prepare(con: DuckDBPyConnection) -> None:
    """Create the empty canonical tables and the empty quarantine."""
    con.execute("create schema if not exists raw")
    for table in TABLES.values():
        columns = ", ".join(_declared(column) for column in table.columns)
        con.execute(f"create or replace table main.{table.name} ({columns})")
    con.execute(
        'create or replace table main.quarantine ("table" VARCHAR, "row" BIGINT,'
        ' "column" VARCHAR, "value" VARCHAR, reason VARCHAR, remedy VARCHAR)'
    )
    create_derived_views(con.execute)


def _declared(column: Column) -> str:
    default = f" default {column.default}" if column.default else ""
    return f"{column.name} {column.type}{default}"


def check_table(
    con: DuckDBPyConnection,
    table: Table,
    *,
    source: str,
    as_known_at: int,
    max_bad: float = 0.01,
) -> TableReport:
    """Sort the rows of ``raw.<table>`` into ``main.<table>`` and ``main.quarantine``.

    Parameters
    ----------
    con
        Connection on which :func:`prepare` was called.
    table
        The canonical table to check.
    source
        Filled in where a raw row names no source of its own.
    as_known_at
        Epoch seconds, UTC: an observed time after it is a fault.
    max_bad
        Largest accepted share of refused rows, 0 to 1.

    Raises
    ------
    SourceError
        If a column of the key or another mandatory column is absent.
    DataQualityError
        If more than ``max_bad`` of the rows are refused; ``main`` is left unchanged.
    """
    _type_rows(con, table, source)
    _collect_faults(con, table, as_known_at)
    report = _report(con)
    _refuse_excess(con, table, report, max_bad)
    _move(con, table)
    for scratch in ("typed", "suspects", "faults"):
        con.execute(f"drop table temp.{scratch}")
    return report


def _type_rows(con: DuckDBPyConnection, table: Table, source: str) -> None:
    present = _raw_columns(con, table)
    _require(table, present)
    typed = ", ".join(_typed(column, present) for column in table.columns if column.name != SOURCE)
    origin = "coalesce(source, $source)" if SOURCE in present else "$source"
    con.execute(
        f"create or replace temp table typed as select rowid + 1 as row_no, {typed},"
        f" {origin} as source, {origin} as raw_source from raw.{table.name}",
        {"source": source},
    )


def _raw_columns(con: DuckDBPyConnection, table: Table) -> set[str]:
    rows = con.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'raw' and table_name = ?",
        [table.name],
    ).fetchall()
    return {str(row[0]) for row in rows}


def _require(table: Table, present: set[str]) -> None:
    for column in table.columns:
        needed = not column.nullable and not column.default and column.name != SOURCE
        if needed and column.name not in present:
            raise SourceError(
                f"Table {table.name} has no column {column.name}.",
                f"add {column.name}: {column.doc}",
            )


def _typed(column: Column, present: set[str]) -> str:
    name = column.name
    default = column.default or "null"
    if name not in present:
        return f"cast({default} as {column.type}) as {name}, {default} as raw_{name}"
    given = f'coalesce("{name}", {default})' if column.default else f'"{name}"'
    return f"try_cast({given} as {column.type}) as {name}, {given} as raw_{name}"


def _collect_faults(con: DuckDBPyConnection, table: Table, as_known_at: int) -> None:
    con.execute(
        "create or replace temp table faults"
        " (row_no BIGINT, col VARCHAR, value VARCHAR, reason VARCHAR, remedy VARCHAR)"
    )
    # A first pass with one boolean finds whether any row is bad, so that the pass which
    # explains the faults runs over those rows only.
    rules = rules_for(table)
    any_fault = " or ".join(f"coalesce({rule.fault}, false)" for rule in rules)
    known = {"as_known_at": as_known_at} if "$as_known_at" in any_fault else {}
    con.execute(
        f"create or replace temp table suspects as select * from typed where {any_fault}", known
    )
    if con.sql("from suspects").limit(1).fetchall():
        for rule in rules:
            _explain(con, rule, as_known_at)
    for column, query in (*_duplicate_faults(table), *_reference_faults(table)):
        con.execute(f"insert into faults select row_no, '{column}', {query}")


def _explain(con: DuckDBPyConnection, rule: Rule, as_known_at: int) -> None:
    values: dict[str, object] = {"reason": rule.reason, "remedy": rule.remedy}
    if "$as_known_at" in rule.fault:
        values["as_known_at"] = as_known_at
    con.execute(
        f"insert into faults select row_no, '{rule.column}',"
        f" cast(raw_{rule.column} as VARCHAR), $reason, $remedy from suspects where {rule.fault}",
        values,
    )


def _duplicate_faults(table: Table) -> Iterator[tuple[str, str]]:
    """Keep the first row of a key; a key that an earlier source gave is taken."""
    key = ", ".join(table.key)
    shown = " || '/' || ".join(f"cast({name} as VARCHAR)" for name in table.key)
    remedy = "'give each row its own key; the first row was kept.'"
    yield (
        table.key[0],
        f"{shown}, 'duplicate key', {remedy} from typed"
        f" where ({key}) in (select ({key}) from typed group by {key} having count(*) > 1)"
        f" qualify row_number() over (partition by {key} order by row_no) > 1",
    )
    yield (
        table.key[0],
        f"{shown}, 'key of an earlier source', {remedy} from typed"
        f" semi join main.{table.name} using ({key})",
    )


def _reference_faults(table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        if column.references:
            target, key = column.references.split(".")
            yield (
                column.name,
                f"{column.name}, 'not in {target}', 'add it to {target}, or correct it.'"
                f" from typed anti join main.{target} t on typed.{column.name} = t.{key}"
                f" where {column.name} is not null",
            )


def _report(con: DuckDBPyConnection) -> TableReport:
    read = _scalar(con, "select count(*) from typed")
    refused = _scalar(con, "select count(distinct row_no) from faults")
    reasons = con.execute(
        "select col || ': ' || reason as why, count(distinct row_no) from faults"
        " group by why order by 2 desc, why"
    ).fetchall()
    return TableReport(read, read - refused, refused, {str(why): int(n) for why, n in reasons})


def _refuse_excess(
    con: DuckDBPyConnection, table: Table, report: TableReport, max_bad: float
) -> None:
    if report.quarantined <= max_bad * report.read:
        return
    why = next(iter(report.reasons))
    found = con.execute(
        "select value, row_no, remedy from faults where col || ': ' || reason = ?"
        " order by row_no limit 1",
        [why],
    ).fetchall()
    value, row_no, remedy = found[0]
    raise DataQualityError(
        f"Table {table.name}: {report.quarantined} of {report.read} rows refused, more than"
        f" {max_bad:.1%}; most often {why} (row {row_no}: {value!r}). Nothing was changed.",
        str(remedy),
    )


def _move(con: DuckDBPyConnection, table: Table) -> None:
    names = ", ".join(table.names)
    con.execute(
        f"insert into main.{table.name} ({names}) select {names} from typed"
        " where row_no not in (select row_no from faults) order by row_no"
    )
    con.execute(
        f"insert into main.quarantine select '{table.name}', row_no, col, value, reason, remedy"
        " from faults order by row_no, col, reason"
    )


def _scalar(con: DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])
