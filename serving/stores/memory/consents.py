"""Consents in memory."""

from collections.abc import Collection, Sequence

from serving.stores.consents import newest
from serving.stores.memory.state import Memory
from serving.stores.ports import ConsentRow


class MemoryConsents:
    """``ConsentStore`` over lists by customer."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def append(self, rows: Sequence[ConsentRow]) -> int:
        """Add statements and return how many."""
        with self._memory.lock:
            for row in rows:
                kept = row._replace(sequence=self._memory.next("consents"))
                self._memory.consents.setdefault(row.customer_id, []).append(kept)
        return len(rows)

    def for_customers(self, customer_ids: Collection[str]) -> list[ConsentRow]:
        """Return the latest statement per customer, purpose and channel."""
        with self._memory.lock:
            return newest(row for one in customer_ids for row in self._memory.consents.get(one, ()))
