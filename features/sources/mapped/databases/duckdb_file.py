"""DuckDB files, opened read-only beside the connection that loads them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from features.errors import SourceError
from features.sources.mapped.databases.base import Dialect, Row
from features.sources.mapped.databases.digests import digest_of_file
from features.sources.mapped.model import Database
from features.sources.mapped.quoting import quoted

_COLUMNS = """
select column_name, data_type from information_schema.columns
where table_schema = $1 and table_name = $2 order by ordinal_position
"""
_DIALECT = Dialect(
    {
        "day": "strftime({}, '%Y-%m-%d')",
        "month": "strftime({}, '%Y-%m')",
        "year": "strftime({}, '%Y')",
    },
    text="cast({} as VARCHAR)",
    bound="timestamp {}",
)


class DuckDBFile:
    """A table or view of a DuckDB file."""

    dialect = _DIALECT

    def __init__(self, told: Database, path: Path) -> None:
        self._path = path
        schema = told.schema_ or "main"
        self.table = f"{quoted(schema)}.{quoted(told.table)}"
        self._connection = duckdb.connect(str(path), read_only=True)
        try:
            self._connection.execute("set TimeZone = 'UTC'")
            found = self._connection.execute(_COLUMNS, [schema, told.table]).fetchall()
            if not found:
                message = f"File {path} has no table {self.table}."
                raise SourceError(message, "correct table or schema.")
        except BaseException:
            self.close()
            raise
        self.columns = {
            str(name): f"cast({quoted(name)} as VARCHAR)" if _is_odd(str(kind)) else quoted(name)
            for name, kind in found
        }

    def rows(self, statement: str) -> Sequence[Row]:
        """Run a statement and fetch its few rows."""
        return self._connection.execute(statement).fetchall()

    def stream(self, statement: str) -> Any:  # noqa: ANN401 - a pyarrow.RecordBatchReader
        """Run a statement and give its rows batch by batch."""
        return self._connection.sql(statement).to_arrow_reader()

    def content(self) -> str:
        """Digest of the file and of its write-ahead log."""
        return digest_of_file(self._path, Path(f"{self._path}.wal"))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _is_odd(kind: str) -> bool:
    return kind.startswith(
        ("ENUM", "UUID", "STRUCT", "MAP", "UNION", "UHUGEINT", "JSON", "HUGEINT")
    )
