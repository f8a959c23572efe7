"""A store copied into another database: from one file to a server, when one machine is too few."""

from collections.abc import Callable

from sqlalchemy import Connection, Table, func, insert, make_url, select

from features.errors import SettingError
from serving.stores.engine import reading, writing
from serving.stores.opening import open_engine
from serving.stores.tables import COUNTED, counters, metadata, schema_version

_AT_ONCE = 2000


def copy_store(source: str, target: str, told: Callable[[str, int], None]) -> None:
    """Copy every row of a store into an empty one, in one transaction.

    Nobody may write to the source meanwhile: what is written after its table was read is left out.

    Parameters
    ----------
    source, target
        As ``open_stores`` takes them.
    told
        Called after each table with its name and how many rows it had.

    Raises
    ------
    SettingError
        If the target holds something already, or either cannot be opened.
    """
    if make_url(source) == make_url(target):
        raise SettingError("The store cannot be copied onto itself.", "name another target.")
    here, there = open_engine(source), open_engine(target)
    try:
        with reading(here, patient=True) as reader, writing(there, patient=True) as writer:
            _refuse_a_full_one(writer)
            for table in metadata.sorted_tables:
                if table is not schema_version:
                    told(table.name, _copy(table, reader, writer))
    finally:
        here.dispose()
        there.dispose()


def _refuse_a_full_one(writer: Connection) -> None:
    for table in metadata.sorted_tables:
        if table is not schema_version and writer.execute(select(table).limit(1)).first():
            raise SettingError(
                f"The target store holds rows already (in {table.name}).",
                "name an empty database.",
            )


def _copy(table: Table, reader: Connection, writer: Connection) -> int:
    count = 0
    query = select(table)
    if table is counters:  # the target counts its own changes, if it does
        query = query.where(~counters.c.name.startswith(COUNTED))
    rows = reader.execution_options(yield_per=_AT_ONCE).execute(query).mappings()
    for portion in rows.partitions():
        writer.execute(insert(table), [dict(row) for row in portion])
        count += len(portion)
    key = table.autoincrement_column
    if key is not None and count and writer.dialect.name == "postgresql":
        # The server numbers what comes next after what was copied.
        series = func.pg_get_serial_sequence(table.name, key.name)
        writer.execute(select(func.setval(series, select(func.max(key)).scalar_subquery())))
    return count
