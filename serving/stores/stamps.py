"""What nobody has written since need not be read again: one small read in place of many."""

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol

from sqlalchemy import select

from serving.stores.lines import Row
from serving.stores.reading import Reader
from serving.stores.tables import COUNTED, STOCK, counters

_ALL = select(counters.c.name, counters.c.value)
_OF_LINKS: Final = f"{COUNTED}profile_links"
_COUNTERS: Final = {
    "consents": (f"{COUNTED}consents",),
    "stock": (STOCK,),
    "ledger": (f"{COUNTED}contacts",),
    "events": (f"{COUNTED}events", _OF_LINKS),
    "links": (_OF_LINKS,),
    "persons": (f"{COUNTED}profile_persons",),
    "erasures": (f"{COUNTED}erasures",),
    "keys": (f"{COUNTED}api_keys",),
}
"""By port, what counts the changes of the rows that a decision reads through it."""


class Stamps(Protocol):
    """Tells whether what a port read before is what it would read now."""

    def now(self) -> Mapping[str, object]:
        """Return a stamp of each port that has one, by its name in ``Stores``.

        Where a stamp taken now equals one that was taken before a read, that read would give now
        what it gave then. Stamps see what any process committed before the call.

        ``ledger`` is stamped for ``recent`` and ``mark`` alone. A port that is not named has no
        stamp: it must be read.
        """


class FileStamps:
    """``Stamps`` over the counters of a file, which its own triggers keep."""

    def __init__(self, reader: Reader) -> None:
        self._read = reader.prepare(_ALL)
        self._last: tuple[list[Row], Mapping[str, object]] = [], _stamps([])

    def now(self) -> Mapping[str, object]:
        """Return a stamp of each port that has one; the same mapping while nothing changed."""
        rows = self._read()
        held, told = self._last  # replaced as one: threads may share this
        if rows != held:
            told = _stamps(rows)
            self._last = rows, told
        return told


class StampsOfTurn:
    """``Stamps`` taken once for all that an event loop does in one turn.

    A turn serves requests that had arrived when it began, so that a stamp taken during it is newer
    than each of them: whatever was committed before a request was sent is in it. Outside a loop
    every stamp is taken anew.
    """

    def __init__(self, stamps: Stamps) -> None:
        self._stamps = stamps
        self._taken: tuple[asyncio.AbstractEventLoop, Mapping[str, object]] | None = None

    def now(self) -> Mapping[str, object]:
        """Return a stamp of each port that has one."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._stamps.now()
        taken = self._taken  # replaced as one: two loops may share this
        if taken is None or taken[0] is not loop:
            taken = self._taken = loop, self._stamps.now()
            loop.call_soon(self._turn)
        return taken[1]

    def _turn(self) -> None:
        self._taken = None


class NoStamps:
    """``Stamps`` where none are kept."""

    def now(self) -> Mapping[str, object]:
        """Return none."""
        return {}


def _stamps(rows: list[Row]) -> dict[str, object]:
    counts: dict[str, int] = dict(rows)
    return {port: tuple(counts.get(name, 0) for name in names) for port, names in _COUNTERS.items()}
