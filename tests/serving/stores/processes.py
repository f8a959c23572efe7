"""Processes of their own over one store, told what to do through a pipe."""

import itertools
import sys
from multiprocessing.connection import Connection

from serving.stores import Stores, open_stores
from serving.stores.ports import EventRow, StockRow
from tests.serving.stores.contracts import consent, contact, decision


def answer_reads(url: str, pipe: Connection) -> None:
    """Open the store, then read what is asked for, until None comes."""
    store, seen = open_stores(url), 0
    stock: dict[str, float] = {}
    pipe.send("open")
    while (customer := pipe.recv()) is not None:
        rows, seen = store.stock.changes_since(seen)
        stock.update((row.item_id, row.quantity) for row in rows)
        statuses = [row.status for row in store.consents.for_customers([customer])]
        pipe.send((statuses, stock.get(customer)))
    store.close()


def write_for_ever(url: str, name: str) -> None:
    """Write, and after each write that returned say its number on standard output."""
    store = open_stores(url)
    for number in itertools.count():
        write(store, f"{name}-{number}")
        sys.stdout.write(f"{name}-{number}\n")
        sys.stdout.flush()


def write(store: Stores, one: str) -> None:
    """Write one of everything that a caller is told was accepted."""
    store.decisions.append([decision(one, n=one)], [contact(one, 1, one)])
    store.consents.append([consent("withdrawn", 5, "any", one)])
    store.stock.put([StockRow(one, "l1", 1, "in_stock", 1)])
    store.events.record([EventRow(one, None, one, "purchase", 5)])


def missing(store: Stores, names: list[str]) -> list[str]:
    """Return what of those writes is not there."""
    decided = store.decisions.exists(names)
    contacted = {row.decision_id for row in store.ledger.recent(names, 0)}
    told = {row.customer_id for row in store.consents.for_customers(names)}
    stocked = {row.item_id for row in store.stock.changes_since(0)[0]}
    done = {row.event_id for row in store.events.of_customers(names, 0)}
    return [
        one
        for one in names
        if not all(one in held for held in (decided, contacted, told, stocked, done))
    ]


if __name__ == "__main__":
    write_for_ever(*sys.argv[1:])
