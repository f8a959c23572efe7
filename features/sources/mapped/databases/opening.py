"""A database by what ``sources.yaml`` says of it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import adbc_driver_manager
import duckdb
from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.sources.mapped.databases.base import Connected, select
from features.sources.mapped.databases.duckdb_file import DuckDBFile
from features.sources.mapped.databases.postgresql import PostgreSQL
from features.sources.mapped.databases.sqlite import SQLite
from features.sources.mapped.model import Database
from features.sources.mapped.opened import Opened
from features.sources.mapped.quoting import quoted

_STREAM = "mapped_stream"


@contextmanager
def connected(told: Database, folder: Path, where: str) -> Iterator[Connected]:
    """Open a database for reading.

    Raises
    ------
    SourceError
        If it is not there or cannot be read. An address is never told: it may hold a password.
    """
    try:
        with closing(_connect(told, folder)) as db:
            yield db
    except (adbc_driver_manager.Error, sqlite3.Error, duckdb.Error) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SourceError(
            f"{where}: {_place(told)} cannot be read ({reason}).",
            "check that it is there, is what it is called, and may be read.",
        ) from error


def _connect(told: Database, folder: Path) -> PostgreSQL | SQLite | DuckDBFile:
    if told.url_env is not None:
        return PostgreSQL(told)
    path = folder / str(told.sqlite or told.duckdb)
    if not path.is_file():
        raise SourceError(f"File {path} is missing.", "correct its path in sources.yaml.")
    return SQLite(told, path) if told.sqlite else DuckDBFile(told, path)


def _place(told: Database) -> str:
    return f"table {told.table} of {told.url_env or told.sqlite or told.duckdb}"


@contextmanager
def open_stream(
    con: DuckDBPyConnection, db: Connected, columns: Sequence[str], condition: str
) -> Iterator[Opened]:
    """Let ``con`` read some columns of the table, batch by batch.

    Parameters
    ----------
    columns
        Those that are used: no other leaves the database.
    condition
        SQL of the rows to read; empty for all.
    """
    con.register(_STREAM, db.stream(select(db, columns, condition)))
    try:
        names = ", ".join(
            f"nullif({quoted(name)}, '') as {quoted(name)}"
            if db.dialect.empty_is_null
            else quoted(name)
            for name in columns
        )
        rows = f"(select {names} from {_STREAM})"
        described = con.execute(f"describe select * from {rows}").fetchall()
        yield Opened(rows, {str(name): str(kind) for name, kind, *_ in described})
    finally:
        con.unregister(_STREAM)
