"""What customers and visitors did of late, in SQL: the memory between two trainings."""

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    bindparam,
    delete,
    func,
    select,
    union_all,
)

from serving.stores.engine import MANY, in_portions, reading, transact, upsert, writing
from serving.stores.ports import EventRow, EventTally
from serving.stores.reading import Reader
from serving.stores.tables import events, profile_links

_OWN = [events.c[name] for name in EventRow._fields]
_LINKED = [profile_links.c.customer_id, *_OWN[1:]]
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_SINCE = events.c.occurred_at >= bindparam("since")


def _of_customers(which: Any) -> CompoundSelect[Any]:  # noqa: ANN401 - a condition's right side
    """Read what customers did under their own ids, and under a cookie or device of theirs."""
    of_links: Select[Any] = select(*_LINKED, events.c.event_no).join_from(
        events, profile_links, events.c.visitor_id == profile_links.c.visitor_id
    )
    return union_all(
        select(*_OWN, events.c.event_no).where(_SINCE, which(events.c.customer_id)),
        of_links.where(_SINCE, which(profile_links.c.customer_id)),
    )


_OF_ONE = _of_customers(lambda column: column == bindparam("id"))
_OF_MANY = _of_customers(lambda column: column.in_(_IDS))
_BY_VISITORS = select(*_OWN, events.c.event_no).where(_SINCE, events.c.visitor_id.in_(_IDS))
_BY_VISITOR = select(*_OWN, events.c.event_no).where(_SINCE, events.c.visitor_id == bindparam("id"))

_NUMBERS = select(func.nextval(func.pg_get_serial_sequence("events", "event_no"))).select_from(
    func.generate_series(1, bindparam("n", type_=Integer))
)


class SqlEvents:
    """``EventStore`` over one table and the links."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._of_one = reader.prepare(_OF_ONE)
        self._by_visitor = reader.prepare(_BY_VISITOR)
        new = upsert(self._engine, events)
        self._put = new.on_conflict_do_nothing(index_elements=["event_id"])

    def record(self, rows: Sequence[EventRow]) -> EventTally:
        """Add events not yet known by event_id."""
        if not rows:
            return EventTally(0, 0)

        def add(connection: Connection) -> int:
            return connection.execute(self._put, _numbered(connection, rows)).rowcount

        added = transact(self._engine, add, patient=len(rows) > MANY)
        return EventTally(added, len(rows) - added)

    def of_customers(self, customer_ids: Collection[str], since: int) -> list[EventRow]:
        """Return what these customers did at or after ``since``, oldest first."""
        if len(customer_ids) == 1:
            (one,) = customer_ids
            return _ordered(self._of_one(id=one, since=since))
        return self._read(_OF_MANY, customer_ids, since)

    def of_visitors(self, visitor_ids: Collection[str], since: int) -> list[EventRow]:
        """Return what these visitors did at or after ``since``, oldest first."""
        if len(visitor_ids) == 1:
            (one,) = visitor_ids
            return _ordered(self._by_visitor(id=one, since=since))
        return self._read(_BY_VISITORS, visitor_ids, since)

    def discard(self, before: int) -> int:
        """Delete what happened before a moment; return how many events."""
        with writing(self._engine, patient=True) as connection:
            gone = connection.execute(delete(events).where(events.c.occurred_at < before))
        return gone.rowcount

    def _read(
        self, query: Select[Any] | CompoundSelect[Any], ids: Collection[str], since: int
    ) -> list[EventRow]:
        found: list[tuple[Any, ...]] = []
        with reading(self._engine) as connection:
            for portion in in_portions(ids):
                rows = connection.execute(query, {"ids": portion, "since": since})
                found += [tuple(row) for row in rows]
        return _ordered(found)


def _numbered(connection: Connection, rows: Sequence[EventRow]) -> list[dict[str, Any]]:
    """Return the rows to write, in an order in which two writers never wait for each other.

    Where there can be two, they write by event_id, under numbers taken in the order of arrival.
    """
    if connection.dialect.name != "postgresql":
        return [row._asdict() for row in rows]
    numbers = connection.scalars(_NUMBERS, {"n": len(rows)})
    told = [{**row._asdict(), "event_no": n} for row, n in zip(rows, numbers, strict=True)]
    return sorted(told, key=itemgetter("event_id"))


def _ordered(rows: list[tuple[Any, ...]]) -> list[EventRow]:
    """Sort by time; what was told in one second, as it came in."""
    at = EventRow._fields.index("occurred_at")
    return [EventRow._make(row[:-1]) for row in sorted(rows, key=lambda row: (row[at], row[-1]))]
