"""Request ids, the audit log, erasures, statistics; keys may expire, an event keeps its query.

Revision ID: 0004
Revises: 0003
"""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0004"
down_revision = "0003"

_serial = BigInteger().with_variant(Integer, "sqlite")
_text = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("api_keys", Column("expires_at", BigInteger))
    op.add_column("api_keys", Column("key_id", _text))
    op.add_column("events", Column("query", _text))
    _add_request_ids()
    _add_audit()
    _add_erasures()
    _add_statistics()
    # Programs of before migrations know 3 at most, and refuse this.
    op.execute("DELETE FROM schema_version")
    op.execute("INSERT INTO schema_version (version) VALUES (4)")


def _add_request_ids() -> None:
    op.create_table(
        "request_ids",
        Column("request_id", _text, primary_key=True),
        Column("kind", _text, nullable=False),
        Column("fingerprint", _text, nullable=False),
        Column("decision_id", _text, nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    op.create_index("request_ids_by_decision", "request_ids", ["decision_id"])
    op.create_index("request_ids_by_time", "request_ids", ["at"])


def _add_audit() -> None:
    op.create_table(
        "audit",
        Column("audit_no", _serial, primary_key=True, autoincrement=True),
        Column("at", BigInteger, nullable=False),
        Column("actor", _text, nullable=False),
        Column("act", _text, nullable=False),
        Column("subject", _text, nullable=False),
        Column("detail", _text, nullable=False),
    )
    op.create_index("audit_by_subject", "audit", ["subject", "at"])
    op.create_index("audit_by_time", "audit", ["at"])


def _add_erasures() -> None:
    op.create_table(
        "erasures",
        Column("erasure_id", _text, primary_key=True),
        Column("subject", _text, nullable=False),
        Column("requested_at", BigInteger, nullable=False),
        Column("completed_at", BigInteger),
        Column("receipt", _text, nullable=False),
    )
    op.create_index("erasures_by_subject", "erasures", ["subject"])


def _add_statistics() -> None:
    op.create_table(
        "decision_statistics",
        Column("day", BigInteger, primary_key=True, autoincrement=False),
        *[
            Column(name, _text, primary_key=True)
            for name in ("kind", "channel", "arm", "action_id", "outcome")
        ],
        Column("count", BigInteger, nullable=False),
    )
