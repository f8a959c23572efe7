"""The contact ledger in memory, and the outcomes that feed it."""

from collections.abc import Collection, Iterable, Sequence

from serving.stores.memory.state import Memory
from serving.stores.ports import ContactRow, LedgerMark, OutcomeRow, OutcomeTally
from serving.stores.rows import NOT_DELIVERED


class MemoryLedger:
    """``ContactLedger`` over lists by customer."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def recent(self, customer_ids: Collection[str], since: int) -> list[ContactRow]:
        """Return the rows of these customers at or after ``since``, oldest first."""
        with self._memory.lock:
            rows = [row for one in set(customer_ids) for row in self._memory.contacts.get(one, ())]
        kept = sorted(
            (row.at, number, row)
            for number, row in rows
            if row.at >= since and row.outcome != NOT_DELIVERED
        )
        return [row for _, _, row in kept]

    def mark(self, customer_ids: Collection[str]) -> LedgerMark:
        """Return where the ledger of these customers, together one person, stands now."""
        with self._memory.lock:
            return LedgerMark(tuple(sorted(customer_ids)), last_number(self._memory, customer_ids))

    def record_outcomes(self, rows: Sequence[OutcomeRow]) -> OutcomeTally:
        """Add outcomes not yet known by outcome_id, and a ledger row for each."""
        with self._memory.lock:
            unknown = {row.decision_id for row in rows} - self._memory.decisions.keys()
            if unknown:
                raise ValueError(f"no such decisions: {', '.join(sorted(unknown)[:3])}")
            first = {row.outcome_id: row for row in reversed(rows)}
            fresh = [
                row
                for row in reversed(first.values())
                if row.outcome_id not in self._memory.outcomes
            ]
            lines = [self._line(row) for row in fresh]
            self._memory.outcomes.update({row.outcome_id: row for row in fresh})
            add_contacts(self._memory, [one for one in lines if one.outcome != NOT_DELIVERED])
            for one in lines:
                if one.outcome == NOT_DELIVERED:
                    self._give_back(one)
        return OutcomeTally(len(fresh), len(rows) - len(fresh))

    def outcomes(self, decision_id: str) -> list[OutcomeRow]:
        """Return what came of a decision, oldest first."""
        with self._memory.lock:
            found = [
                row for row in self._memory.outcomes.values() if row.decision_id == decision_id
            ]
        return sorted(found, key=lambda row: (row.occurred_at, row.outcome_id))

    def _give_back(self, told: ContactRow) -> None:
        gone = (told.decision_id, told.action_id, "shown")
        for rows in self._memory.contacts.values():
            rows[:] = [
                (number, row._replace(outcome=NOT_DELIVERED))
                if (row.decision_id, row.action_id, row.outcome) == gone
                else (number, row)
                for number, row in rows
            ]

    def _line(self, row: OutcomeRow) -> ContactRow:
        decision = self._memory.decisions[row.decision_id]
        target = row.action_id or row.item_id or ""
        kinds = [
            contact.kind
            for held in self._memory.contacts.values()
            for _, contact in held
            if (contact.decision_id, contact.action_id) == (row.decision_id, target)
        ]
        kind = kinds[-1] if kinds else decision.kind
        return ContactRow(
            decision.subject,
            decision.channel,
            target,
            kind,
            row.outcome,
            row.occurred_at,
            row.decision_id,
        )


def add_contacts(memory: Memory, rows: Iterable[ContactRow]) -> None:
    """Give each row its number and add it."""
    for row in rows:
        memory.contacts.setdefault(row.customer_id, []).append((memory.next("contacts"), row))


def last_number(memory: Memory, customer_ids: Collection[str]) -> int:
    """Return the number of the newest row of these customers, 0 for none."""
    held = (memory.contacts.get(customer_id) for customer_id in customer_ids)
    return max((rows[-1][0] for rows in held if rows), default=0)
