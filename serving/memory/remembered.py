"""Decisions given again: a decision is a function of what it read, so the same reads give the same.

Nothing here is ever told that something changed. Before a decision is given again, everything it
read is read again, from the store of all processes, and compared, unless the store's own stamp says
that nobody has written there: a consent that was withdrawn, an event, a contact, a link or a stock
figure of a moment ago makes another decision, in every process. What was read is the test, as in
build systems that verify traces (Mokhov, Mitchell & Peyton Jones 2018, "Build systems à la carte",
section 4.2.2).
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.policy import Policy
from serving.memory.heeded import EVERY_ROW, Heeded, room_for, tells_the_same
from serving.memory.watched import Notes, Read, Shown, Stamped
from serving.stock_mirror import StockMirror
from serving.stores.all_ports import Stores

T = TypeVar("T")


@dataclass
class Remembered(Generic[T]):
    """One decision, and all it was taken on.

    Parameters
    ----------
    decision
        What is given again.
    since, until
        Epoch seconds UTC: it stands from ``since`` on and before ``until``.
    reads
        What it read of the stores.
    gates
        What the stock gate said, by location.
    shown
        The stock figures that its answer shows.
    heeded
        Which rows of the reads can change it.
    proved
        Stamps under which the reads gave what they gave.
    """

    decision: T
    since: int
    until: int
    reads: tuple[Read, ...]
    gates: tuple[tuple[str, NDArray[np.int16]], ...]
    shown: tuple[Shown, ...]
    heeded: Heeded
    proved: Stamped

    @classmethod
    def of(
        cls,
        decision: T,
        notes: Notes,
        shown: Iterable[Shown],
        since: int,
        until: int,
        heeded: Heeded = EVERY_ROW,
    ) -> "Remembered[T]":
        """Remember a decision with the notes that were taken of it."""
        reads, gates = tuple(notes.reads.values()), tuple(notes.gates.items())
        heeded = room_for(reads, heeded)
        return cls(decision, since, until, reads, gates, tuple(shown), heeded, notes.stamps)

    def stands(
        self, stores: Stores, stock: StockMirror, bundle: Bundle, now: int, stamps: Stamped
    ) -> bool:
        """Tell whether the same decision would be taken now.

        Parameters
        ----------
        stock
            Up to date.
        stamps
            Those of the stores, taken now.
        """
        if not self.since <= now < self.until:
            return False
        if stamps is not self.proved:
            if not all(map(partial(self._same, stores, stamps), self.reads)):
                return False
            self.proved = stamps
        return self._stocked(stock, bundle, bundle.policy, now)

    def _same(self, stores: Stores, stamps: Stamped, read: Read) -> bool:
        stamp = stamps.get(read.port)
        if stamp is not None and stamp == self.proved.get(read.port):
            return True
        return tells_the_same(read, read.again(stores), self.heeded)

    def _stocked(self, stock: StockMirror, bundle: Bundle, policy: Policy, now: int) -> bool:
        off = bundle.items.discontinued
        return all(
            stock.verdicts(place, off, policy, now) is said for place, said in self.gates
        ) and all(shown.stands(stock.view(shown.view.location_id)) for shown in self.shown)


class Memory(Generic[T]):
    """The decisions remembered of late; those not asked for longest are forgotten first.

    Parameters
    ----------
    most
        How many are kept; 0 for none.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Remembered[T]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, asked: Hashable) -> Remembered[T] | None:
        """Return what is remembered of a question, None where nothing is."""
        with self._lock:
            found = self._kept.get(asked)
            if found is not None:
                self._kept.move_to_end(asked)
            return found

    def keep(self, asked: Hashable, remembered: Remembered[T]) -> None:
        """Remember a decision in place of an earlier one on the same question."""
        if self._most == 0 or remembered.until <= remembered.since:
            return
        with self._lock:
            self._kept[asked] = remembered
            self._kept.move_to_end(asked)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
