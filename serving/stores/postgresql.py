"""The store in a PostgreSQL server: the driver, the timeouts, and what a fault of it is called."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from features.errors import HomeError, SettingError
from serving.stores.bounded import BoundedConnection, forget_patience
from serving.stores.migrating import migrate
from serving.stores.ports import StoreUnavailableError

DRIVER = "postgresql+psycopg"
STATEMENT_MS = 2000
_LOCK_MS = 1500
_IDLE_MS = 10_000  # a writer that died in the middle lets go of its locks
_CONNECT_S = 2
_POOL, _MORE = 8, 4  # connections of one process, beside the readers'
# A server that refused is not asked again for this long: its clients hear of it at once instead.
_REST_S = 0.5
# What the URL may say otherwise, in libpq's words.
_DEFAULTS: Mapping[str, object] = {
    "application_name": "nextbest",
    "connect_timeout": _CONNECT_S,
    "options": f"-c statement_timeout={STATEMENT_MS} -c lock_timeout={_LOCK_MS}"
    f" -c idle_in_transaction_session_timeout={_IDLE_MS}",
    # A machine that vanished sends no refusal: give up on what it does not acknowledge.
    "tcp_user_timeout": 3000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}


def open_postgresql(url: URL) -> Engine:
    """Return an engine over a server's database, of the newest schema.

    Raises
    ------
    HomeError
        If the schema is of a newer version.
    SettingError
        If the server cannot be reached, or refuses us.
    """
    engine = create_engine(
        url.set(drivername=DRIVER),
        isolation_level="READ COMMITTED",  # whatever the server's default: locks, then reads anew
        pool_size=_POOL,
        max_overflow=_MORE,
        pool_timeout=_CONNECT_S,
        pool_pre_ping=True,  # a restarted server closed what the pool holds
        connect_args={name: value for name, value in _DEFAULTS.items() if name not in url.query},
    )
    event.listen(engine, "do_connect", _Connect())
    event.listen(engine, "checkin", forget_patience)
    try:
        migrate(engine, _place(url))
    except HomeError:
        engine.dispose()
        raise
    except (DBAPIError, StoreUnavailableError) as error:
        engine.dispose()
        raise _refused(url, str(getattr(error, "orig", error))) from None
    return engine


class _Connect:
    """Connects, or fails at once for a moment after a server could not be reached."""

    def __init__(self) -> None:
        self._until = 0.0
        self._why = ""

    def __call__(
        self, _dialect: object, _record: object, args: Sequence[str], options: Mapping[str, Any]
    ) -> BoundedConnection:
        if time.monotonic() < self._until:
            raise psycopg.OperationalError(self._why)
        try:
            return BoundedConnection.connect(*args, **options)
        except psycopg.OperationalError as error:
            self._until, self._why = time.monotonic() + _REST_S, str(error)
            raise


def _place(url: URL) -> str:
    return f"{url.host or url.query.get('host', 'localhost')}/{url.database or ''}"


def _refused(url: URL, reason: str) -> SettingError:
    first_line = reason.partition("\n")[0]
    if url.password:
        first_line = first_line.replace(str(url.password), "***")
    return SettingError(
        f"NEXTBEST_STORE_URL: the store at {_place(url)} cannot be used ({first_line}).",
        "start the server, create the database, and let the user own it; or mend the URL.",
    )
