"""Everything the store holds of persons: for an export, an erasure, and the end of a period."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select

from serving.stores.engine import in_portions, reading, upsert, writing
from serving.stores.expiry import forget_decisions, read_statistics
from serving.stores.packed import unpack_body
from serving.stores.reading import Reader
from serving.stores.rows import PersonNames, StatisticsRow
from serving.stores.tables import (
    audit,
    consents,
    contacts,
    counters,
    decisions,
    events,
    outcomes,
    profile_links,
    profile_persons,
    request_ids,
)
from serving.visitors import consent_key

Condition = ColumnElement[bool]
_SECRET = "privacy_secret"
_PORTION = 500
_AGED: dict[str, tuple[Table, str]] = {
    "events": (events, "occurred_at"),
    "outcomes": (outcomes, "occurred_at"),
    "contacts": (contacts, "at"),
    "decisions": (decisions, "decided_at"),
    "request_ids": (request_ids, "at"),
    "audit": (audit, "at"),
}
AGED = tuple(_AGED)
"""Tables whose rows have a period."""


def owned(names: PersonNames) -> dict[str, tuple[Table, Condition]]:
    """Return which rows of each table are a person's: table -> table, condition."""
    who, visits = sorted(names.customers), sorted(names.visitors)
    either = [*who, *visits]
    mine = select(decisions.c.decision_id).where(decisions.c.subject.in_(either))
    return {
        "consents": (
            consents,
            consents.c.customer_id.in_([*who, *(consent_key(each) for each in visits)]),
        ),
        "events": (events, or_(events.c.customer_id.in_(who), events.c.visitor_id.in_(visits))),
        "profile_links": (
            profile_links,
            or_(profile_links.c.customer_id.in_(who), profile_links.c.visitor_id.in_(visits)),
        ),
        "profile_persons": (
            profile_persons,
            or_(
                profile_persons.c.customer_id.in_(who),
                profile_persons.c.person_id.in_(who),
                profile_persons.c.part_id.in_(who),
            ),
        ),
        "request_ids": (request_ids, request_ids.c.decision_id.in_(mine)),
        "contacts": (
            contacts,
            or_(contacts.c.customer_id.in_(either), contacts.c.decision_id.in_(mine)),
        ),
        "outcomes": (outcomes, outcomes.c.decision_id.in_(mine)),
        "decisions": (decisions, decisions.c.subject.in_(either)),
    }


class SqlPersonalData:
    """``PersonalData`` over every table that names persons."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine

    def rows(self, names: PersonNames) -> dict[str, list[dict[str, object]]]:
        """Return every row of a person, by table; every table of persons is named."""
        with reading(self._engine, patient=True) as connection:
            return {
                name: [_plain(dict(row._mapping)) for row in _read(connection, table, which)]
                for name, (table, which) in owned(names).items()
            }

    def remove(self, names: PersonNames) -> dict[str, int]:
        """Delete every row of a person, all at once or nothing; return how many, by table."""
        gone: Counter[str] = Counter()
        with writing(self._engine, patient=True) as connection:
            mine = select(decisions.c.decision_id).where(owned(names)["decisions"][1])
            for ids in in_portions(list(connection.scalars(mine))):
                gone.update(forget_decisions(connection, ids))
            for name, (table, which) in owned(names).items():
                gone[name] += connection.execute(delete(table).where(which)).rowcount
        return dict(gone)

    def expire(self, ends: Mapping[str, int], *, dry_run: bool = False) -> dict[str, int]:
        """Delete the rows of each table from before its moment; return how many, by table."""
        gone: Counter[str] = Counter(dict.fromkeys(ends, 0))
        for name in (each for each in AGED if each in ends):
            table, column = _AGED[name]
            old = table.c[column] < ends[name]
            if dry_run:
                with reading(self._engine, patient=True) as connection:
                    gone[name] += connection.scalar(select(func.count()).where(old)) or 0
            elif name == "decisions":
                for ids in self._portions(old):
                    with writing(self._engine, patient=True) as connection:
                        gone.update(forget_decisions(connection, ids))
            else:
                with writing(self._engine, patient=True) as connection:
                    gone[name] += connection.execute(delete(table).where(old)).rowcount
        return dict(gone)

    def statistics(self) -> list[StatisticsRow]:
        """Return what is left of decisions that are gone."""
        with reading(self._engine) as connection:
            return read_statistics(connection)

    def scrub(self) -> str:
        """Have the database forget deleted rows on its disk; return what was done.

        SQLite overwrites what it deletes only in part: rows that moved between pages leave copies.
        The file is therefore written anew, and the log of changes emptied. PostgreSQL frees the
        rows; its write-ahead log ends by its own settings.
        """
        with self._engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                bare = connection.execution_options(isolation_level="AUTOCOMMIT")
                for name in owned(PersonNames(frozenset())):
                    bare.exec_driver_sql(f"VACUUM {name}")
                return "vacuumed"
            # Nothing has begun here: a file begins with the first write.
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        return "written anew" if not busy else "written anew; its log is still being read"

    def claim(self, fingerprint: int) -> bool:
        """Keep the fingerprint of the secret, once; say whether it is the one that is kept."""
        held = select(counters.c.value).where(counters.c.name == _SECRET)
        with reading(self._engine) as connection:
            found = connection.scalar(held)
        if found is None:
            with writing(self._engine) as connection:
                new = upsert(self._engine, counters).values(name=_SECRET, value=fingerprint)
                connection.execute(new.on_conflict_do_nothing(index_elements=["name"]))
                found = connection.scalar(held)
        return found == fingerprint

    def _portions(self, old: Condition) -> Iterator[list[str]]:
        query = select(decisions.c.decision_id).where(old).limit(_PORTION)
        while True:
            with reading(self._engine) as connection:
                ids = [str(each) for each in connection.scalars(query)]
            if not ids:
                return
            yield ids


def _plain(row: dict[str, Any]) -> dict[str, object]:
    if "body" not in row:
        return row
    return row | {"body": unpack_body(row["body"], row["decision_id"], row["decided_at"])}


def _read(connection: Connection, table: Table, which: Condition) -> list[Any]:
    order = list(table.primary_key.columns)
    return list(connection.execute(select(table).where(which).order_by(*order)))
