"""Many decisions in one transaction, each of them written whole or refused by itself."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from serving.stores.entries import Entry, RequestRow, RequestTakenError
from serving.stores.ledger import newest
from serving.stores.ports import AnyRecord, LedgerMark, LedgerMovedError

Refusal = LedgerMovedError | RequestTakenError
MOST_ROWS: Final = 64
"""Rows of one statement: one is prepared for each number of them."""


@dataclass
class Admission:
    """Says which decisions of a batch may be written: as if each came alone, in their order.

    Parameters
    ----------
    numbers
        The newest row of each customer's ledger, of those any decision read.
    taken
        Request ids that were answered before.
    """

    numbers: Mapping[str, int]
    taken: set[str]
    moved: set[str] = field(default_factory=set)

    def refusal(self, entry: Entry) -> Refusal | None:
        """Return why a decision is not written, None when it is; those after it will know."""
        request, mark = entry.request, entry.expected
        if request is not None and request.request_id in self.taken:
            return RequestTakenError("the request_id was answered")
        if mark is not None:
            # Before what this batch itself adds, whose numbers are not given yet.
            last = newest(mark.customer_ids, self.numbers)
            if last != mark.last or not self.moved.isdisjoint(mark.customer_ids):
                return moved(mark, last)
        if request is not None:
            self.taken.add(request.request_id)
        self.moved.update(row.customer_id for row in entry.contacts)
        return None


def beaten(entry: Entry, claimed: Collection[str]) -> RequestTakenError | None:
    """Refuse a decision whose request_id another process has answered since it was looked up."""
    if entry.request is None or entry.request.request_id in claimed:
        return None
    return RequestTakenError("the request_id was answered just now")


def moved(mark: LedgerMark, last: int) -> LedgerMovedError:
    """Return the refusal of a decision that read an older ledger."""
    return LedgerMovedError(f"row {last} came after row {mark.last} of one customer's ledger")


def customers_read(entries: Iterable[Entry]) -> set[str]:
    """Return the customers whose ledgers must stand where the decisions read them."""
    return {one for entry in entries if entry.expected for one in entry.expected.customer_ids}


def customers_written(entries: Iterable[Entry]) -> set[str]:
    """Return the customers who are contacted."""
    return {row.customer_id for entry in entries for row in entry.contacts}


def requests_of(entries: Iterable[Entry]) -> list[RequestRow]:
    """Return the requests that the decisions answer."""
    return [entry.request for entry in entries if entry.request is not None]


def stands_alone(entry: Entry) -> bool:
    """Tell whether a decision is written whatever else is in the store."""
    return entry.expected is None and entry.request is None and not entry.contacts


def decision_row(record: AnyRecord) -> tuple[object, ...]:
    """Return a record as the table of decisions holds it, its body packed."""
    return (
        record.decision_id,
        record.decided_at,
        record.kind,
        record.subject,
        record.channel,
        record.packed().body.data,
    )
