"""Decisions in memory."""

from collections.abc import Collection, Iterator, Sequence

from serving.stores.appending import Admission, Refusal, customers_read, moved, requests_of
from serving.stores.entries import Entry, RequestRow
from serving.stores.memory.ledger import add_contacts, last_number
from serving.stores.memory.state import Memory
from serving.stores.ports import AnyRecord, ContactRow, DecisionRecord, LedgerMark


class MemoryDecisions:
    """``DecisionLog`` over one dictionary."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def append(
        self,
        records: Sequence[AnyRecord],
        contacts: Sequence[ContactRow] = (),
        expected: Sequence[LedgerMark] = (),
    ) -> None:
        """Add decisions and the contacts they make, together, if the ledger is as expected."""
        new = {record.decision_id: record.packed() for record in records}
        with self._memory.lock:
            self._check(expected)
            known = self._memory.decisions.keys()
            if len(new) < len(records) or known & new.keys():
                raise ValueError("a decision_id is taken")
            unknown = {row.decision_id for row in contacts} - known - new.keys()
            if unknown:
                raise ValueError(f"a contact's decision_id is unknown: {min(unknown)}")
            self._memory.decisions.update(new)
            add_contacts(self._memory, contacts)

    def append_each(self, entries: Sequence[Entry]) -> list[Refusal | None]:
        """Add decisions together, each written whole or refused by itself."""
        with self._memory.lock:
            numbers = {one: last_number(self._memory, [one]) for one in customers_read(entries)}
            admission = Admission(numbers, set(self._memory.request_ids))
            refusals = [admission.refusal(entry) for entry in entries]
            kept = [e for e, refusal in zip(entries, refusals, strict=True) if refusal is None]
            self.append([e.record for e in kept], [row for e in kept for row in e.contacts])
            rows = {row.request_id: row for row in requests_of(kept)}
            self._memory.request_ids.update(rows)
        return refusals

    def answered(self, request_id: str) -> RequestRow | None:
        """Return the request of this id as it is kept, None when nobody asked it."""
        with self._memory.lock:
            return self._memory.request_ids.get(request_id)

    def get(self, decision_id: str) -> DecisionRecord | None:
        """Return a decision, None when there is none."""
        with self._memory.lock:
            held = self._memory.decisions.get(decision_id)
        return None if held is None else held.unpacked()

    def exists(self, decision_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are decisions."""
        with self._memory.lock:
            return {one for one in decision_ids if one in self._memory.decisions}

    def of_kind(self, kind: str, since: int, before: int) -> Iterator[DecisionRecord]:
        """Yield the decisions of a kind from ``since`` on and before ``before``, oldest first."""
        with self._memory.lock:
            held = list(self._memory.decisions.values())
        asked = [one for one in held if one.kind == kind and since <= one.decided_at < before]
        for record in sorted(asked, key=lambda one: (one.decided_at, one.decision_id)):
            yield record.unpacked()

    def _check(self, expected: Sequence[LedgerMark]) -> None:
        for mark in expected:
            last = last_number(self._memory, mark.customer_ids)
            if last != mark.last:
                raise moved(mark, last)
