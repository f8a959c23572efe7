"""Changes are counted by table, in a file: what nobody has written since need not be read again.

A server has many writers, who would wait for one another at one counter: there nothing changes.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES = (
    "consents",
    "contacts",
    "events",
    "profile_links",
    "profile_persons",
    "erasures",
    "api_keys",
)


def upgrade() -> None:
    """Have every change of a row counted, whichever program makes it."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in _TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_counted AFTER {event} ON {table} BEGIN"
                f" INSERT INTO counters (name, value) VALUES ('changes of {table}', 1)"
                " ON CONFLICT (name) DO UPDATE SET value = value + 1; END"
            )
