"""Opening the store: from a URL to all ports, or to one sentence about what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, make_url, select, update
from sqlalchemy.exc import ArgumentError, DatabaseError

from features.errors import HomeError, SettingError
from serving.stores.consents import SqlConsents
from serving.stores.decisions import SqlDecisions
from serving.stores.engine import make_engine, writing
from serving.stores.events import SqlEvents
from serving.stores.keys import SqlKeys
from serving.stores.ledger import SqlLedger
from serving.stores.links import SqlLinks
from serving.stores.persons import SqlPersons
from serving.stores.ports import (
    ConsentStore,
    ContactLedger,
    DecisionLog,
    EventStore,
    KeyStore,
    PersonStore,
    ProfileLinks,
    RuleStore,
    StockStore,
    StoreUnavailableError,
)
from serving.stores.reading import Reader
from serving.stores.rules import SqlRules
from serving.stores.stock import SqlStock
from serving.stores.tables import SCHEMA_VERSION, metadata, schema_version

# An older store lacks whole tables, which create_all makes, and these columns.
_UPGRADED = (1, 2, 3)
_ADDED = (
    "ALTER TABLE api_keys ADD COLUMN expires_at BIGINT",
    "ALTER TABLE api_keys ADD COLUMN key_id TEXT",
    "ALTER TABLE events ADD COLUMN query TEXT",
)
_CHECKED_BYTES = 64 * 2**20  # a full check reads every page: 0.2 s here, minutes on a large store


@dataclass(frozen=True)
class Stores:
    """Every store of one process, over one database.

    Parameters
    ----------
    consents, stock, decisions, ledger, events, keys, links, persons, rules
        The ports.
    close
        Releases the connections.
    """

    consents: ConsentStore
    stock: StockStore
    decisions: DecisionLog
    ledger: ContactLedger
    events: EventStore
    keys: KeyStore
    links: ProfileLinks
    persons: PersonStore
    rules: RuleStore
    close: Callable[[], None]


def open_stores(url: str) -> Stores:
    """Open the store, creating it when it is not there.

    Parameters
    ----------
    url
        ``sqlite:////absolute/path.db``.

    Raises
    ------
    HomeError
        If the file cannot be written, is damaged, or is of another version.
    SettingError
        If the URL names no database this version knows.
    """
    path = _sqlite_path(url)
    engine = make_engine(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(engine) as connection:
            _prepare(connection, path)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    except (DatabaseError, StoreUnavailableError) as error:
        engine.dispose()
        raise _database_error(path, str(getattr(error, "orig", error))) from error
    return _all_ports(engine)


def _all_ports(engine: Engine) -> Stores:
    reader = Reader(engine)

    def close() -> None:
        reader.close()
        engine.dispose()

    return Stores(
        consents=SqlConsents(reader),
        stock=SqlStock(reader),
        decisions=SqlDecisions(reader),
        ledger=SqlLedger(reader),
        events=SqlEvents(reader),
        keys=SqlKeys(reader),
        links=SqlLinks(reader),
        persons=SqlPersons(reader),
        rules=SqlRules(reader),
        close=close,
    )


def _sqlite_path(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unknown_store("it is no URL") from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise _unknown_store(f"this version cannot open {parsed.drivername} without a file")
    return Path(parsed.database)


def _prepare(connection: Connection, path: Path) -> None:
    if path.stat().st_size <= _CHECKED_BYTES:
        verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if verdict != "ok":
            raise _damaged(path, str(verdict))
    known = inspect(connection).get_table_names()
    metadata.create_all(connection)
    stored = connection.scalar(select(schema_version.c.version))
    if stored is None:
        connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
    elif stored in _UPGRADED:
        for statement in _ADDED:
            if statement.split()[2] in known:
                connection.exec_driver_sql(statement)
        connection.execute(update(schema_version).values(version=SCHEMA_VERSION))
    elif stored != SCHEMA_VERSION:
        raise HomeError(
            f"{path} has store version {stored}; this program reads version {SCHEMA_VERSION}.",
            "use the program that wrote it, or move the file away and ingest again.",
        )


def _database_error(path: Path, reason: str) -> HomeError:
    if any(word in reason for word in ("unable to open", "readonly", "locked", "full")):
        return _unwritable(path, reason)
    return _damaged(path, reason)


def _unwritable(path: Path, reason: str) -> HomeError:
    return HomeError(
        f"The store {path} cannot be written ({reason}).",
        "mend its permissions, free the disk, or set NEXTBEST_HOME to a folder you may write.",
    )


def _damaged(path: Path, reason: str) -> HomeError:
    first_line = reason.splitlines()[0]
    return HomeError(
        f"The store {path} is damaged or is no SQLite database ({first_line}).",
        f"restore it from a backup, or move it away (mv {path} {path}.damaged) and ingest again.",
    )


def _unknown_store(why: str) -> SettingError:
    # The URL is not repeated: it may hold a password.
    return SettingError(
        f"NEXTBEST_STORE_URL cannot be used: {why}.",
        "unset it for the default, or set it to sqlite:////absolute/path/nextbest.db.",
    )
