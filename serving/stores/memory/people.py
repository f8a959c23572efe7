"""Visitors and the customers they are, and ids that are one person, in memory."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from serving.stores.memory.state import Memory
from serving.stores.ports import LinkRow, PersonRow

Row = TypeVar("Row", LinkRow, PersonRow)


class MemoryLinks:
    """``ProfileLinks`` over one dictionary."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def put(self, links: Sequence[LinkRow]) -> None:
        """Add links; an older observation never replaces a newer one."""
        with self._memory.lock:
            for link in links:
                held = self._memory.links.get(link.visitor_id)
                if held is None or link.observed_at >= held.observed_at:
                    self._memory.links[link.visitor_id] = link

    def replace(self, links: Sequence[LinkRow]) -> int:
        """Make these the only links; return how many were new, changed or dropped."""
        with self._memory.lock:
            return _replace(self._memory.links, {link.visitor_id: link for link in links})

    def customers_of(self, visitor_ids: Collection[str]) -> Mapping[str, str]:
        """Return the customer_id of each linked visitor."""
        with self._memory.lock:
            links = self._memory.links
            return {one: links[one].customer_id for one in visitor_ids if one in links}


class MemoryPersons:
    """``PersonStore`` over one dictionary."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def replace(self, persons: Sequence[PersonRow]) -> int:
        """Make these the only ones; return how many were new, changed or dropped."""
        with self._memory.lock:
            return _replace(self._memory.persons, {one.customer_id: one for one in persons})

    def around(self, customer_ids: Collection[str]) -> Sequence[PersonRow]:
        """Return every row of the persons that any of these ids belongs to or stands for."""
        with self._memory.lock:
            held = self._memory.persons
            asked = {*customer_ids, *(held[c].person_id for c in customer_ids if c in held)}
            return sorted(row for row in held.values() if row.person_id in asked)


def _replace(held: dict[str, Row], wanted: Mapping[str, Row]) -> int:
    differ = {name for name in held.keys() | wanted.keys() if held.get(name) != wanted.get(name)}
    held.clear()
    held.update(wanted)
    return len(differ)
