"""Which rows of a read can change a decision: what was looked at since is not always among them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from decisioning.catalogue import KINDS, Action
from serving.item_decisions import DecidedItems
from serving.memory.watched import Read
from serving.recent import MOST_READ, PURCHASE, is_purchase
from serving.stores.ports import ContactRow, EventRow

Heeded = Mapping[str, Callable[[Any], bool]]
"""By port, whether a row can change the decision; of a port that is not named, every row can."""

EVERY_ROW: Final[Heeded] = {}
_ROOM: Final = MOST_READ // 2
"""Rows that may come to as many at most: together they are fewer than a decision reads, so that
none of those that count is one too many."""


class Heeding:
    """What decisions of one bundle heed.

    Parameters
    ----------
    actions
        The bundle's.
    """

    def __init__(self, actions: Iterable[Action]) -> None:
        self._actions = frozenset(action.action_id for action in actions)

    def of(self, slates: Iterable[DecidedItems], *, contacts: bool) -> Heeded:
        """Return what a decision heeds.

        Parameters
        ----------
        slates
            The items that it chose.
        contacts
            Whether it chose actions: contacts made count for those.
        """
        if not all(one.by_purchases for one in slates):
            return EVERY_ROW
        return {"events": _bought, "ledger": self._contact if contacts else is_purchase}

    def _contact(self, row: ContactRow) -> bool:
        # Of outcomes of items only a purchase counts, see `World.contacts`.
        return row.kind in KINDS or row.action_id in self._actions or is_purchase(row)


def room_for(reads: Iterable[Read], heeded: Heeded) -> Heeded:
    """Return what is heeded while others may come: every row, where there are many already."""
    held = sum(len(read.answer) for read in reads if read.port in heeded)
    return heeded if held <= _ROOM else EVERY_ROW


def tells_the_same(read: Read, fresh: Sequence[Any], heeded: Heeded) -> bool:
    """Tell whether a newer answer to a question says the same to a decision."""
    if fresh == read.answer:
        return True
    counts = heeded.get(read.port)
    if counts is None or len(fresh) - len(read.answer) > _ROOM:
        return False
    return list(filter(counts, fresh)) == list(filter(counts, read.answer))


def _bought(row: EventRow) -> bool:
    return row.event_type == PURCHASE
