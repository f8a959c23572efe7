"""Who read or changed what, in SQL: rows are added, and end only by their period."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from serving.stores.engine import reading, writing
from serving.stores.ports import AuditRow
from serving.stores.reading import Reader
from serving.stores.tables import audit

_COLUMNS = [audit.c[name] for name in AuditRow._fields]


class SqlAudit:
    """``AuditLog`` over one table."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine

    def add(self, rows: Sequence[AuditRow]) -> None:
        """Add rows; their numbers are given here."""
        if rows:
            told = [{k: v for k, v in row._asdict().items() if k != "audit_no"} for row in rows]
            with writing(self._engine) as connection:
                connection.execute(insert(audit), told)

    def page(self, before: int | None, limit: int, subject: str | None = None) -> list[AuditRow]:
        """Return the newest rows, newest first, of those numbered below ``before``."""
        query = select(*_COLUMNS).order_by(audit.c.audit_no.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.audit_no < before)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        with reading(self._engine) as connection:
            return [AuditRow(*row) for row in connection.execute(query)]

    def discard(self, before: int) -> int:
        """Delete what was written down before a moment; return how many rows."""
        with writing(self._engine, patient=True) as connection:
            return connection.execute(delete(audit).where(audit.c.at < before)).rowcount
