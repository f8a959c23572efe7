"""Stock in SQL: one row per item and location, numbered so that each process can follow."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from serving.stores.engine import MANY, reading, transact, upsert
from serving.stores.ports import StockRow, StockTally
from serving.stores.reading import Reader
from serving.stores.tables import STOCK, counters, stock_levels

_COLUMNS = [stock_levels.c[name] for name in StockRow._fields]
_NOW = select(counters.c.value).where(counters.c.name == STOCK)
_SINCE = (
    select(*_COLUMNS)
    .where(stock_levels.c.sequence > bindparam("after"))
    .order_by(stock_levels.c.sequence)
)


class SqlStock:
    """``StockStore`` over one table and a counter."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._now = reader.prepare(_NOW)
        new = upsert(self._engine, stock_levels)
        self._put = new.on_conflict_do_update(
            index_elements=["item_id", "location_id"],
            set_={name: new.excluded[name] for name in StockRow._fields[2:]},
            where=new.excluded.as_of >= stock_levels.c.as_of,
        )
        first = upsert(self._engine, counters).values(name=STOCK, value=1)
        self._next = first.on_conflict_do_update(
            index_elements=["name"], set_={"value": counters.c.value + 1}
        ).returning(counters.c.value)

    def put(self, rows: Sequence[StockRow]) -> StockTally:
        """Apply figures, except those older than the stored ones."""
        if not rows:
            return StockTally(0, 0)

        def put(connection: Connection) -> int:
            # The counter's row stays locked until the commit, so numbers become visible in order:
            # a process that has seen number 7 can never be shown a 6 later.
            sequence = connection.scalar(self._next)
            values = [{**row._asdict(), "sequence": sequence} for row in rows]
            return connection.execute(self._put, values).rowcount

        applied = transact(self._engine, put, patient=len(rows) > MANY)
        return StockTally(applied, len(rows) - applied)

    def changes_since(self, sequence: int) -> tuple[list[StockRow], int]:
        """Return figures written after ``sequence`` in order, and the sequence to ask from next."""
        # Every decision asks; most often the counter, one row by its key, says that all is known.
        found = self._now()
        if not found or found[0][0] <= sequence:
            return [], sequence
        with reading(self._engine, patient=True) as connection:
            rows = [StockRow._make(row) for row in connection.execute(_SINCE, {"after": sequence})]
        # What was committed between the two reads has come along, with higher numbers.
        return rows, max(found[0][0], rows[-1].sequence if rows else sequence)
