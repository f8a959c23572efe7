"""PostgreSQL, through its ADBC driver."""

import os
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import adbc_driver_postgresql.dbapi as driver

from features.errors import SourceError
from features.sources.mapped.databases.base import Dialect, Row
from features.sources.mapped.model import Database
from features.sources.mapped.quoting import quoted

_AS_THEY_ARE = {
    "smallint", "integer", "bigint", "real", "double precision", "boolean", "text",
    "character varying", "date", "timestamp without time zone", "timestamp with time zone",
}  # fmt: skip
_COLUMNS = """
select a.attname, format_type(a.atttypid, null)
from pg_catalog.pg_attribute a
where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
# What text a value has depends on these: the same rows must give the same digest.
_SESSION = (
    "set session characteristics as transaction read only",
    "set time zone 'UTC'",
    "set datestyle to 'ISO, YMD'",
    "set extra_float_digits to 1",
)
_DIALECT = Dialect(
    {
        "day": "to_char({}, 'YYYY-MM-DD')",
        "month": "to_char({}, 'YYYY-MM')",
        "year": "to_char({}, 'YYYY')",
    },
    text="cast({} as text)",
    bound="timestamp {}",
)


class PostgreSQL:
    """A table of a PostgreSQL server."""

    dialect = _DIALECT

    def __init__(self, told: Database) -> None:
        name = str(told.url_env)
        url = os.environ.get(name, "")
        if not url.startswith(("postgresql://", "postgres://")):
            found = "is not set" if not url else "is no address of PostgreSQL"
            raise SourceError(
                f"Environment variable {name} {found}.",
                f"export {name}=postgresql://user:password@host:5432/database",
            )
        self.table = f"{quoted(told.schema_ or 'public')}.{quoted(told.table)}"
        self._connection = driver.connect(url)
        try:
            self.columns = self._prepared(name)
        except BaseException:
            self.close()
            raise

    def _prepared(self, name: str) -> dict[str, str]:
        for statement in _SESSION:
            self.rows(statement)
        self._connection.commit()
        found = self.rows(_COLUMNS, (self.table,))
        if not found:
            raise SourceError(
                f"The database of {name} has no table {self.table}.", "correct table or schema."
            )
        return {
            str(column): quoted(column)
            if kind in _AS_THEY_ARE
            else f"cast({quoted(column)} as text)"
            for column, kind in found
        }

    def rows(self, statement: str, values: Sequence[str] | None = None) -> Sequence[Row]:
        """Run a statement and fetch its few rows."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def stream(self, statement: str) -> Any:  # noqa: ANN401 - a pyarrow.RecordBatchReader
        """Run a statement and give its rows batch by batch."""
        # Kept: the stream ends when its cursor is collected.
        self._cursor = self._connection.cursor()
        self._cursor.execute(statement)
        return self._cursor.fetch_record_batch()

    def content(self) -> str:
        """Count the rows and add up a hash of each, on the server: no row travels."""
        found = self.rows(
            "select count(*)::text || '/' ||"
            f" coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from {self.table} t"
        )
        return str(found[0][0])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
