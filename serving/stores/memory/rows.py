"""The dictionaries of persons as the tables they stand for."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from serving.stores.memory.state import Memory

Row = dict[str, Any]
Key = Any
"""An id; of consents and contacts, the customer and a number."""
Tables = Mapping[str, Mapping[Key, Row]]


def read_tables(memory: Memory) -> Tables:
    """Return every row of every table of persons, by key, in the order of the primary key."""
    return {
        "consents": _listed(memory.consents, lambda row: (row.sequence, row._asdict())),
        "events": _by_number(
            (number, name, {"event_no": number, **row._asdict()})
            for name, (number, row) in memory.events.items()
        ),
        "profile_links": _by_id(memory.links),
        "profile_persons": _by_id(memory.persons),
        "request_ids": _by_id(memory.request_ids),
        "contacts": _listed(
            memory.contacts, lambda row: (row[0], {"contact_no": row[0], **row[1]._asdict()})
        ),
        "outcomes": _by_id(memory.outcomes),
        "decisions": {
            name: vars(record.unpacked()) for name, record in sorted(memory.decisions.items())
        },
        "audit": {row.audit_no: row._asdict() for row in memory.audit},
    }


def drop(memory: Memory, table: str, keys: Collection[Key]) -> int:
    """Delete rows by their keys and return how many."""
    gone = set(keys)
    if table == "consents":
        _thin(memory.consents, gone, lambda row: row.sequence)
    elif table == "contacts":
        _thin(memory.contacts, gone, lambda row: row[0])
    elif table == "audit":
        memory.audit[:] = [row for row in memory.audit if row.audit_no not in gone]
    else:
        held = _HELD[table](memory)
        for key in gone:
            del held[key]
    return len(gone)


_HELD: Mapping[str, Callable[[Memory], dict[Key, Any]]] = {
    "events": lambda memory: memory.events,
    "profile_links": lambda memory: memory.links,
    "profile_persons": lambda memory: memory.persons,
    "request_ids": lambda memory: memory.request_ids,
    "outcomes": lambda memory: memory.outcomes,
    "decisions": lambda memory: memory.decisions,
}


def _by_id(held: Mapping[str, Any]) -> Mapping[Key, Row]:
    return {name: row._asdict() for name, row in sorted(held.items())}


def _by_number(rows: Iterable[tuple[int, Key, Row]]) -> Mapping[Key, Row]:
    return {key: row for _, key, row in sorted(rows, key=lambda one: one[0])}


def _listed(
    held: Mapping[str, list[Any]], told: Callable[[Any], tuple[int, Row]]
) -> Mapping[Key, Row]:
    every = ((customer, *told(row)) for customer, rows in held.items() for row in rows)
    return _by_number((number, (customer, number), row) for customer, number, row in every)


def _thin(held: dict[str, list[Any]], gone: set[Key], number: Callable[[Any], int]) -> None:
    for customer in {customer for customer, _ in gone}:
        kept = [row for row in held[customer] if (customer, number(row)) not in gone]
        if kept:
            held[customer] = kept
        else:
            del held[customer]
