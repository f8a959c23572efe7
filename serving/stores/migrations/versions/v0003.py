"""The schema of version 3, the last before migrations; on an older store, what it lacks of it.

Revision ID: 0003
Revises:
"""

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, LargeBinary, Text

revision = "0003"
down_revision = None

_serial = BigInteger().with_variant(Integer, "sqlite")
_text = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create every table and index that is not there."""
    for name, columns in _tables().items():
        op.create_table(name, *columns, if_not_exists=True)
    for name, (table, *keys) in _INDEXES.items():
        op.create_index(name, table, keys, if_not_exists=True)


def _id(name: str) -> Column[str]:
    return Column(name, _text, primary_key=True)


def _word(name: str, *, needed: bool = True) -> Column[str]:
    return Column(name, _text, nullable=not needed)


def _number(name: str, *, needed: bool = True) -> Column[int]:
    return Column(name, BigInteger, nullable=not needed)


def _given(name: str) -> Column[int]:
    return Column(name, _serial, primary_key=True, autoincrement=True)


def _words(*names: str) -> list[Column[Any]]:
    return [_word(name) for name in names]


def _decision() -> Column[str]:
    return Column("decision_id", _text, ForeignKey("decisions.decision_id"), nullable=False)


def _tables() -> dict[str, list[Column[Any]]]:
    return {
        "schema_version": [Column("version", Integer, primary_key=True, autoincrement=False)],
        "consents": [
            _given("sequence"),
            *_words("customer_id", "purpose", "channel", "status"),
            _number("recorded_at"),
            _number("expires_at", needed=False),
            _word("source"),
        ],
        "counters": [_id("name"), _number("value")],
        "stock_levels": [
            _id("item_id"),
            _id("location_id"),
            Column("quantity", Float, nullable=False),
            _word("status"),
            _number("as_of"),
            _number("sequence"),
        ],
        "decisions": [
            _id("decision_id"),
            _number("decided_at"),
            *_words("kind", "subject", "channel"),
            Column("body", LargeBinary, nullable=False),
        ],
        "contacts": [
            _given("contact_no"),
            *_words("customer_id", "channel", "action_id", "kind", "outcome"),
            _number("at"),
            _decision(),
        ],
        "outcomes": [
            _id("outcome_id"),
            _decision(),
            _word("action_id", needed=False),
            _word("item_id", needed=False),
            _word("outcome"),
            Column("value", Float),
            _number("occurred_at"),
        ],
        "events": [
            _given("event_no"),
            Column("event_id", _text, nullable=False, unique=True),
            _word("customer_id", needed=False),
            _word("visitor_id", needed=False),
            _word("event_type"),
            _number("occurred_at"),
            _word("item_id", needed=False),
            _word("order_id", needed=False),
            _word("session_id", needed=False),
            _word("channel", needed=False),
        ],
        "api_keys": [_id("key_hash"), *_words("label", "scopes"), _number("created_at")],
        "profile_links": [_id("visitor_id"), _word("customer_id"), _number("observed_at")],
        "profile_persons": [_id("customer_id"), *_words("person_id", "part_id")],
        "rules": [
            _id("policy_version"),
            *_words("actions", "policy", "columns", "models"),
            _number("kept_at"),
        ],
    }


_INDEXES = {
    "consents_by_customer": ("consents", "customer_id"),
    "stock_levels_by_sequence": ("stock_levels", "sequence"),
    "decisions_by_subject": ("decisions", "subject", "decided_at"),
    "contacts_by_customer": ("contacts", "customer_id", "at"),
    "contacts_by_decision": ("contacts", "decision_id"),
    "outcomes_by_decision": ("outcomes", "decision_id"),
    "events_by_customer": ("events", "customer_id", "occurred_at"),
    "events_by_visitor": ("events", "visitor_id", "occurred_at"),
    "profile_links_by_customer": ("profile_links", "customer_id"),
    "profile_persons_by_person": ("profile_persons", "person_id"),
}
