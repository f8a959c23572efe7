"""One step of a run: a portion through the door, in one transaction."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from features.derived import create_derived_views
from features.door import check_table
from features.errors import SourceError
from features.ingestion.plan import Step
from features.ingestion.work import RUN, STANDING, Reports, Work, enter
from features.schemas import TABLES
from features.standing import same_key, visible_files
from features.storage import GONE, NEW
from features.tables import create_standing_views
from features.verdicts import KIND


def open_main(con: DuckDBPyConnection, tables_dir: Path, manifest: Mapping[str, Any]) -> None:
    """Create ``main.<table>``: the rows of earlier runs, as this run has changed them so far."""
    con.execute(f"create schema if not exists {STANDING}")
    visible = {name: visible_files(manifest, name, None) for name in TABLES}
    create_standing_views(con, tables_dir, manifest, visible, schema=STANDING)
    for table in TABLES.values():
        names = ", ".join(table.names)
        added = f"select {names} from {RUN.schema}.{table.name} where {KIND} <> '{GONE}'"
        if visible[table.name]:
            added = (
                f"select {names} from {STANDING}.{table.name} s anti join"
                f" (select * from {RUN.schema}.{table.name} where {KIND} <> '{NEW}') r"
                f" on {same_key(table, 's', 'r')} union all {added}"
            )
        con.execute(f"create or replace view main.{table.name} as {added}")
    create_derived_views(con.execute)


def load_step(work: Work, number: int, step: Step) -> Reports:
    """Load a portion, check its tables and write the journal: all of it, or nothing."""
    con = work.con
    _drop_raw(con)
    # Raw rows are not part of the transaction: they are read again when it did not commit.
    step.portion.load(con)
    given = _given(con)
    con.begin()
    try:
        reports: Reports = {}
        for table in TABLES.values():
            if table.name in given:
                reports[table.name] = check_table(
                    con,
                    table,
                    source=step.source,
                    as_known_at=work.as_known_at,
                    portion=step.name,
                    derived=step.portion.derived,
                    target=RUN,
                )
        enter(work, number, reports)
    except BaseException:
        con.rollback()
        raise
    con.commit()
    _drop_raw(con)
    return reports


def _drop_raw(con: DuckDBPyConnection) -> None:
    for name, kind in _raw(con).items():
        con.execute(f'drop {kind} raw."{name}"')


def _given(con: DuckDBPyConnection) -> set[str]:
    given = set(_raw(con))
    for name in sorted(given - set(TABLES)):
        raise SourceError(
            f"There is no canonical table {name!r}.", f"use one of: {', '.join(TABLES)}."
        )
    return given


def _raw(con: DuckDBPyConnection) -> dict[str, str]:
    """Return what stands in ``raw``: name -> ``table`` or ``view``."""
    rows = con.execute(
        "select table_name, table_type from information_schema.tables"
        " where table_schema = 'raw' and table_catalog = current_database()"
    ).fetchall()
    return {str(name): "view" if kind == "VIEW" else "table" for name, kind in rows}
