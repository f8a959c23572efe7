"""What the stores hold, row by row. Every time is whole epoch seconds UTC."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from serving.stores.packed import PackedBody, pack_body, unpack_body


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


NOT_DELIVERED = "not_delivered"
"""An outcome that is none: a message bounced, or was never sent. It gives back the contact."""


class LedgerMark(NamedTuple):
    """Where the contact ledger of one person stood: ``last`` grows with every row of theirs.

    ``customer_ids`` are all the ids of the person, sorted; ``last`` is 0 for an empty ledger.
    """

    customer_ids: tuple[str, ...]
    last: int


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


class EventRow(NamedTuple):
    """What somebody did; the customer or the visitor is set.

    Read back for a customer, ``customer_id`` is theirs also where a linked visitor did it.
    """

    customer_id: str | None
    visitor_id: str | None
    event_id: str
    event_type: str
    occurred_at: int
    item_id: str | None = None
    order_id: str | None = None
    session_id: str | None = None
    channel: str | None = None
    query: str | None = None


class EventTally(NamedTuple):
    """How many events were new, and how many were known already."""

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
class RecordHead:
    """What the columns of the log say of a decision.

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
    """

    decision_id: str
    decided_at: int
    kind: str
    subject: str
    channel: str


@dataclass(frozen=True)
class DecisionRecord(RecordHead):
    """A decision as it is read, and as it may be written.

    Parameters
    ----------
    body
        Everything else: any JSON object, returned as it was, but that ``decision_id``,
        ``decided_at`` and ``inputs.situation.as_of``, where it has them, are the record's.
    """

    body: dict[str, Any]

    def packed(self) -> "PackedRecord":
        """Return it as it is kept."""
        return PackedRecord(**{**vars(self), "body": pack_body(self.body)})


@dataclass(frozen=True)
class PackedRecord(RecordHead):
    """A decision whose body is packed already, as it may be written; it is read unpacked.

    Parameters
    ----------
    body
        What ``pack_body`` made, for this decision or for another.
    """

    body: PackedBody

    def packed(self) -> "PackedRecord":
        """Return it as it is kept: as it is."""
        return self

    def unpacked(self) -> DecisionRecord:
        """Return it as it is read."""
        body = unpack_body(self.body.data, self.decision_id, self.decided_at)
        return DecisionRecord(**{**vars(self), "body": body})


AnyRecord = DecisionRecord | PackedRecord


@dataclass(frozen=True)
class KeyRow:
    """An API key; the key itself is never stored.

    ``key_id`` names it to people. From ``expires_at`` on, epoch seconds, it opens nothing.
    """

    key_hash: str
    label: str
    scopes: frozenset[str]
    created_at: int
    expires_at: int | None = None
    key_id: str | None = None


class RulesRow(NamedTuple):
    """The catalogue and the policy of one version, as text.

    ``columns`` is JSON: the snapshot columns that conditions could read, with their tags;
    ``models`` is JSON: the names of the response models.
    """

    policy_version: str
    actions: str
    policy: str
    columns: str
    models: str
    kept_at: int


class AuditRow(NamedTuple):
    """An act on somebody's data, or of an administrator.

    ``actor`` is a key's label and id; ``subject`` a keyed hash, empty where it is about nobody;
    ``detail`` JSON without personal data. ``audit_no`` is given by the store.
    """

    at: int
    actor: str
    act: str
    subject: str
    detail: str
    audit_no: int = 0


class ErasureRow(NamedTuple):
    """A person who was erased: a keyed hash, and the receipt (JSON) that says what was done."""

    erasure_id: str
    subject: str
    requested_at: int
    completed_at: int | None
    receipt: str


class StatisticsRow(NamedTuple):
    """How often something was decided or came of it on a day, of persons or times now gone.

    ``day`` counts from 1970-01-01; ``outcome`` is ``decided`` for the decision itself.
    """

    day: int
    kind: str
    channel: str
    arm: str
    action_id: str
    outcome: str
    count: int  # type: ignore[assignment]  # hides a method that tuples have


@dataclass(frozen=True)
class PersonNames:
    """Every name under which one person is kept.

    Parameters
    ----------
    customers
        Customer ids that are surely this person.
    visitors
        Cookies and devices that are nobody else's.
    """

    customers: frozenset[str]
    visitors: frozenset[str] = frozenset()
