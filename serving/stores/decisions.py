"""Decisions in SQL: the record compressed, its contacts written in the same transaction."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from serving.stores import tables
from serving.stores.appending import (
    Admission,
    Refusal,
    beaten,
    customers_read,
    customers_written,
    moved,
    requests_of,
)
from serving.stores.engine import in_portions, reading, transact, writing
from serving.stores.entries import Entry, RequestRow
from serving.stores.ledger import last_numbers, newest
from serving.stores.locks import hold_customers
from serving.stores.packed import unpack_body
from serving.stores.ports import AnyRecord, ContactRow, DecisionRecord, LedgerMark
from serving.stores.reading import Reader
from serving.stores.request_ids import OF_ID, claim, taken_ids

_decisions = tables.decisions
_GET = select(_decisions).where(_decisions.c.decision_id == bindparam("id"))
_EXISTS = select(_decisions.c.decision_id).where(
    _decisions.c.decision_id.in_(bindparam("ids", expanding=True))
)
_OF_KIND = (
    select(_decisions)
    .where(_decisions.c.kind == bindparam("kind"))
    .where(_decisions.c.decided_at >= bindparam("since"))
    .where(_decisions.c.decided_at < bindparam("before"))
    .order_by(_decisions.c.decided_at, _decisions.c.decision_id)
)
_AT_ONCE = 500  # records held in memory while a whole log is read


class SqlDecisions:
    """``DecisionLog`` over one table."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._get = reader.prepare(_GET)
        self._answered = reader.prepare(OF_ID)

    def append(
        self,
        records: Sequence[AnyRecord],
        contacts: Sequence[ContactRow] = (),
        expected: Sequence[LedgerMark] = (),
    ) -> None:
        """Add decisions and the contacts they make, together, if the ledger is as expected."""
        rows = [_stored(record) for record in records]
        try:
            with writing(self._engine) as connection:
                _reserve(connection, contacts, expected)
                if rows:
                    connection.execute(insert(_decisions), rows)
                if contacts:
                    connection.execute(insert(tables.contacts), [row._asdict() for row in contacts])
        except IntegrityError as error:
            raise _taken(error) from error

    def append_each(self, entries: Sequence[Entry]) -> list[Refusal | None]:
        """Add decisions in one transaction, each written whole or refused by itself."""
        rows = [_stored(entry.record) for entry in entries]  # packed before anything is locked
        try:
            return transact(self._engine, lambda held: self._write(held, entries, rows))
        except IntegrityError as error:
            raise _taken(error) from error

    def _write(
        self, connection: Connection, entries: Sequence[Entry], rows: Sequence[dict[str, object]]
    ) -> list[Refusal | None]:
        read = customers_read(entries)
        hold_customers(connection, read | customers_written(entries))
        taken = taken_ids(connection, {row.request_id for row in requests_of(entries)})
        admission = Admission(last_numbers(connection, read), taken)
        refusals = [admission.refusal(entry) for entry in entries]
        admitted = [e for e, refusal in zip(entries, refusals, strict=True) if refusal is None]
        claimed = claim(self._engine, connection, requests_of(admitted))
        refusals = [
            refusal or beaten(entry, claimed)
            for entry, refusal in zip(entries, refusals, strict=True)
        ]
        kept = [k for k, refusal in enumerate(refusals) if refusal is None]
        contacts = [row._asdict() for k in kept for row in entries[k].contacts]
        if kept:
            connection.execute(insert(_decisions), [rows[k] for k in kept])
        if contacts:
            connection.execute(insert(tables.contacts), contacts)
        return refusals

    def answered(self, request_id: str) -> RequestRow | None:
        """Return the request of this id as it is kept, None when nobody asked it."""
        rows = self._answered(id=request_id)
        return RequestRow._make(rows[0]) if rows else None

    def get(self, decision_id: str) -> DecisionRecord | None:
        """Return a decision, None when there is none."""
        rows = self._get(id=decision_id)
        return _record(*rows[0]) if rows else None

    def exists(self, decision_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are decisions."""
        found: set[str] = set()
        with reading(self._engine) as connection:
            for ids in in_portions(decision_ids):
                found.update(connection.scalars(_EXISTS, {"ids": ids}))
        return found

    def of_kind(self, kind: str, since: int, before: int) -> Iterator[DecisionRecord]:
        """Yield the decisions of a kind from ``since`` on and before ``before``, oldest first."""
        asked = {"kind": kind, "since": since, "before": before}
        with reading(self._engine, patient=True) as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(_OF_KIND, asked)
            for row in rows:
                yield _record(*row)


def _reserve(
    connection: Connection, contacts: Sequence[ContactRow], expected: Sequence[LedgerMark]
) -> None:
    """Hold the ledgers that will be written or were read, and check those that were read."""
    written = {row.customer_id for row in contacts}
    read: set[str] = set().union(*(mark.customer_ids for mark in expected))
    hold_customers(connection, written | read)
    numbers = last_numbers(connection, read)
    for mark in expected:
        last = newest(mark.customer_ids, numbers)
        if last != mark.last:
            raise moved(mark, last)


def _taken(error: IntegrityError) -> ValueError:
    return ValueError(f"a decision_id is taken or unknown: {error.orig}")


def _record(
    decision_id: str, decided_at: int, kind: str, subject: str, channel: str, body: bytes
) -> DecisionRecord:
    told = unpack_body(body, decision_id, decided_at)
    return DecisionRecord(decision_id, decided_at, kind, subject, channel, told)


def _stored(record: AnyRecord) -> dict[str, object]:
    return {**vars(record), "body": record.packed().body.data}
