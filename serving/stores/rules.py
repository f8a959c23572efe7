"""The rules that decided, in SQL: a few kilobytes a version, kept once and never changed."""

from sqlalchemy import bindparam, select

from serving.stores.engine import upsert, writing
from serving.stores.ports import RulesRow
from serving.stores.reading import Reader
from serving.stores.tables import rules

_GET = select(*[rules.c[name] for name in RulesRow._fields]).where(
    rules.c.policy_version == bindparam("version")
)


class SqlRules:
    """``RuleStore`` over one table."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._get = reader.prepare(_GET)

    def keep(self, rules_row: RulesRow) -> bool:
        """Keep the rules of a version, once; say whether they were new."""
        new = upsert(self._engine, rules).values(rules_row._asdict())
        with writing(self._engine) as connection:
            done = connection.execute(new.on_conflict_do_nothing())
        return done.rowcount > 0

    def get(self, policy_version: str) -> RulesRow | None:
        """Return the rules of a version, None when they were never kept."""
        rows = self._get(version=policy_version)
        return RulesRow._make(rows[0]) if rows else None
