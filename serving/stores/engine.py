"""One database engine: how connections are set up, how writes begin, how upserts are written."""

import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table, create_engine, delete, event, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from serving.stores.ports import StoreUnavailableError

Upsert = sqlite.Insert | postgresql.Insert
_PER_QUERY = 500  # ids in one IN list: far below every database's limit
_WRITE = "nextbest_write"
# WAL: readers never wait for a writer. FULL: what was answered survives a power cut.
_PRAGMAS = ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def make_engine(url: str) -> Engine:
    """Return an engine; no connection is made yet."""
    # One connection per thread of the server at most; they are made when needed.
    engine = create_engine(url, pool_size=40)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that may write; it commits at the end or not at all.

    On SQLite it takes the write lock at once: a transaction that reads first and locks later can
    fail in the middle, however long the timeout.

    Raises
    ------
    StoreUnavailableError
        If the database is locked, full or gone.
    """
    try:
        with engine.connect() as bare:
            connection = bare.execution_options(**{_WRITE: True})
            with connection.begin():
                yield connection
    except OperationalError as error:
        raise StoreUnavailableError(str(error.orig)) from error


def hold_customers(connection: Connection, customer_ids: Collection[str]) -> None:
    """Keep other writers off the ledgers of these customers until the transaction ends.

    SQLite has one writer at a time, who has the whole file since BEGIN IMMEDIATE. PostgreSQL has
    many: each takes the locks of its customers, in one order, so that no two wait for each other.
    """
    if connection.dialect.name == "postgresql":
        for key in sorted(lock_keys(customer_ids)):
            connection.execute(select(func.pg_advisory_xact_lock(key)))


def lock_keys(customer_ids: Collection[str]) -> set[int]:
    """Return the keys of advisory locks, signed 64-bit; a clash only makes two customers wait."""
    return {
        int.from_bytes(hashlib.blake2b(i.encode(), digest_size=8).digest(), "big", signed=True)
        for i in customer_ids
    }


def upsert(engine: Engine, table: Table) -> Upsert:
    """Return an INSERT that takes ``on_conflict_do_update``; both dialects spell it alike."""
    if engine.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def replace_rows(engine: Engine, table: Table, rows: Sequence[tuple[object, ...]]) -> int:
    """Make these the only rows of a table keyed by its first column; write only what differs.

    Returns
    -------
    How many rows were new, changed or dropped.
    """
    key = table.primary_key.columns.values()[0]
    wanted = {row[0]: tuple(row) for row in rows}
    with writing(engine) as connection:
        held = {row[0]: tuple(row) for row in connection.execute(select(table))}
        gone = [name for name, row in held.items() if wanted.get(name) != row]
        new = [row for name, row in wanted.items() if held.get(name) != row]
        for names in in_portions(gone):
            connection.execute(delete(table).where(key.in_(names)))
        if new:
            names = table.columns.keys()
            connection.execute(insert(table), [dict(zip(names, r, strict=True)) for r in new])
    return len({*gone, *(row[0] for row in new)})


def in_portions(ids: Collection[str]) -> Iterator[list[str]]:
    """Yield ids in lists short enough for one query."""
    every = list(ids)
    for start in range(0, len(every), _PER_QUERY):
        yield every[start : start + _PER_QUERY]


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes too late and is never IMMEDIATE; this module says it instead.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A read is one statement and needs no BEGIN: it sees one state of the database by itself.
    if connection.get_execution_options().get(_WRITE):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
