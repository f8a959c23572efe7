"""SQLite files, through the ADBC driver."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import adbc_driver_sqlite.dbapi as driver

from features.errors import SourceError
from features.sources.mapped.databases.base import Dialect, Row
from features.sources.mapped.databases.digests import digest_of_file
from features.sources.mapped.model import Database
from features.sources.mapped.quoting import quoted

_DIALECT = Dialect(
    {
        "day": "substr({}, 1, 10)",
        "month": "substr({}, 1, 7)",
        "year": "substr({}, 1, 4)",
    },
    text="cast({} as text)",
    bound="{}",
    empty_is_null=True,
)


class SQLite:
    """A table of a SQLite file. Its cells have types of their own, so each is read as text."""

    dialect = _DIALECT

    def __init__(self, told: Database, path: Path) -> None:
        self._path = path
        self.table = quoted(told.table)
        url = f"file:{quote(str(path))}?mode=ro"
        with closing(sqlite3.connect(url, uri=True)) as con:
            found = con.execute("select name from pragma_table_xinfo(?)", [told.table]).fetchall()
        if not found:
            raise SourceError(f"File {path} has no table {told.table}.", "correct table.")
        # The driver takes a column's type from its first rows; a null would make it a number.
        self.columns = {
            str(name): f"coalesce(cast({quoted(name)} as text), '')" for (name,) in found
        }
        self._connection = driver.connect(url)

    def rows(self, statement: str) -> Sequence[Row]:
        """Run a statement and fetch its few rows."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def stream(self, statement: str) -> Any:  # noqa: ANN401 - a pyarrow.RecordBatchReader
        """Run a statement and give its rows batch by batch."""
        # Kept: the stream ends when its cursor is collected.
        self._cursor = self._connection.cursor()
        self._cursor.execute(statement)
        return self._cursor.fetch_record_batch()

    def content(self) -> str:
        """Digest of the file and of its write-ahead log."""
        return digest_of_file(self._path, Path(f"{self._path}-wal"))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
