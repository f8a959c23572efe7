"""Stock in SQL: one row per item and location, numbered so that each process can follow."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from serving.stores.engine import upsert, writing
from serving.stores.ports import StockRow, StockTally
from serving.stores.reading import Reader
from serving.stores.tables import counters, stock_levels

_COLUMNS = [stock_levels.c[name] for name in StockRow._fields]
_COUNTER = "stock"
_SINCE = (
    select(*_COLUMNS)
    .where(stock_levels.c.sequence > bindparam("after"))
    .order_by(stock_levels.c.sequence)
)


class SqlStock:
    """``StockStore`` over one table and a counter."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._since = reader.prepare(_SINCE)
        new = upsert(self._engine, stock_levels)
        self._put = new.on_conflict_do_update(
            index_elements=["item_id", "location_id"],
            set_={name: new.excluded[name] for name in StockRow._fields[2:]},
            where=new.excluded.as_of >= stock_levels.c.as_of,
        )

    def put(self, rows: Sequence[StockRow]) -> StockTally:
        """Apply figures, except those older than the stored ones."""
        if not rows:
            return StockTally(0, 0)
        with writing(self._engine) as connection:
            sequence = self._next(connection)
            values = [{**row._asdict(), "sequence": sequence} for row in rows]
            applied = connection.execute(self._put, values).rowcount
        return StockTally(applied, len(rows) - applied)

    def changes_since(self, sequence: int) -> tuple[list[StockRow], int]:
        """Return figures written after ``sequence`` in order, and the sequence to ask from next."""
        rows = list(map(StockRow._make, self._since(after=sequence)))
        return rows, rows[-1].sequence if rows else sequence

    def _next(self, connection: Connection) -> int:
        """Give this write its number.

        The counter's row stays locked until the commit, so numbers become visible in order: a
        process that has seen number 7 can never be shown a 6 later.
        """
        step = (
            update(counters).where(counters.c.name == _COUNTER).values(value=counters.c.value + 1)
        )
        value = connection.scalar(step.returning(counters.c.value))
        if value is None:
            first = upsert(self._engine, counters).values(name=_COUNTER, value=1)
            connection.execute(first)
            return 1
        return int(value)
