"""Opening the store: from a URL to all ports, or to one sentence about what is wrong."""

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from features.errors import SettingError
from serving.stores.all_ports import Stores
from serving.stores.audit import SqlAudit
from serving.stores.consents import SqlConsents
from serving.stores.decisions import SqlDecisions
from serving.stores.erasures import SqlErasures
from serving.stores.events import SqlEvents
from serving.stores.keys import SqlKeys
from serving.stores.ledger import SqlLedger
from serving.stores.links import SqlLinks
from serving.stores.personal import SqlPersonalData
from serving.stores.persons import SqlPersons
from serving.stores.reading import Reader
from serving.stores.rules import SqlRules
from serving.stores.sqlite import open_sqlite
from serving.stores.stamps import FileStamps, NoStamps, StampsOfTurn
from serving.stores.stock import SqlStock

__all__ = ["MEMORY", "Stores", "open_stores"]

MEMORY = "memory:"
_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")


def open_stores(url: str, workers: int = 1) -> Stores:
    """Open the store, creating or upgrading its tables when needed.

    Parameters
    ----------
    url
        ``sqlite:////absolute/path.db``, ``postgresql://user:password@host/database``, or
        ``memory:`` for a store that ends with the process.
    workers
        How many processes will open it.

    Raises
    ------
    HomeError
        If the file cannot be written or is damaged, or the store is of a newer version.
    SettingError
        If the URL names no store this version knows, a server that cannot be used, or a store in
        memory for several processes.
    """
    if url == MEMORY:
        if workers > 1:
            raise SettingError(
                f"NEXTBEST_WORKERS is {workers}, but a store in memory is one process's own.",
                "set NEXTBEST_WORKERS=1, or NEXTBEST_STORE_URL to a file or a server.",
            )
        from serving.stores.memory import memory_stores

        return memory_stores()
    return _all_ports(open_engine(url))


def open_engine(url: str) -> Engine:
    """Return an engine over a database whose tables are those of this program.

    Raises
    ------
    HomeError
        If the file cannot be written or is damaged, or the store is of a newer version.
    SettingError
        If the URL names no database this version knows, or a server that cannot be used.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return open_sqlite(parsed)
    from serving.stores.postgresql import open_postgresql  # its driver takes a while to load

    return open_postgresql(parsed)


def _all_ports(engine: Engine) -> Stores:
    reader, is_file = Reader(engine), engine.dialect.name == "sqlite"
    decisions = SqlDecisions(reader)

    def close() -> None:
        decisions.close()
        reader.close()
        engine.dispose()

    return Stores(
        consents=SqlConsents(reader),
        stock=SqlStock(reader),
        decisions=decisions,
        ledger=SqlLedger(reader),
        events=SqlEvents(reader),
        keys=SqlKeys(reader),
        links=SqlLinks(reader),
        persons=SqlPersons(reader),
        rules=SqlRules(reader),
        audit=SqlAudit(reader),
        erasures=SqlErasures(reader),
        personal=SqlPersonalData(reader),
        stamps=StampsOfTurn(FileStamps(reader)) if is_file else NoStamps(),
        close=close,
    )


def _parsed(url: str) -> URL:
    try:
        # The short name that many hosts give out.
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        raise _unknown_store("it is no URL") from None  # whose text may hold the password
    if parsed.drivername not in _DRIVERS:
        raise _unknown_store(f"there is no store of the kind {parsed.drivername}")
    if not parsed.database:
        raise _unknown_store(f"{parsed.drivername} needs the name of a file or database")
    return parsed


def _unknown_store(why: str) -> SettingError:
    # The URL is not repeated: it may hold a password.
    return SettingError(
        f"NEXTBEST_STORE_URL cannot be used: {why}.",
        "unset it for the default, or set it to sqlite:////absolute/path/nextbest.db or"
        " postgresql://user:password@host/database.",
    )
