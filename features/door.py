"""The door: every raw row is accepted, set aside, or refused with a reason and a remedy.

A raw table stands in the schema ``raw``; the rows that count so far stand in ``main``. Accepted
rows go to the target, refused ones to ``quarantine``. Nothing is written to disk here.
"""

from collections.abc import Callable

from duckdb import DuckDBPyConnection

from features.columns import SOURCE, Column, Table
from features.derived import create_derived_views
from features.errors import DataQualityError, SourceError
from features.faults import collect_faults
from features.inserting import insert_rows
from features.reports import TableReport
from features.schemas import TABLES
from features.sources.base import FAULTS, SET_ASIDE
from features.verdicts import KIND, Target, judge, move, withdraw

QUARANTINE_COLUMNS = ("portion", "table", "row", "column", "value", "reason", "remedy")
LONGEST_VALUE = 200
"""Characters of a refused value that the quarantine shows."""

_SCRATCH = ("typed", "faults", "verdicts", "replaced")
_MAIN = Target()


def prepare(con: DuckDBPyConnection, target: Target = _MAIN) -> None:
    """Create the empty canonical tables, the empty quarantine and the schema ``raw``.

    Parameters
    ----------
    con
        For a target other than ``main``, the views of ``main`` are the caller's to make.
    target
        Where the tables are created.
    """
    con.execute("create schema if not exists raw")
    con.execute(f"create schema if not exists {target.schema}")
    for table in TABLES.values():
        columns = ", ".join(_declared(column) for column in table.columns)
        kind = f", {KIND} VARCHAR" if target.of_a_run else ""
        con.execute(f"create or replace table {target.schema}.{table.name} ({columns}{kind})")
    con.execute(
        f"create or replace table {target.schema}.quarantine (portion VARCHAR,"
        ' "table" VARCHAR, "row" BIGINT, "column" VARCHAR, "value" VARCHAR, reason VARCHAR,'
        " remedy VARCHAR)"
    )
    if not target.of_a_run:
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
    max_bad: float = 1.0,
    portion: str = "all",
    derived: bool = False,
    target: Target = _MAIN,
) -> TableReport:
    """Sort the rows of ``raw.<table>`` into the target's table and its quarantine.

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
    portion
        Where the rows came from, for the quarantine.
    derived
        Withdraw the rows of ``source`` that are not given any more.
    target
        Where accepted rows go.

    Raises
    ------
    SourceError
        If a column of the key or another mandatory column is absent.
    DataQualityError
        If more than ``max_bad`` of the rows are refused, or the load as a whole is priced in
        another scale; the target is left unchanged.
    """
    present = _raw_columns(con, table)
    _type_rows(con, table, source, present)
    collect_faults(con, table, as_known_at, told=FAULTS in present)
    judge(con, table)
    refuse_excess(table.name, _report(con, table, present), max_bad, lambda why: _example(con, why))
    withdrawn = withdraw(con, table, source, target) if derived else 0
    report = _report(con, table, present, withdrawn)
    move(con, table, target)
    _quarantine(con, table, portion, target)
    con.execute("drop view temp.clean")
    for scratch in _SCRATCH:
        con.execute(f"drop table if exists temp.{scratch}")
    return report


def _raw_columns(con: DuckDBPyConnection, table: Table) -> set[str]:
    rows = con.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'raw' and table_name = ?",
        [table.name],
    ).fetchall()
    return {str(row[0]) for row in rows}


def _type_rows(con: DuckDBPyConnection, table: Table, source: str, present: set[str]) -> None:
    """Fill ``temp.typed``: the rows to check, each value typed and as it came."""
    _require(table, present)
    columns = [_typed(column, present) for column in table.columns if column.name != SOURCE]
    columns += [name for name in (FAULTS,) if name in present]
    origin = "coalesce(source, $source)" if SOURCE in present else "$source"
    kept = f"where {SET_ASIDE} is null" if SET_ASIDE in present else ""
    # Numbered by a window, as a raw relation may be a view, which has no row ids.
    con.execute(
        f"create or replace temp table typed as select row_no, {', '.join(columns)},"
        f" {origin} as source, {origin} as raw_source"
        f" from (select *, row_number() over () as row_no from raw.{table.name}) {kept}",
        {"source": source},
    )


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


def _report(
    con: DuckDBPyConnection, table: Table, present: set[str], withdrawn: int = 0
) -> TableReport:
    verdicts = _counts(con, "select verdict, count(*) from verdicts group by all")
    reasons = _counts(
        con,
        "select col || ': ' || reason as why, count(distinct row_no) from faults"
        " group by why order by 2 desc, why",
    )
    aside = {}
    if SET_ASIDE in present:
        aside = _counts(
            con,
            f"select {SET_ASIDE}, count(*) from raw.{table.name} where {SET_ASIDE} is not null"
            f" group by {SET_ASIDE} order by 2 desc, 1",
        )
    refused = _scalar(con, "select count(distinct row_no) from faults")
    return TableReport(
        read=_scalar(con, "select count(*) from typed") + sum(aside.values()),
        new=verdicts.get("new", 0),
        updated=verdicts.get("updated", 0),
        unchanged=verdicts.get("unchanged", 0),
        set_aside=sum(aside.values()),
        quarantined=refused,
        withdrawn=withdrawn,
        reasons=reasons,
        set_aside_reasons=aside,
    )


def refuse_excess(
    table: str, report: TableReport, max_bad: float, example: Callable[[str], tuple[str, str]]
) -> None:
    """Stop when too large a share of a table's rows is refused.

    Parameters
    ----------
    table
        Its name.
    report
        What came of its rows.
    max_bad
        Largest accepted share, 0 to 1, of the rows that were not set aside.
    example
        Gives where a fault is found, and its remedy, for ``column: reason``.

    Raises
    ------
    DataQualityError
        If the share is larger; the message has the commonest fault and an example.
    """
    checked = report.read - report.set_aside
    if report.quarantined <= max_bad * checked:
        return
    why = next(iter(report.reasons))
    where, remedy = example(why)
    raise DataQualityError(
        f"Table {table}: {report.quarantined} of {checked} rows refused, more than"
        f" {max_bad:.1%}; most often {why} ({where}). Nothing was changed.",
        remedy,
    )


def _example(con: DuckDBPyConnection, why: str) -> tuple[str, str]:
    value, row_no, remedy = con.execute(
        "select value, row_no, remedy from faults where col || ': ' || reason = ?"
        " order by row_no limit 1",
        [why],
    ).fetchall()[0]
    return f"row {row_no}: {value!r}", str(remedy)


def _quarantine(con: DuckDBPyConnection, table: Table, portion: str, target: Target) -> None:
    insert_rows(
        con,
        f"{target.schema}.quarantine",
        f"select $portion, '{table.name}', row_no, col,"
        f" case when length(value) > {LONGEST_VALUE} then left(value, {LONGEST_VALUE - 1}) || '…'"
        " else value end, reason, remedy from faults order by row_no, col, reason",
        {"portion": portion},
    )


def _counts(con: DuckDBPyConnection, query: str) -> dict[str, int]:
    return {str(what): int(rows) for what, rows in con.execute(query).fetchall()}


def _scalar(con: DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])
