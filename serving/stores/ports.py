"""The stores as ports: what they hold and what they promise.

Every time is whole epoch seconds UTC. Every method sees what any process committed before the
call, and a method that writes has either written everything or nothing when it returns.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class StoreUnavailableError(Exception):
    """The store is locked, full or gone; nothing was written, and trying again may help."""


class ConsentRow(NamedTuple):
    """One statement about consent; ``sequence`` is given by the store."""

    customer_id: str
    purpose: str
    channel: str
    status: str
    recorded_at: int
    expires_at: int | None
    source: str
    sequence: int = 0


class StockRow(NamedTuple):
    """One stock figure; ``sequence`` is given by the store and grows with every write."""

    item_id: str
    location_id: str
    quantity: float
    status: str
    as_of: int
    sequence: int = 0


class StockTally(NamedTuple):
    """How many figures were applied, and how many were older than the stored ones."""

    accepted: int
    stale: int


class ContactRow(NamedTuple):
    """One contact or what came of it.

    ``action_id`` names the action, or the item of a recommendation. ``kind`` is the action's kind.
    """

    customer_id: str
    channel: str
    action_id: str
    kind: str
    outcome: str
    at: int
    decision_id: str


class OutcomeRow(NamedTuple):
    """What came of one action or item of a decision; exactly one of the two is set."""

    outcome_id: str
    decision_id: str
    action_id: str | None
    item_id: str | None
    outcome: str
    value: float | None
    occurred_at: int


class OutcomeTally(NamedTuple):
    """How many outcomes were new, and how many were known already."""

    accepted: int
    duplicates: int


class LinkRow(NamedTuple):
    """A visitor was seen to be a customer."""

    visitor_id: str
    customer_id: str
    observed_at: int


class PersonRow(NamedTuple):
    """Another customer id stands for this one; consent goes no further than the part."""

    customer_id: str
    person_id: str
    part_id: str


@dataclass(frozen=True)
class DecisionRecord:
    """A decision as it is kept.

    Parameters
    ----------
    decision_id
        Unique.
    decided_at
        Epoch seconds.
    kind
        ``recommendations`` or ``next_best_actions``.
    subject
        The customer_id, or the visitor_id when no customer is known.
    channel
        Where it was to be shown.
    body
        Everything else: any JSON object, returned as it was.
    """

    decision_id: str
    decided_at: int
    kind: str
    subject: str
    channel: str
    body: dict[str, Any]


@dataclass(frozen=True)
class KeyRow:
    """An API key; the key itself is never stored."""

    key_hash: str
    label: str
    scopes: frozenset[str]
    created_at: int


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
        self, records: Sequence[DecisionRecord], contacts: Sequence[ContactRow] = ()
    ) -> None:
        """Add decisions and the contacts they make, together.

        Raises
        ------
        ValueError
            If a decision_id is taken; nothing is written then.
        """

    def get(self, decision_id: str) -> DecisionRecord | None:
        """Return a decision, None when there is none."""

    def exists(self, decision_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are decisions."""


class ContactLedger(Protocol):
    """Who was contacted with what, and what came of it."""

    def recent(self, customer_ids: Collection[str], since: int) -> list[ContactRow]:
        """Return the rows of these customers at or after ``since``, oldest first."""

    def record_outcomes(self, rows: Sequence[OutcomeRow]) -> OutcomeTally:
        """Add outcomes not yet known by outcome_id, and a ledger row for each.

        The decision gives the ledger row its customer and channel; ids of unknown decisions are
        the caller's mistake (``ValueError``, nothing is written).
        """

    def outcomes(self, decision_id: str) -> list[OutcomeRow]:
        """Return what came of a decision, oldest first."""


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
