"""The stores as ports: what they promise.

Every time is whole epoch seconds UTC. Every method sees what any process committed before the
call, and a method that writes has either written everything or nothing when it returns.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from serving.stores.entries import Entry, RequestRow, RequestTakenError
from serving.stores.rows import (
    AnyRecord,
    AuditRow,
    ConsentRow,
    ContactRow,
    DecisionRecord,
    ErasureRow,
    EventRow,
    EventTally,
    KeyRow,
    LedgerMark,
    LinkRow,
    OutcomeRow,
    OutcomeTally,
    PackedRecord,
    PersonNames,
    PersonRow,
    RecordHead,
    RulesRow,
    StatisticsRow,
    StockRow,
    StockTally,
)

__all__ = [
    "AnyRecord",
    "AuditLog",
    "AuditRow",
    "ConsentRow",
    "ConsentStore",
    "ContactLedger",
    "ContactRow",
    "DecisionLog",
    "DecisionRecord",
    "Entry",
    "ErasureRow",
    "ErasureStore",
    "EventRow",
    "EventStore",
    "EventTally",
    "KeyRow",
    "KeyStore",
    "LedgerMark",
    "LedgerMovedError",
    "LinkRow",
    "OutcomeRow",
    "OutcomeTally",
    "PackedRecord",
    "PersonNames",
    "PersonRow",
    "PersonStore",
    "PersonalData",
    "ProfileLinks",
    "RecordHead",
    "RequestRow",
    "RequestTakenError",
    "RuleStore",
    "RulesRow",
    "StatisticsRow",
    "StockRow",
    "StockStore",
    "StockTally",
    "StoreUnavailableError",
]


class StoreUnavailableError(Exception):
    """The store is locked, full or gone; nothing was written, and trying again may help."""


class LedgerMovedError(Exception):
    """Somebody was contacted, or answered, since a decision read the ledger; nothing was written.

    Read the ledger again and decide again.
    """


class ConsentStore(Protocol):
    """Statements of consent, append-only."""

    def append(self, rows: Sequence[ConsentRow]) -> int:
        """Add statements and return how many."""

    def for_customers(self, customer_ids: Collection[str]) -> list[ConsentRow]:
        """Return the latest statement per customer, purpose and channel.

        Latest is by recorded_at, then sequence; a refusal wins a tie of recorded_at.
        """


class StockStore(Protocol):
    """The newest stock figure per item and location."""

    def put(self, rows: Sequence[StockRow]) -> StockTally:
        """Apply figures, except those older than the stored ones."""

    def changes_since(self, sequence: int) -> tuple[list[StockRow], int]:
        """Return figures written after ``sequence`` in order, and the sequence to ask from next.

        No figure ever appears later with a sequence at or below one already returned.
        """


class DecisionLog(Protocol):
    """Every decision taken."""

    def append(
        self,
        records: Sequence[AnyRecord],
        contacts: Sequence[ContactRow] = (),
        expected: Sequence[LedgerMark] = (),
    ) -> None:
        """Add decisions and the contacts they make, together.

        Parameters
        ----------
        expected
            Where the ledgers stood when the decisions read them. The check and the writing are
            one transaction: of two decisions on one customer that read the same ledger, one is
            written, and the other is told to read again.

        Raises
        ------
        ValueError
            If a decision_id is taken; nothing is written then.
        LedgerMovedError
            If one of these ledgers has moved since; nothing is written then.
        """

    def append_each(
        self, entries: Sequence[Entry]
    ) -> Sequence[LedgerMovedError | RequestTakenError | None]:
        """Add decisions in one transaction, each written whole or refused by itself.

        Returns
        -------
        What each is refused for, None where it was written: as if they came one after another.

        Raises
        ------
        ValueError
            If a decision_id is taken; nothing is written then.
        """

    def answered(self, request_id: str) -> RequestRow | None:
        """Return the request of this id as it is kept, None when nobody asked it."""

    def get(self, decision_id: str) -> DecisionRecord | None:
        """Return a decision, None when there is none."""

    def exists(self, decision_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are decisions."""

    def of_kind(self, kind: str, since: int, before: int) -> Iterator[DecisionRecord]:
        """Yield the decisions of a kind from ``since`` on and before ``before``, oldest first."""


class ContactLedger(Protocol):
    """Who was contacted with what, and what came of it."""

    def recent(self, customer_ids: Collection[str], since: int) -> list[ContactRow]:
        """Return the rows of these customers at or after ``since``, oldest first."""

    def mark(self, customer_ids: Collection[str]) -> LedgerMark:
        """Return where the ledger of these customers, together one person, stands now.

        Take it before reading the ledger: what comes in between is then noticed.
        """

    def record_outcomes(self, rows: Sequence[OutcomeRow]) -> OutcomeTally:
        """Add outcomes not yet known by outcome_id, and a ledger row for each.

        The decision gives the ledger row its customer and channel; ids of unknown decisions are
        the caller's mistake (``ValueError``, nothing is written).
        """

    def outcomes(self, decision_id: str) -> list[OutcomeRow]:
        """Return what came of a decision, oldest first."""


class EventStore(Protocol):
    """What customers and visitors did of late."""

    def record(self, rows: Sequence[EventRow]) -> EventTally:
        """Add events not yet known by event_id."""

    def of_customers(self, customer_ids: Collection[str], since: int) -> list[EventRow]:
        """Return what these customers did at or after ``since``, oldest first.

        What a visitor did who is linked to one of them now is theirs, and says so.
        """

    def of_visitors(self, visitor_ids: Collection[str], since: int) -> list[EventRow]:
        """Return what these visitors did at or after ``since``, oldest first."""

    def discard(self, before: int) -> int:
        """Delete what happened before a moment; return how many events."""


class KeyStore(Protocol):
    """API keys by hash."""

    def add(self, key: KeyRow) -> None:
        """Add a key or replace the one with the same hash."""

    def find(self, key_hash: str) -> KeyRow | None:
        """Return the key, None when unknown or revoked."""

    def revoke(self, key_hash: str) -> bool:
        """Remove a key; say whether there was one."""

    def all(self) -> list[KeyRow]:
        """Return every key, oldest first."""


class ProfileLinks(Protocol):
    """Which visitor is which customer; the newest observation wins."""

    def put(self, links: Sequence[LinkRow]) -> None:
        """Add links; an older observation never replaces a newer one."""

    def customers_of(self, visitor_ids: Collection[str]) -> Mapping[str, str]:
        """Return the customer_id of each linked visitor."""

    def replace(self, links: Sequence[LinkRow]) -> int:
        """Make these the only links; return how many were new, changed or dropped.

        A link that stands no longer (a device that turned out to be shared) must not resolve.
        """


class PersonStore(Protocol):
    """Customer ids that are one person."""

    def replace(self, persons: Sequence[PersonRow]) -> int:
        """Make these the only ones; return how many were new, changed or dropped."""

    def around(self, customer_ids: Collection[str]) -> Sequence[PersonRow]:
        """Return every row of the persons that any of these ids belongs to or stands for."""


class RuleStore(Protocol):
    """The rules that decided, by version: an old decision is replayed under its own."""

    def keep(self, rules: RulesRow) -> bool:
        """Keep the rules of a version, once; say whether they were new."""

    def get(self, policy_version: str) -> RulesRow | None:
        """Return the rules of a version, None when they were never kept."""


class AuditLog(Protocol):
    """Who read or changed what; nothing but a period ends a row."""

    def add(self, rows: Sequence[AuditRow]) -> None:
        """Add rows; their numbers are given here, and are on disk on return."""

    def page(self, before: int | None, limit: int, subject: str | None = None) -> list[AuditRow]:
        """Return the newest rows, newest first, of those numbered below ``before``."""

    def discard(self, before: int) -> int:
        """Delete what was written down before a moment; return how many rows."""


class ErasureStore(Protocol):
    """Persons who were erased, by the keyed hashes of their names."""

    def begin(self, row: ErasureRow, others: Sequence[str]) -> None:
        """Write down an erasure, and the hashes of the person's other names.

        The same erasure again replaces what was written.
        """

    def finish(self, erasure_id: str, at: int | None, receipt: str) -> None:
        """Keep the receipt, and when all was done; None while something is left."""

    def known(self, subjects: Collection[str]) -> set[str]:
        """Return those of the hashes whose person was erased, or is being erased."""

    def of_subject(self, subject: str) -> ErasureRow | None:
        """Return the erasure of the person with this hash, None when there was none."""

    def pending(self) -> list[ErasureRow]:
        """Return the erasures of which something is left to do, oldest first."""

    def subjects(self) -> set[str]:
        """Return the hash of every name on the list."""


class PersonalData(Protocol):
    """Everything the store holds of persons, whatever it is for."""

    def rows(self, names: PersonNames) -> dict[str, list[dict[str, object]]]:
        """Return every row of a person, by table; every table of persons is named."""

    def remove(self, names: PersonNames) -> dict[str, int]:
        """Delete every row of a person, all at once or nothing; return how many, by table.

        Decisions, contacts and outcomes are counted in the anonymous statistics first.
        """

    def expire(self, ends: Mapping[str, int], *, dry_run: bool = False) -> dict[str, int]:
        """Delete the rows of each table from before its moment; return how many, by table.

        Decisions and their outcomes are counted in the anonymous statistics first.
        """

    def statistics(self) -> list[StatisticsRow]:
        """Return what is left of decisions that are gone."""

    def scrub(self) -> str:
        """Have the database forget deleted rows on its disk; return what was done."""

    def claim(self, fingerprint: int) -> bool:
        """Keep the fingerprint of the secret, once; say whether it is the one that is kept."""
