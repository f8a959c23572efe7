"""SQL over the committed files of a table: the rows that count after all runs so far."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from features.columns import Column, Table
from features.schemas import TABLES
from features.storage import GONE, NEW, TableFile, table_files

# The run is read from the path, so that no row holds anything of the run that wrote it.
_RUN = r"cast(regexp_extract(filename, 'run=([0-9]+)/bucket=[^/]+/[a-z]+[.]parquet$', 1) as BIGINT)"


def contract() -> str:
    """Digest of the declared tables: files of another contract may have other columns."""
    return hashlib.sha256(repr(TABLES).encode()).hexdigest()


def visible_files(manifest: Mapping[str, Any], name: str, known_at: int | None) -> list[TableFile]:
    """List a table's files of the runs that had ended by ``known_at`` (None: of all runs)."""
    if name not in manifest["tables"]:
        return []
    runs = {
        each["run"]
        for each in manifest["runs"]
        if known_at is None or each["ingested_at"] <= known_at
    }
    return [file for file in table_files(manifest["tables"][name]) if file.run in runs]


def standing_sql(
    con: DuckDBPyConnection,
    table: Table,
    folder: Path,
    files: Sequence[TableFile],
    *,
    buckets: frozenset[str] | None = None,
    same_contract: bool = True,
) -> str:
    """Render the SELECT of the rows that count: each key's version of its last run.

    Parameters
    ----------
    con
        Asked for the columns of files written under another contract.
    table
        The canonical table.
    folder
        Where the tables are.
    files
        Of the table, as :func:`visible_files` lists them.
    buckets
        Names of the buckets to read; None for all. A key that moved to another bucket is still
        replaced, as the replacing keys are read from every bucket.
    same_contract
        False when some file may lack a column, or hold more.
    """
    held = [f for f in files if f.kind != GONE and (buckets is None or f.bucket in buckets)]
    if not held:
        return empty_select(table)
    columns = ", ".join(table.names)
    if not same_contract:
        columns = _fitted(con, table, folder, held)
    replacing = [f for f in files if f.kind != NEW]
    if not replacing:
        return f"select {columns} from {_read(folder, held, union=not same_contract)}"
    keys = ", ".join(table.key)
    return (
        f"select {', '.join(f't.{name}' for name in table.names)}"
        f" from (select {columns}, {_RUN} as _run"
        f" from {_read(folder, held, union=not same_contract)}) t"
        f" left join (select {keys}, max({_RUN}) as _run"
        f" from {_read(folder, replacing, union=True)} group by {keys}) r"
        f" on {same_key(table, 't', 'r')} where r._run is null or t._run >= r._run"
    )


def same_key(table: Table, one: str, other: str) -> str:
    """Render that two rows have the same key; a null equals a null."""
    nullable = {column.name: column.nullable for column in table.columns}
    return " and ".join(
        f"{one}.{name} {'is not distinct from' if nullable[name] else '='} {other}.{name}"
        for name in table.key
    )


def empty_select(table: Table) -> str:
    """Render a SELECT with the table's columns and no row."""
    columns = ", ".join(f"cast(null as {c.type}) as {c.name}" for c in table.columns)
    return f"select {columns} where false"


def _read(folder: Path, files: Sequence[TableFile], *, union: bool) -> str:
    paths = ", ".join(quoted(str(folder / file.path)) for file in files)
    # Without hive partitioning: a folder called source=x above would overrule a column.
    more = ", union_by_name = true" if union else ""
    return f"read_parquet([{paths}], hive_partitioning = false{more})"


def quoted(text: str) -> str:
    """Render a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _fitted(con: DuckDBPyConnection, table: Table, folder: Path, files: Sequence[TableFile]) -> str:
    described = con.execute(f"describe select * from {_read(folder, files, union=True)}").fetchall()
    present = {str(row[0]) for row in described}
    return ", ".join(_fitted_column(column, present) for column in table.columns)


def _fitted_column(column: Column, present: set[str]) -> str:
    default = column.default or "null"
    value = f"coalesce({column.name}, {default})" if column.name in present else default
    return f"cast({value} as {column.type}) as {column.name}"
