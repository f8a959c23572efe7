"""Who read what, and who was erased, in memory."""

from collections.abc import Collection, Sequence

from serving.stores.memory.state import Memory
from serving.stores.ports import AuditRow, ErasureRow

_MARK = "/"


class MemoryAudit:
    """``AuditLog`` over one list."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def add(self, rows: Sequence[AuditRow]) -> None:
        """Add rows; their numbers are given here."""
        with self._memory.lock:
            for row in rows:
                self._memory.audit.append(row._replace(audit_no=self._memory.next("audit")))

    def page(self, before: int | None, limit: int, subject: str | None = None) -> list[AuditRow]:
        """Return the newest rows, newest first, of those numbered below ``before``."""
        with self._memory.lock:
            found = [
                row
                for row in reversed(self._memory.audit)
                if (before is None or row.audit_no < before) and subject in (None, row.subject)
            ]
        return found[:limit]

    def discard(self, before: int) -> int:
        """Delete what was written down before a moment; return how many rows."""
        with self._memory.lock:
            held = self._memory.audit
            kept = [row for row in held if row.at >= before]
            gone = len(held) - len(kept)
            held[:] = kept
        return gone


class MemoryErasures:
    """``ErasureStore`` over one dictionary: a row an erasure, and one for each further name."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def begin(self, row: ErasureRow, others: Sequence[str]) -> None:
        """Write down an erasure, and the hashes of the person's other names."""
        with self._memory.lock:
            held = self._memory.erasures
            for name in self._of(row.erasure_id):
                del held[name]
            held[row.erasure_id] = row
            for k, subject in enumerate(others):
                name = f"{row.erasure_id}{_MARK}{k}"
                held[name] = row._replace(erasure_id=name, subject=subject, receipt="")

    def finish(self, erasure_id: str, at: int | None, receipt: str) -> None:
        """Keep the receipt, and when all was done; None while something is left."""
        with self._memory.lock:
            held = self._memory.erasures
            for name in self._of(erasure_id):
                told = receipt if name == erasure_id else held[name].receipt
                held[name] = held[name]._replace(completed_at=at, receipt=told)

    def known(self, subjects: Collection[str]) -> set[str]:
        """Return those of the hashes whose person was erased, or is being erased."""
        return self.subjects().intersection(subjects)

    def of_subject(self, subject: str) -> ErasureRow | None:
        """Return the erasure of the person with this hash, None when there was none."""
        with self._memory.lock:
            held = self._memory.erasures
            found = [row for row in held.values() if row.subject == subject]
            if not found:
                return None
            newest = max(found, key=lambda row: row.requested_at)
            return held[newest.erasure_id.partition(_MARK)[0]]

    def pending(self) -> list[ErasureRow]:
        """Return the erasures of which something is left to do, oldest first."""
        with self._memory.lock:
            held = self._memory.erasures.values()
            left = [row for row in held if row.completed_at is None and row.receipt]
        return sorted(left, key=lambda row: row.requested_at)

    def subjects(self) -> set[str]:
        """Return the hash of every name on the list."""
        with self._memory.lock:
            return {row.subject for row in self._memory.erasures.values()}

    def _of(self, erasure_id: str) -> list[str]:
        held = self._memory.erasures
        return [n for n in held if n == erasure_id or n.startswith(f"{erasure_id}{_MARK}")]
