"""Batches of decisions into a database that has many writers."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, insert

from serving.stores.appending import (
    Admission,
    Refusal,
    beaten,
    customers_read,
    customers_written,
    decision_row,
    requests_of,
)
from serving.stores.engine import transact
from serving.stores.entries import Entry
from serving.stores.ledger import last_numbers
from serving.stores.locks import hold_customers
from serving.stores.request_ids import claim, taken_ids
from serving.stores.tables import contacts, decisions

Row = tuple[object, ...]


class ServerBatches:
    """Writes batches through the engine's pool; any number of them at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append_each(self, entries: Sequence[Entry]) -> list[Refusal | None]:
        """Add decisions in one transaction, each written whole or refused by itself.

        Raises
        ------
        sqlalchemy.exc.IntegrityError
            If a decision_id is taken or unknown; nothing is written then.
        StoreUnavailableError
            If the server is gone, or holds a lock for too long.
        """
        rows = [decision_row(entry.record) for entry in entries]  # before anything is locked
        return transact(self._engine, lambda held: self._write(held, entries, rows))

    def close(self) -> None:
        """Hold nothing open."""

    def _write(
        self, connection: Connection, entries: Sequence[Entry], rows: Sequence[Row]
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
        told = [row._asdict() for k in kept for row in entries[k].contacts]
        names = decisions.columns.keys()
        if kept:
            new = [dict(zip(names, rows[k], strict=True)) for k in kept]
            connection.execute(insert(decisions), new)
        if told:
            connection.execute(insert(contacts), told)
        return refusals
