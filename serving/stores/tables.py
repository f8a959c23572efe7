"""The tables of the online store. A change here raises ``SCHEMA_VERSION``."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

SCHEMA_VERSION = 4

metadata = MetaData()
# SQLite numbers rows by itself only for a column of the type INTEGER.
_Serial = BigInteger().with_variant(Integer, "sqlite")

schema_version = Table(
    "schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False)
)

consents = Table(
    "consents",
    metadata,
    Column("sequence", _Serial, primary_key=True, autoincrement=True),
    Column("customer_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("source", Text, nullable=False),
    Index("consents_by_customer", "customer_id"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

stock_levels = Table(
    "stock_levels",
    metadata,
    Column("item_id", Text, primary_key=True),
    Column("location_id", Text, primary_key=True),
    Column("quantity", Float, nullable=False),
    Column("status", Text, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Index("stock_levels_by_sequence", "sequence"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Text, primary_key=True),
    Column("decided_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("decisions_by_subject", "subject", "decided_at"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("contact_no", _Serial, primary_key=True, autoincrement=True),
    Column("customer_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("action_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("decision_id", Text, ForeignKey(decisions.c.decision_id), nullable=False),
    Index("contacts_by_customer", "customer_id", "at"),
    Index("contacts_by_decision", "decision_id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome_id", Text, primary_key=True),
    Column("decision_id", Text, ForeignKey(decisions.c.decision_id), nullable=False),
    Column("action_id", Text),
    Column("item_id", Text),
    Column("outcome", Text, nullable=False),
    Column("value", Float),
    Column("occurred_at", BigInteger, nullable=False),
    Index("outcomes_by_decision", "decision_id"),
)

events = Table(
    "events",
    metadata,
    Column("event_no", _Serial, primary_key=True, autoincrement=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("customer_id", Text),
    Column("visitor_id", Text),
    Column("event_type", Text, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("item_id", Text),
    Column("order_id", Text),
    Column("session_id", Text),
    Column("channel", Text),
    Column("query", Text),
    Index("events_by_customer", "customer_id", "occurred_at"),
    Index("events_by_visitor", "visitor_id", "occurred_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_hash", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("key_id", Text),
)

profile_links = Table(
    "profile_links",
    metadata,
    Column("visitor_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    Index("profile_links_by_customer", "customer_id"),
)

profile_persons = Table(
    "profile_persons",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("part_id", Text, nullable=False),
    Index("profile_persons_by_person", "person_id"),
)

rules = Table(
    "rules",
    metadata,
    Column("policy_version", Text, primary_key=True),
    Column("actions", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("models", Text, nullable=False),
    Column("kept_at", BigInteger, nullable=False),
)

request_ids = Table(
    "request_ids",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("decision_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("request_ids_by_decision", "decision_id"),
    Index("request_ids_by_time", "at"),
)

# Who read or changed what: the subject is a keyed hash, the detail holds no personal data.
audit = Table(
    "audit",
    metadata,
    Column("audit_no", _Serial, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("audit_by_subject", "subject", "at"),
    Index("audit_by_time", "at"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("completed_at", BigInteger),
    Column("receipt", Text, nullable=False),
    Index("erasures_by_subject", "subject"),
)

# What is left of decisions whose customer was erased, or that grew old: counts.
decision_statistics = Table(
    "decision_statistics",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("arm", Text, primary_key=True),
    Column("action_id", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
