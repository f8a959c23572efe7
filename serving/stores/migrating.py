"""Bringing a store to the schema of this program, whichever program wrote it."""

from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, func, inspect, select

from features.errors import HomeError
from serving.stores.engine import reading, writing
from serving.stores.tables import REVISION, schema_version

_FOLDER = Path(__file__).with_name("migrations")
_LOCK = 0x6E62  # of the server's advisory locks, the one of those who change the schema
_revisions = Table("alembic_version", MetaData(), Column("version_num", Text))
# The last program before migrations wrote the schema of this revision by itself.
_BEFORE = {4: "0004"}


def migrate(engine: Engine, place: str) -> None:
    """Bring a store, new or of any older version, to the newest revision.

    Of several processes that open it at once one does the work; the others wait and find it done.

    Raises
    ------
    HomeError
        If the store is of a newer program.
    """
    with reading(engine) as connection:
        revision = _revision(connection)
    if revision == REVISION:
        return  # without the half second and the megabytes that Alembic takes
    with writing(engine, patient=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        revision = _revision(connection)
        if revision != REVISION:
            _upgrade(connection, revision, place)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_revisions.name):
        return None
    return connection.scalar(select(_revisions.c.version_num))


def _upgrade(connection: Connection, revision: str | None, place: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    if revision is None:
        written_by = _version_before(connection)
        if written_by in _BEFORE:
            command.stamp(config, _BEFORE[written_by])
        elif written_by is not None and written_by > max(_BEFORE):
            raise _newer(place, str(written_by))
    elif revision not in {one.revision for one in ScriptDirectory(str(_FOLDER)).walk_revisions()}:
        raise _newer(place, revision)
    command.upgrade(config, "head")


def _version_before(connection: Connection) -> int | None:
    """Return the version that programs before migrations noted, None where none did."""
    if not inspect(connection).has_table(schema_version.name):
        return None
    return connection.scalar(select(schema_version.c.version))


def _newer(place: str, found: str) -> HomeError:
    return HomeError(
        f"{place} has store version {found}; this program knows versions up to {REVISION}.",
        "use the program that wrote it, or name another store in NEXTBEST_STORE_URL.",
    )
