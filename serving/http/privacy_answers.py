"""What is asked and answered about the rights of persons, and by the audit log."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.requests import Request

Purpose = Literal["personalisation", "analytics"]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ObjectionRequest(Request):
    """Object to profiling: from the next decision on nothing personal is used or said."""

    purposes: tuple[Purpose, ...] = Field(
        default=("personalisation", "analytics"), min_length=1, max_length=2, strict=False
    )
    """What is objected to; both when left out."""
    source: str = Field(default="objection", min_length=1, max_length=64)
    """Where the person said so."""


class ObjectionAnswer(_Answer):
    """What was written in the consent ledger."""

    accepted: int
    """Statements added, one a purpose and channel."""
    effective_at: int
    """From when on they bind every worker: epoch seconds."""


class HeldIds(_Answer):
    """By what the person is known."""

    customer_ids: list[str]
    """Customer ids that are surely this person."""
    identifiers: list[dict[str, str]]
    """Cookies, devices, cards and hashes that belong to nobody else."""


class ExportAnswer(_Answer):
    """Everything that is held of a person."""

    format: int
    """Of this document."""
    customer_id: str
    """Whom it is about."""
    exported_at: int
    """When it was drawn up: epoch seconds."""
    ids: HeldIds
    """Every name of the person."""
    tables: dict[str, list[dict[str, Any]]]
    """Rows of the canonical tables, by table; docs/data.md says what the columns mean."""
    store: dict[str, list[dict[str, Any]]]
    """Rows that the service keeps: consents, decisions with all their reasons, contacts, events."""
    files: dict[str, list[dict[str, Any]]]
    """Rows of what was made from the tables: customer views, segments, held-out rows."""
    profiles: list[dict[str, Any]]
    """What each bundle of models holds of the person."""
    scores: dict[str, Any] | None
    """What the models say of the person; null without a bundle."""


class Remaining(_Answer):
    """Something that an erasure leaves."""

    what: str
    """Its name."""
    why: str
    """Why it stays, and why it is not about the person any more."""


class ErasureAnswer(_Answer):
    """The receipt of an erasure; it holds no name of the person."""

    erasure_id: str
    """Names this erasure."""
    status: Literal["completed", "pending"]
    """Pending where files could not be written yet; decisions are bound all the same."""
    requested_at: int
    """When it was asked for: epoch seconds."""
    completed_at: int | None
    """When all was done; null while something is left."""
    removed: dict[str, dict[str, int]]
    """Rows removed, by part (store, tables, files, bundles, quarantine) and table or file."""
    database: str
    """What was done so that deleted rows are gone from the disk."""
    pending: str
    """What is left to do, and why; empty when nothing is."""
    remaining: list[Remaining]
    """What stays, and why."""


class AuditQuery(BaseModel):
    """Which lines of the audit log to return."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    limit: int = Field(default=100, ge=1, le=1000)
    """Lines on the page, 1 to 1,000; 100 when left out."""
    before: int | None = Field(default=None, ge=1, le=2**62)
    """`next` of the page before; the newest lines when left out."""
    customer_id: str | None = Field(default=None, min_length=1, max_length=128)
    """Only lines about this customer."""


class AuditLine(_Answer):
    """One act."""

    audit_no: int
    """Grows with every line."""
    at: int
    """When: epoch seconds."""
    actor: str
    """Label and id of the key that asked, or `terminal`."""
    act: str
    """What was done: customer.view, customer.export, decision.read, keys.add, ..."""
    subject: str
    """Keyed hash of whom it was about; empty where it was about nobody in particular."""
    detail: dict[str, Any]
    """Facts without personal data."""


class AuditAnswer(_Answer):
    """A page of the audit log, newest first."""

    audit: list[AuditLine]
    """The lines."""
    next: int | None
    """`before` of the next page; null on the last."""
