"""What a store in memory holds, and the one lock around all of it."""

from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from serving.stores.rows import (
    AuditRow,
    ConsentRow,
    ContactRow,
    ErasureRow,
    EventRow,
    KeyRow,
    LinkRow,
    OutcomeRow,
    PackedRecord,
    PersonRow,
    RulesRow,
    StockRow,
)


@dataclass(frozen=True)
class Memory:
    """The tables of a store. Whoever reads or writes holds ``lock``: each call is a transaction.

    Parameters
    ----------
    consents
        In order of arrival, by customer.
    stock
        By item and location; ``numbers`` counts the writes.
    decisions
        By id, with the body as it is kept on disk: what a caller changes later is not changed
        here.
    contacts
        By customer, each with its number, in order.
    events
        By event_id, each with its number.
    statistics
        What is left of decisions, by the fields of ``StatisticsRow`` before the count.
    """

    lock: RLock = field(default_factory=RLock)
    numbers: dict[str, int] = field(default_factory=dict)
    consents: dict[str, list[ConsentRow]] = field(default_factory=dict)
    stock: dict[tuple[str, str], StockRow] = field(default_factory=dict)
    decisions: dict[str, PackedRecord] = field(default_factory=dict)
    contacts: dict[str, list[tuple[int, ContactRow]]] = field(default_factory=dict)
    outcomes: dict[str, OutcomeRow] = field(default_factory=dict)
    events: dict[str, tuple[int, EventRow]] = field(default_factory=dict)
    keys: dict[str, KeyRow] = field(default_factory=dict)
    links: dict[str, LinkRow] = field(default_factory=dict)
    persons: dict[str, PersonRow] = field(default_factory=dict)
    rules: dict[str, RulesRow] = field(default_factory=dict)
    audit: list[AuditRow] = field(default_factory=list)
    erasures: dict[str, ErasureRow] = field(default_factory=dict)
    request_ids: dict[str, Any] = field(default_factory=dict)
    statistics: dict[tuple[int, str, str, str, str, str], int] = field(default_factory=dict)

    def next(self, name: str) -> int:
        """Return the next number of a series, from 1 on."""
        self.numbers[name] = self.numbers.get(name, 0) + 1
        return self.numbers[name]
