"""Decisions in SQL: the record compressed, its contacts written in the same transaction."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from serving.stores import tables
from serving.stores.appending import Refusal, decision_row, moved
from serving.stores.engine import in_portions, reading, writing
from serving.stores.entries import Entry, RequestRow
from serving.stores.file_batches import FileBatches
from serving.stores.ledger import last_numbers, newest
from serving.stores.locks import hold_customers
from serving.stores.packed import unpack_body
from serving.stores.ports import AnyRecord, ContactRow, DecisionRecord, LedgerMark
from serving.stores.reading import Reader
from serving.stores.request_ids import OF_ID
from serving.stores.server_batches import ServerBatches

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
        is_file = reader.engine.dialect.name == "sqlite"
        self._batches = (FileBatches if is_file else ServerBatches)(reader.engine)
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
        try:
            return self._batches.append_each(entries)
        except (IntegrityError, sqlite3.IntegrityError) as error:
            raise _taken(error) from error

    def close(self) -> None:
        """Let go of what writing holds open."""
        self._batches.close()

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


def _taken(error: Exception) -> ValueError:
    return ValueError(f"a decision_id is taken or unknown: {getattr(error, 'orig', error)}")


def _record(
    decision_id: str, decided_at: int, kind: str, subject: str, channel: str, body: bytes
) -> DecisionRecord:
    told = unpack_body(body, decision_id, decided_at)
    return DecisionRecord(decision_id, decided_at, kind, subject, channel, told)


def _stored(record: AnyRecord) -> dict[str, object]:
    return dict(zip(_decisions.columns.keys(), decision_row(record), strict=True))
