"""Stock in memory."""

from collections.abc import Sequence

from serving.stores.memory.state import Memory
from serving.stores.ports import StockRow, StockTally


class MemoryStock:
    """``StockStore`` over one dictionary, in the order of the last writes."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def put(self, rows: Sequence[StockRow]) -> StockTally:
        """Apply figures, except those older than the stored ones."""
        if not rows:
            return StockTally(0, 0)
        with self._memory.lock:
            sequence = self._memory.next("stock")
            applied = sum(self._apply(row._replace(sequence=sequence)) for row in rows)
        return StockTally(applied, len(rows) - applied)

    def changes_since(self, sequence: int) -> tuple[list[StockRow], int]:
        """Return figures written after ``sequence`` in order, and the sequence to ask from next."""
        found: list[StockRow] = []
        with self._memory.lock:
            now = self._memory.numbers.get("stock", 0)
            if now <= sequence:
                return [], sequence
            for row in reversed(self._memory.stock.values()):
                if row.sequence <= sequence:
                    break
                found.append(row)
        return found[::-1], now

    def _apply(self, row: StockRow) -> bool:
        place = (row.item_id, row.location_id)
        held = self._memory.stock.get(place)
        if held is not None and held.as_of > row.as_of:
            return False
        self._memory.stock.pop(place, None)
        self._memory.stock[place] = row  # the last to be written stands last
        return True
