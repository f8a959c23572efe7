"""Small reads, many times a second: prepared once, run on connections that stay open.

Through a pool, SQLAlchemy takes about 130 µs to read one row from SQLite and 400 from PostgreSQL;
this takes about 15 from either. A decision makes several, every one fresh from the database.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import CompoundSelect, Dialect, Engine, Select

from serving.stores.engine import failing_plainly
from serving.stores.lines import Line, LineLostError, Row, SqliteLine

if TYPE_CHECKING:
    from serving.stores.libpq import LibpqLine

Query = Callable[..., list[Row]]


class Reader:
    """Prepares queries over one engine; safe to share between threads.

    Each read takes an idle connection, or a new one where all are in use: as many stay open as
    threads have ever read at once.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._postgresql = engine.dialect.name == "postgresql"
        # libpq numbers its parameters.
        self._dialect = _numbered() if self._postgresql else engine.dialect
        # Taking the last of a list and adding to it are atomic.
        self._idle: list[Line] = []

    def prepare(self, statement: Select[Any] | CompoundSelect[Any]) -> Query:
        """Return a function of the statement's parameters, by name.

        It raises ``StoreUnavailableError`` where the database is gone, or answers too late.
        """
        compiled: Any = statement.compile(dialect=self._dialect)
        sql, order, fixed = compiled.string, compiled.positiontup, compiled.params

        def rows(**values: object) -> list[Row]:
            given = {**fixed, **values}
            return self._read(sql, [given[name] for name in order])

        return rows

    def close(self) -> None:
        """Give the connections back."""
        while (line := self._taken()) is not None:
            line.close()

    def _read(self, sql: str, values: Sequence[object]) -> list[Row]:
        line = self._taken()
        if line is not None:
            try:
                return self._through(line, sql, values)
            except LineLostError:
                self.close()  # the server restarted: whatever was idle is lost too
        return self._through(self._opened(), sql, values)

    def _through(self, line: Line, sql: str, values: Sequence[object]) -> list[Row]:
        try:
            found = line.read(sql, values)
        except BaseException:
            line.close()
            raise
        self._idle.append(line)
        return found

    def _taken(self) -> Line | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _opened(self) -> Line:
        if self._postgresql:
            return open_line(self.engine)
        with failing_plainly():
            return SqliteLine(self.engine.connect())


def open_line(engine: Engine) -> "LibpqLine":
    """Open a connection to a server that no pool counts, each statement its own transaction.

    Raises
    ------
    StoreUnavailableError
        If the server cannot be reached.
    """
    from serving.stores.libpq import LibpqLine

    with failing_plainly():
        held = engine.connect()
    connection: Any = held.connection.driver_connection
    held.detach()  # the pool's places are for those who look before they write
    connection.autocommit = True
    return LibpqLine(connection)


def _numbered() -> Dialect:
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    dialect: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    return dialect
