"""Empty stores of each kind.

A contract is a class of ``contracts`` (or of a module beside it), its tests taking ``store`` and
``other``; ``test_contracts`` inherits it once, and it runs on SQLite, PostgreSQL and in memory. A
new port: a table and a revision, an adapter over SQL, one over dictionaries in ``stores.memory``,
a field of ``Stores``, a contract, and two lines in ``test_contracts``.

A test module of one kind of store alone overrides ``kind``.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.stores import Stores, open_stores
from serving.stores.memory import Memory, memory_stores
from serving.stores.tables import metadata
from tests.databases import PostgreSQL

MARK = "schema_version"
KINDS = ("sqlite", "postgresql", "memory")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "nextbest.db"
    open_stores(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    running = PostgreSQL()
    # Nothing here outlives a power cut, and syncing takes most of the time.
    running.run("ALTER SYSTEM SET fsync = off")
    running.run("SELECT pg_reload_conf()")
    yield running
    running.close()


@pytest.fixture(scope="session")
def furnished(server: PostgreSQL) -> str:
    """A database with every table, which each test finds empty."""
    url = server.new_database()
    open_stores(url).close()
    return url


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty store on disk."""
    if kind == "sqlite":
        return f"sqlite:///{shutil.copy(request.getfixturevalue('empty'), tmp_path)}"
    running: PostgreSQL = request.getfixturevalue("server")
    address: str = request.getfixturevalue("furnished")
    names = ", ".join(table.name for table in metadata.sorted_tables if table.name != MARK)
    running.run(f"TRUNCATE {names} RESTART IDENTITY", address)
    return address


@pytest.fixture
def opening(kind: str, request: pytest.FixtureRequest) -> Callable[[], Stores]:
    """Open one store, as often as called: as another process does, where it can."""
    if kind == "memory":
        memory = Memory()
        return lambda: memory_stores(memory)
    url: str = request.getfixturevalue("url")
    return lambda: open_stores(url)


@pytest.fixture
def store(opening: Callable[[], Stores]) -> Iterator[Stores]:
    opened = opening()
    yield opened
    opened.close()


@pytest.fixture
def other(opening: Callable[[], Stores]) -> Iterator[Stores]:
    """The same store, as another process opens it."""
    opened = opening()
    yield opened
    opened.close()
