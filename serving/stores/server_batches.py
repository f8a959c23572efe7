"""Batches of decisions into a database that has many writers.

A batch in which nobody is contacted and no request_id is answered is one statement, its own
transaction, on a connection that stays open: one question to the server in place of eight.
"""

from collections.abc import Sequence
from functools import cache
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import IntegrityError

from serving.stores.appending import (
    MOST_ROWS,
    Admission,
    Refusal,
    beaten,
    customers_read,
    customers_written,
    decision_row,
    requests_of,
    stands_alone,
)
from serving.stores.engine import transact
from serving.stores.entries import Entry
from serving.stores.ledger import last_numbers
from serving.stores.locks import hold_customers
from serving.stores.reading import open_line
from serving.stores.request_ids import claim, taken_ids
from serving.stores.tables import contacts, decisions

if TYPE_CHECKING:
    from serving.stores.libpq import LibpqLine

Row = tuple[object, ...]


class ServerBatches:
    """Writes batches, any number of them at a time: one on a connection of its own.

    The others, and those that must look before they write, take one of the engine's pool.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._held: LibpqLine | None = None

    def append_each(self, entries: Sequence[Entry]) -> list[Refusal | None]:
        """Add decisions in one transaction, each written whole or refused by itself.

        Raises
        ------
        sqlalchemy.exc.IntegrityError
            If a decision_id is taken or unknown; nothing is written then.
        StoreUnavailableError
            If the server is gone, or holds a lock for too long.
        """
        rows = [decision_row(entry.record) for entry in entries]  # before anything is locked
        short = 0 < len(rows) <= MOST_ROWS and all(map(stands_alone, entries))
        if short and self._lock.acquire(blocking=False):
            try:
                self._insert(rows)
            finally:
                self._lock.release()
            return [None] * len(rows)
        return transact(self._engine, lambda held: self._write(held, entries, rows))

    def close(self) -> None:
        """Close the connection."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def _insert(self, rows: Sequence[Row]) -> None:
        from psycopg import IntegrityError as DriverError  # loaded where there is a server

        sql = _statement(len(rows))
        line = self._line()
        try:
            line.write(sql, [value for row in rows for value in row])
        except DriverError as error:
            raise IntegrityError(sql, None, error) from error
        except BaseException:
            self.close()  # whatever state it is in, the next batch starts with another
            raise

    def _line(self) -> "LibpqLine":
        """Return the connection; another one where the server has ended it since."""
        if self._held is not None and self._held.is_lost:
            self.close()
        if self._held is None:
            self._held = open_line(self._engine)
        return self._held

    def _write(
        self, connection: Connection, entries: Sequence[Entry], rows: Sequence[Row]
    ) -> list[Refusal | None]:
        read = customers_read(entries)
        hold_customers(connection, read | customers_written(entries))
        taken = taken_ids(connection, {row.request_id for row in requests_of(entries)})
        admission = Admission(last_numbers(connection, read), taken)
        refusals = [admission.refusal(entry) for entry in entries]
        admitted = [e for e, refusal in zip(entries, refusals, strict=True) if refusal is None]
        claimed = claim(self._engine, connection, requests_of(admitted))
        refusals = [
            refusal or beaten(entry, claimed)
            for entry, refusal in zip(entries, refusals, strict=True)
        ]
        kept = [k for k, refusal in enumerate(refusals) if refusal is None]
        told = [row._asdict() for k in kept for row in entries[k].contacts]
        names = decisions.columns.keys()
        if kept:
            new = [dict(zip(names, rows[k], strict=True)) for k in kept]
            connection.execute(insert(decisions), new)
        if told:
            connection.execute(insert(contacts), told)
        return refusals


@cache
def _statement(count: int) -> str:
    names = decisions.columns.keys()
    marks = (f"${k}" for k in range(1, count * len(names) + 1))
    rows = (f"({', '.join(islice(marks, len(names)))})" for _ in range(count))
    return f"INSERT INTO decisions ({', '.join(names)}) VALUES {', '.join(rows)}"
