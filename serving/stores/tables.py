"""The tables of the online store. A change here needs a revision in ``migrations``."""

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

REVISION = "0005"
"""The newest of ``migrations/versions``."""
STOCK = "stock"
"""The counter that every write of stock figures raises."""
COUNTED = "changes of "
"""How the counters begin that triggers of a file keep (revision 0005): a table's name follows."""

metadata = MetaData()
# SQLite numbers rows by itself only for a column of the type INTEGER.
_Serial = BigInteger().with_variant(Integer, "sqlite")
# Sorted by its bytes on either database, whatever language a server was set up for.
_Text = Text().with_variant(Text(collation="C"), "postgresql")

# Of the time before migrations: a program of that time reads it, and refuses what it does not know.
schema_version = Table(
    "schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False)
)

consents = Table(
    "consents",
    metadata,
    Column("sequence", _Serial, primary_key=True, autoincrement=True),
    Column("customer_id", _Text, nullable=False),
    Column("purpose", _Text, nullable=False),
    Column("channel", _Text, nullable=False),
    Column("status", _Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("source", _Text, nullable=False),
    Index("consents_by_customer", "customer_id"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", _Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

stock_levels = Table(
    "stock_levels",
    metadata,
    Column("item_id", _Text, primary_key=True),
    Column("location_id", _Text, primary_key=True),
    Column("quantity", Float, nullable=False),
    Column("status", _Text, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Index("stock_levels_by_sequence", "sequence"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", _Text, primary_key=True),
    Column("decided_at", BigInteger, nullable=False),
    Column("kind", _Text, nullable=False),
    Column("subject", _Text, nullable=False),
    Column("channel", _Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("decisions_by_subject", "subject", "decided_at"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("contact_no", _Serial, primary_key=True, autoincrement=True),
    Column("customer_id", _Text, nullable=False),
    Column("channel", _Text, nullable=False),
    Column("action_id", _Text, nullable=False),
    Column("kind", _Text, nullable=False),
    Column("outcome", _Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("decision_id", _Text, ForeignKey(decisions.c.decision_id), nullable=False),
    Index("contacts_by_customer", "customer_id", "at"),
    Index("contacts_by_decision", "decision_id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome_id", _Text, primary_key=True),
    Column("decision_id", _Text, ForeignKey(decisions.c.decision_id), nullable=False),
    Column("action_id", _Text),
    Column("item_id", _Text),
    Column("outcome", _Text, nullable=False),
    Column("value", Float),
    Column("occurred_at", BigInteger, nullable=False),
    Index("outcomes_by_decision", "decision_id"),
)

events = Table(
    "events",
    metadata,
    Column("event_no", _Serial, primary_key=True, autoincrement=True),
    Column("event_id", _Text, nullable=False, unique=True),
    Column("customer_id", _Text),
    Column("visitor_id", _Text),
    Column("event_type", _Text, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("item_id", _Text),
    Column("order_id", _Text),
    Column("session_id", _Text),
    Column("channel", _Text),
    Column("query", _Text),
    Index("events_by_customer", "customer_id", "occurred_at"),
    Index("events_by_visitor", "visitor_id", "occurred_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_hash", _Text, primary_key=True),
    Column("label", _Text, nullable=False),
    Column("scopes", _Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("key_id", _Text),
)

profile_links = Table(
    "profile_links",
    metadata,
    Column("visitor_id", _Text, primary_key=True),
    Column("customer_id", _Text, nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    Index("profile_links_by_customer", "customer_id"),
)

profile_persons = Table(
    "profile_persons",
    metadata,
    Column("customer_id", _Text, primary_key=True),
    Column("person_id", _Text, nullable=False),
    Column("part_id", _Text, nullable=False),
    Index("profile_persons_by_person", "person_id"),
)

rules = Table(
    "rules",
    metadata,
    Column("policy_version", _Text, primary_key=True),
    Column("actions", _Text, nullable=False),
    Column("policy", _Text, nullable=False),
    Column("columns", _Text, nullable=False),
    Column("models", _Text, nullable=False),
    Column("kept_at", BigInteger, nullable=False),
)

request_ids = Table(
    "request_ids",
    metadata,
    Column("request_id", _Text, primary_key=True),
    Column("kind", _Text, nullable=False),
    Column("fingerprint", _Text, nullable=False),
    Column("decision_id", _Text, nullable=False),
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
    Column("actor", _Text, nullable=False),
    Column("act", _Text, nullable=False),
    Column("subject", _Text, nullable=False),
    Column("detail", _Text, nullable=False),
    Index("audit_by_subject", "subject", "at"),
    Index("audit_by_time", "at"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", _Text, primary_key=True),
    Column("subject", _Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("completed_at", BigInteger),
    Column("receipt", _Text, nullable=False),
    Index("erasures_by_subject", "subject"),
)

# What is left of decisions whose customer was erased, or that grew old: counts.
decision_statistics = Table(
    "decision_statistics",
    metadata,
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", _Text, primary_key=True),
    Column("channel", _Text, primary_key=True),
    Column("arm", _Text, primary_key=True),
    Column("action_id", _Text, primary_key=True),
    Column("outcome", _Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
