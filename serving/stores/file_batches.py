"""Batches of decisions into a SQLite file, in as few statements as there can be.

Each statement lets go of the interpreter's lock and must win it back from the event loop: a batch
in which nobody is contacted and no request_id is answered is one statement, its own transaction.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Table

from serving.stores.appending import (
    MOST_ROWS,
    Admission,
    Refusal,
    customers_read,
    decision_row,
    requests_of,
    stands_alone,
)
from serving.stores.engine import failing_plainly, turn
from serving.stores.entries import Entry
from serving.stores.lines import fail_plainly
from serving.stores.ports import ContactRow
from serving.stores.tables import contacts, decisions, request_ids

_LAST = "SELECT coalesce(max(contact_no), 0) FROM contacts WHERE customer_id = ?"
_TAKEN = "SELECT count(*) FROM request_ids WHERE request_id = ?"


class FileBatches:
    """Writes batches through one open connection, one at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: Connection | None = None

    def append_each(self, entries: Sequence[Entry]) -> list[Refusal | None]:
        """Add decisions in one transaction, each written whole or refused by itself.

        Raises
        ------
        sqlite3.IntegrityError
            If a decision_id is taken or unknown; nothing is written then.
        StoreUnavailableError
            If the file is locked, full or gone.
        """
        rows = [decision_row(entry.record) for entry in entries]  # before anything is locked
        with turn(self._engine, patient=False), self._opened() as file:
            if len(rows) <= MOST_ROWS and all(map(stands_alone, entries)):
                _insert(file, decisions, rows)
                return [None] * len(rows)
            with _transaction(file):
                return _write(file, entries, rows)

    def close(self) -> None:
        """Give the connection back."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with failing_plainly():
            if self._held is None:
                self._held = self._engine.connect()
                held: Any = self._held.connection.driver_connection
                # Whoever had it before: in any other mode, the driver begins and does not commit.
                held.isolation_level = None
            file: Any = self._held.connection.driver_connection
        try:
            yield file
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            self.close()  # whatever is wrong with it, the next batch starts with another
            fail_plainly(error)
            raise


@contextmanager
def _transaction(file: sqlite3.Connection) -> Iterator[None]:
    file.execute("BEGIN IMMEDIATE")
    try:
        yield
        file.execute("COMMIT")
    except BaseException:
        if file.in_transaction:  # not where the fault has undone it already
            file.execute("ROLLBACK")
        raise


def _write(
    file: sqlite3.Connection, entries: Sequence[Entry], rows: Sequence[tuple[object, ...]]
) -> list[Refusal | None]:
    # Nobody else writes until the end: what is true here stays true.
    numbers = {one: file.execute(_LAST, [one]).fetchone()[0] for one in customers_read(entries)}
    asked = {row.request_id for row in requests_of(entries)}
    taken = {one for one in asked if file.execute(_TAKEN, [one]).fetchone()[0]}
    admission = Admission(numbers, taken)
    refusals = [admission.refusal(entry) for entry in entries]
    kept = [k for k, refusal in enumerate(refusals) if refusal is None]
    admitted = [entries[k] for k in kept]
    _insert(file, decisions, [rows[k] for k in kept])
    _insert(file, request_ids, requests_of(admitted))
    _insert(file, contacts, [row for one in admitted for row in one.contacts], ContactRow._fields)
    return refusals


def _insert(
    file: sqlite3.Connection,
    table: Table,
    rows: Sequence[tuple[object, ...]],
    names: Iterable[str] = (),
) -> None:
    columns = tuple(names) or tuple(table.columns.keys())
    for start in range(0, len(rows), MOST_ROWS):
        some = rows[start : start + MOST_ROWS]
        file.execute(_statement(table.name, columns, len(some)), [v for row in some for v in row])


@cache
def _statement(table: str, columns: tuple[str, ...], count: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"
