"""One decision to be kept: its record, the contacts it makes, and what it may be kept under."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from serving.stores.rows import AnyRecord, ContactRow, LedgerMark


class RequestRow(NamedTuple):
    """A request that was answered by a decision.

    ``request_id`` is the caller's own id as it is kept (see ``serving.repeats``), ``fingerprint``
    tells what was asked, ``kind`` is that of the decision, ``at`` is epoch seconds UTC.
    """

    request_id: str
    kind: str
    fingerprint: str
    decision_id: str
    at: int


class RequestTakenError(Exception):
    """Another decision has answered this request_id; nothing was written. Read that one."""


@dataclass(frozen=True)
class Entry:
    """One decision to be kept, whole or not at all.

    Parameters
    ----------
    record
        The record.
    contacts
        Those it makes; they count at once.
    expected
        Where the ledger of its customer stood when the decision read it; None where nothing of
        the ledger is promised.
    request
        The request_id that it answers; None where the caller gave none.
    """

    record: AnyRecord
    contacts: Sequence[ContactRow] = ()
    expected: LedgerMark | None = None
    request: RequestRow | None = None
