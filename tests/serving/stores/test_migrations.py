"""Migrations lead to the tables of the program, whoever opens the store first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, text

from features.errors import HomeError
from serving.stores import Stores, migrating, open_stores
from serving.stores.ports import StockRow
from serving.stores.tables import REVISION, metadata
from tests.databases import PostgreSQL

FOLDER = Path(migrating.__file__).with_name("migrations")


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def untouched(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/nextbest.db"
    server: PostgreSQL = request.getfixturevalue("server")
    return server.new_database()


def driver_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(False)


def test_the_program_names_the_newest_revision() -> None:
    assert ScriptDirectory(str(FOLDER)).get_current_head() == REVISION


def test_migrations_and_tables_agree(url: str, kind: str) -> None:
    engine = create_engine(url if kind == "sqlite" else driver_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_processes_that_open_a_new_store_at_once_all_find_it_made(untouched: str) -> None:
    def use(number: int) -> int:
        opened = open_stores(untouched)
        done = opened.stock.put([StockRow(f"i{number}", "l1", 1, "in_stock", 1)]).accepted
        opened.close()
        return done

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(use, range(4))) == [1] * 4
    opened = open_stores(untouched)
    assert len(opened.stock.changes_since(0)[0]) == 4
    opened.close()


def test_a_store_that_is_current_is_opened_without_alembic(
    opening: Callable[[], Stores], monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(*_: object) -> None:
        raise AssertionError("the store was migrated again")

    opening().close()
    monkeypatch.setattr(migrating, "_upgrade", upgrade)
    opening().close()


def test_a_store_of_a_newer_program_is_refused_and_left_alone(untouched: str, kind: str) -> None:
    open_stores(untouched).close()
    engine = create_engine(untouched if kind == "sqlite" else driver_url(untouched))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HomeError, match="store version 9999"):
        open_stores(untouched)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()
