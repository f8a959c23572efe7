"""What customers and visitors did of late, in memory."""

from collections.abc import Callable, Collection, Sequence

from serving.stores.memory.state import Memory
from serving.stores.ports import EventRow, EventTally


class MemoryEvents:
    """``EventStore`` over one dictionary and the links."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def record(self, rows: Sequence[EventRow]) -> EventTally:
        """Add events not yet known by event_id."""
        with self._memory.lock:
            fresh = {row.event_id: row for row in reversed(rows)}.values()
            new = [row for row in reversed(fresh) if row.event_id not in self._memory.events]
            for row in new:
                self._memory.events[row.event_id] = (self._memory.next("events"), row)
        return EventTally(len(new), len(rows) - len(new))

    def of_customers(self, customer_ids: Collection[str], since: int) -> list[EventRow]:
        """Return what these customers did at or after ``since``, oldest first."""
        asked = set(customer_ids)
        with self._memory.lock:
            own = self._found(since, lambda row: row.customer_id in asked)
            linked = [
                (number, row._replace(customer_id=link.customer_id))
                for number, row in self._found(since, lambda row: row.visitor_id is not None)
                if (link := self._memory.links.get(row.visitor_id or ""))
                and link.customer_id in asked
            ]
        return _ordered(own + linked)

    def of_visitors(self, visitor_ids: Collection[str], since: int) -> list[EventRow]:
        """Return what these visitors did at or after ``since``, oldest first."""
        asked = set(visitor_ids)
        with self._memory.lock:
            return _ordered(self._found(since, lambda row: row.visitor_id in asked))

    def discard(self, before: int) -> int:
        """Delete what happened before a moment; return how many events."""
        with self._memory.lock:
            held = self._memory.events.items()
            gone = [name for name, (_, row) in held if row.occurred_at < before]
            for name in gone:
                del self._memory.events[name]
        return len(gone)

    def _found(self, since: int, wanted: Callable[[EventRow], bool]) -> list[tuple[int, EventRow]]:
        held = self._memory.events.values()
        return [(number, row) for number, row in held if row.occurred_at >= since and wanted(row)]


def _ordered(rows: list[tuple[int, EventRow]]) -> list[EventRow]:
    """Sort by time; what was told in one second, as it came in."""
    return [row for _, row in sorted(rows, key=lambda one: (one[1].occurred_at, one[0]))]
