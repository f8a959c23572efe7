"""The store in one SQLite file: its settings, its checks, and what a fault of it is called."""

import sqlite3
from pathlib import Path
from threading import Lock

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from features.errors import HomeError
from serving.stores.engine import PATIENT, TURN, WRITE, writing
from serving.stores.migrating import migrate
from serving.stores.ports import StoreUnavailableError

# WAL: readers never wait for a writer. FULL: what was answered survives a power cut.
_PRAGMAS = ("busy_timeout=2000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_PATIENT_MS = 30_000  # what is not a request may wait for a long writer
_CHECKED_BYTES = 64 * 2**20  # a full check reads every page: 0.2 s here, minutes on a large store


def open_sqlite(url: URL) -> Engine:
    """Return an engine over a file, made, checked and of the newest schema.

    Raises
    ------
    HomeError
        If the file cannot be written, is damaged, or is of a newer version.
    """
    path = Path(url.database or "")
    engine = create_engine(url, pool_size=40, execution_options={TURN: Lock()})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(engine, patient=True) as connection:
            _check(connection, path)
        migrate(engine, str(path))
    except HomeError:
        engine.dispose()
        raise
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    except (DatabaseError, StoreUnavailableError) as error:
        engine.dispose()
        raise _fault(path, str(getattr(error, "orig", error))) from error
    return engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes too late and is never IMMEDIATE; this module says it instead.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A read is one statement and needs no BEGIN: it sees one state of the database by itself.
    options = connection.get_execution_options()
    if not options.get(WRITE):
        return
    if not options.get(PATIENT):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENT_MS}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA {_PRAGMAS[0]}")


def _check(connection: Connection, path: Path) -> None:
    if path.stat().st_size <= _CHECKED_BYTES:
        verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if verdict != "ok":
            raise _damaged(path, str(verdict))


def _fault(path: Path, reason: str) -> HomeError:
    if any(word in reason for word in ("unable to open", "readonly", "locked", "full")):
        return _unwritable(path, reason)
    return _damaged(path, reason)


def _unwritable(path: Path, reason: str) -> HomeError:
    return HomeError(
        f"The store {path} cannot be written ({reason}).",
        "mend its permissions, free the disk, or set NEXTBEST_HOME to a folder you may write.",
    )


def _damaged(path: Path, reason: str) -> HomeError:
    first_line = reason.partition("\n")[0]
    return HomeError(
        f"The store {path} is damaged or is no SQLite database ({first_line}).",
        f"restore it from a backup, or move it away (mv {path} {path}.damaged) and ingest again.",
    )
