"""Decisions in memory."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from serving.stores.decisions import packed, unpacked
from serving.stores.memory.ledger import add_contacts, last_number
from serving.stores.memory.state import Memory
from serving.stores.ports import ContactRow, DecisionRecord, LedgerMark, LedgerMovedError


class MemoryDecisions:
    """``DecisionLog`` over one dictionary."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def append(
        self,
        records: Sequence[DecisionRecord],
        contacts: Sequence[ContactRow] = (),
        expected: Sequence[LedgerMark] = (),
    ) -> None:
        """Add decisions and the contacts they make, together, if the ledger is as expected."""
        new = {
            record.decision_id: (replace(record, body={}), packed(record.body))
            for record in records
        }
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

    def get(self, decision_id: str) -> DecisionRecord | None:
        """Return a decision, None when there is none."""
        with self._memory.lock:
            held = self._memory.decisions.get(decision_id)
        return None if held is None else _record(*held)

    def exists(self, decision_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are decisions."""
        with self._memory.lock:
            return {one for one in decision_ids if one in self._memory.decisions}

    def of_kind(self, kind: str, since: int, before: int) -> Iterator[DecisionRecord]:
        """Yield the decisions of a kind from ``since`` on and before ``before``, oldest first."""
        with self._memory.lock:
            held = list(self._memory.decisions.values())
        asked = [(r, b) for r, b in held if r.kind == kind and since <= r.decided_at < before]
        for record, body in sorted(asked, key=lambda one: (one[0].decided_at, one[0].decision_id)):
            yield _record(record, body)

    def _check(self, expected: Sequence[LedgerMark]) -> None:
        for mark in expected:
            last = last_number(self._memory, mark.customer_ids)
            if last != mark.last:
                raise LedgerMovedError(
                    f"row {last} came after row {mark.last} of one customer's ledger"
                )


def _record(record: DecisionRecord, body: bytes) -> DecisionRecord:
    return replace(record, body=unpacked(body))
