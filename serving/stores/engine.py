"""One database engine: how transactions begin and end, and how its failures are called."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    TimeoutError,
)

from serving.stores.ports import StoreUnavailableError

T = TypeVar("T")
Upsert = sqlite.Insert | postgresql.Insert
WRITE = "nextbest_write"
PATIENT = "nextbest_patient"
TURN = "nextbest_turn"
_TURN_S, _PATIENT_TURN_S = 2.0, 30.0
_PER_QUERY = 500  # ids in one IN list: far below every database's limit
MANY = 1000
"""Rows of one write beyond which it is bulk work, and has time."""
_ATTEMPTS = 4
_UNDONE = {"40001", "40P01"}  # serialization failure, deadlock: the server undid everything
_GONE = (OperationalError, InterfaceError, InternalError, TimeoutError)
# A long piece of work waits longer for its turn, and may take longer than any request.
_LONG = (
    "SET LOCAL statement_timeout = '30min'",
    "SET LOCAL lock_timeout = '60s'",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)


@contextmanager
def reading(engine: Engine, *, patient: bool = False) -> Iterator[Connection]:
    """Open a connection for reading.

    Parameters
    ----------
    patient
        Allow more time than a request has: for what reads a whole table.

    Raises
    ------
    StoreUnavailableError
        If the database is gone or does not answer in time.
    """
    with failing_plainly(), engine.connect() as connection:
        if patient:
            _allow_time(connection)
        yield connection


@contextmanager
def writing(engine: Engine, *, patient: bool = False) -> Iterator[Connection]:
    """Open a transaction that may write; it commits at the end or not at all.

    On SQLite it takes the write lock at once: a transaction that reads first and locks later can
    fail in the middle, however long the timeout.

    Parameters
    ----------
    patient
        Wait longer for other writers than a request may, and take longer: for bulk work.

    Raises
    ------
    StoreUnavailableError
        If the database is locked, full or gone.
    """
    with failing_plainly(), turn(engine, patient), engine.connect() as bare:
        connection = bare.execution_options(**{WRITE: True, PATIENT: patient})
        with connection.begin():
            if patient:
                _allow_time(connection)
            yield connection


def transact(engine: Engine, work: Callable[[Connection], T], *, patient: bool = False) -> T:
    """Run ``work`` in a writing transaction; once more where the server undid it for another's.

    Parameters
    ----------
    work
        Does the same when it is run again: it reads what it needs from the connection.

    Raises
    ------
    StoreUnavailableError
        If the database is locked, full or gone, or undid the work four times.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            with writing(engine, patient=patient) as connection:
                return work(connection)
        except StoreUnavailableError as error:
            if not _was_undone(error):
                raise
    with writing(engine, patient=patient) as connection:
        return work(connection)


@contextmanager
def failing_plainly() -> Iterator[None]:
    """Call every way in which a database is out of reach by one name.

    Raises
    ------
    StoreUnavailableError
        In place of the driver's error.
    """
    try:
        yield
    except _GONE as error:
        raise _unavailable(error) from error
    except DatabaseError as error:
        if type(error) is DatabaseError:  # a damaged file; its subclasses are mistakes of ours
            raise _unavailable(error) from error
        raise


def upsert(engine: Engine, table: Table) -> Upsert:
    """Return an INSERT that takes ``on_conflict_do_update`` and counts the rows it wrote.

    Both dialects spell it alike.
    """
    new = sqlite.insert(table) if engine.dialect.name == "sqlite" else postgresql.insert(table)
    return new.execution_options(preserve_rowcount=True)


def replace_rows(engine: Engine, table: Table, rows: Sequence[tuple[object, ...]]) -> int:
    """Make these the only rows of a table keyed by its first column; write only what differs.

    Returns
    -------
    How many rows were new, changed or dropped.
    """
    key = table.primary_key.columns.values()[0]
    wanted = {row[0]: tuple(row) for row in rows}

    def replace(connection: Connection) -> int:
        held = {row[0]: tuple(row) for row in connection.execute(select(table))}
        gone = [name for name, row in held.items() if wanted.get(name) != row]
        new = [row for name, row in wanted.items() if held.get(name) != row]
        for names in in_portions(gone):
            connection.execute(delete(table).where(key.in_(names)))
        if new:
            names = table.columns.keys()
            connection.execute(insert(table), [dict(zip(names, r, strict=True)) for r in new])
        return len({*gone, *(row[0] for row in new)})

    return transact(engine, replace, patient=True)


def in_portions(ids: Collection[str]) -> Iterator[list[str]]:
    """Yield ids in lists short enough for one query."""
    every = list(ids)
    for start in range(0, len(every), _PER_QUERY):
        yield every[start : start + _PER_QUERY]


@contextmanager
def turn(engine: Engine, patient: bool) -> Iterator[None]:
    """Let the threads of a process queue, where the database has one writer at a time.

    SQLite's own waiting is a race that starts anew every 0.1 s, and some threads always lose it.
    """
    lock: Lock | None = engine.get_execution_options().get(TURN)
    if lock is None:
        yield
    elif lock.acquire(timeout=_PATIENT_TURN_S if patient else _TURN_S):
        try:
            yield
        finally:
            lock.release()
    else:
        raise StoreUnavailableError("database is locked by other writers of this process")


def _unavailable(error: DBAPIError | TimeoutError) -> StoreUnavailableError:
    """Keep the first line: what follows may quote a row."""
    return StoreUnavailableError(str(getattr(error, "orig", error)).partition("\n")[0])


def _was_undone(error: StoreUnavailableError) -> bool:
    original = getattr(error.__cause__, "orig", None)
    return getattr(original, "sqlstate", None) in _UNDONE


def _allow_time(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        from serving.stores.bounded import PATIENT_S

        driver: Any = connection.connection.driver_connection
        driver.within_s = PATIENT_S
        for setting in _LONG:
            connection.exec_driver_sql(setting)
