"""Open connections that run small reads: what a ``Reader`` keeps and hands out."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection

from serving.stores.ports import StoreUnavailableError

Row = tuple[Any, ...]


class LineLostError(StoreUnavailableError):
    """The connection is lost; a new one may do."""


class Line(Protocol):
    """One open connection, for one thread at a time."""

    def read(self, sql: str, values: Sequence[object]) -> list[Row]:
        """Run a statement with these values, in its order, and return every row.

        Raises
        ------
        LineLostError
            If the connection was lost.
        StoreUnavailableError
            If the database does not answer, or not in time.
        """

    def close(self) -> None:
        """Close the connection."""


class SqliteLine:
    """A connection to a file.

    Parameters
    ----------
    held
        SQLAlchemy's hold on it, which gives it back.
    """

    def __init__(self, held: Connection) -> None:
        self._held = held
        self._connection: Any = held.connection.driver_connection

    def read(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Run a statement; fetching all also ends the read, and with it the file's snapshot."""
        try:
            found: list[Row] = self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            fail_plainly(error)
            raise
        return found

    def close(self) -> None:
        """Give the connection back."""
        self._held.close()


def fail_plainly(error: sqlite3.DatabaseError) -> None:
    """Call an error of SQLite by the name that every store has for it.

    Raises
    ------
    StoreUnavailableError
        In its place, unless the mistake is ours.
    """
    # The bare class says that the file is damaged; its other subclasses, that we asked wrongly.
    if type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError):
        raise StoreUnavailableError(str(error)) from error
