"""The contact ledger in SQL, and the outcomes that feed it."""

from collections.abc import Collection, Sequence

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select

from serving.stores.engine import hold_customers, in_portions, writing
from serving.stores.ports import ContactRow, LedgerMark, OutcomeRow, OutcomeTally
from serving.stores.reading import Reader
from serving.stores.tables import contacts, decisions, outcomes

_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_SINCE = (
    select(*[contacts.c[name] for name in ContactRow._fields])
    .where(contacts.c.at >= bindparam("since"))
    .order_by(contacts.c.at, contacts.c.contact_no)
)
_OF_ONE = _SINCE.where(contacts.c.customer_id == bindparam("id"))
_OF_MANY = _SINCE.where(contacts.c.customer_id.in_(_IDS))
_LAST = select(func.coalesce(func.max(contacts.c.contact_no), 0))
_LAST_OF_ONE = _LAST.where(contacts.c.customer_id == bindparam("id"))
_LAST_OF_MANY = _LAST.where(contacts.c.customer_id.in_(_IDS))
_OF_DECISION = (
    select(*[outcomes.c[name] for name in OutcomeRow._fields])
    .where(outcomes.c.decision_id == bindparam("id"))
    .order_by(outcomes.c.occurred_at, outcomes.c.outcome_id)
)
_KNOWN = select(outcomes.c.outcome_id).where(outcomes.c.outcome_id.in_(_IDS))
_DECISIONS = select(
    decisions.c.decision_id, decisions.c.subject, decisions.c.channel, decisions.c.kind
).where(decisions.c.decision_id.in_(_IDS))
_KINDS = select(contacts.c.decision_id, contacts.c.action_id, contacts.c.kind).where(
    contacts.c.decision_id.in_(_IDS)
)


class SqlLedger:
    """``ContactLedger`` over the tables of contacts and outcomes."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._of_one = reader.prepare(_OF_ONE)
        self._last_of_one = reader.prepare(_LAST_OF_ONE)

    def recent(self, customer_ids: Collection[str], since: int) -> list[ContactRow]:
        """Return the rows of these customers at or after ``since``, oldest first."""
        if len(customer_ids) == 1:
            (customer_id,) = customer_ids
            return list(map(ContactRow._make, self._of_one(id=customer_id, since=since)))
        found: list[ContactRow] = []
        with self._engine.connect() as connection:
            for ids in in_portions(customer_ids):
                rows = connection.execute(_OF_MANY, {"ids": ids, "since": since})
                found += map(ContactRow._make, rows)
        return sorted(found, key=lambda row: row.at)

    def mark(self, customer_ids: Collection[str]) -> LedgerMark:
        """Return where the ledger of these customers, together one person, stands now."""
        ids = tuple(sorted(customer_ids))
        if len(ids) == 1:
            return LedgerMark(ids, self._last_of_one(id=ids[0])[0][0])
        with self._engine.connect() as connection:
            return LedgerMark(ids, last_number(connection, ids))

    def record_outcomes(self, rows: Sequence[OutcomeRow]) -> OutcomeTally:
        """Add outcomes not yet known by outcome_id, and a ledger row for each."""
        with writing(self._engine) as connection:
            fresh = _fresh(connection, rows)
            if fresh:
                ledger_rows = _ledger_rows(connection, fresh)
                hold_customers(connection, {row.customer_id for row in ledger_rows})
                connection.execute(insert(outcomes), [row._asdict() for row in fresh])
                connection.execute(insert(contacts), [row._asdict() for row in ledger_rows])
        return OutcomeTally(len(fresh), len(rows) - len(fresh))

    def outcomes(self, decision_id: str) -> list[OutcomeRow]:
        """Return what came of a decision, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(_OF_DECISION, {"id": decision_id})
            return [OutcomeRow._make(row) for row in rows]


def last_number(connection: Connection, customer_ids: Collection[str]) -> int:
    """Return the number of the newest row of these customers, 0 for none."""
    portions = in_portions(customer_ids)
    found = [connection.scalar(_LAST_OF_MANY, {"ids": ids}) for ids in portions]
    return max((int(number) for number in found if number is not None), default=0)


def _fresh(connection: Connection, rows: Sequence[OutcomeRow]) -> list[OutcomeRow]:
    """Return the first row of each outcome_id that is not stored yet."""
    first = {row.outcome_id: row for row in reversed(rows)}
    for ids in in_portions(list(first)):
        for known in connection.scalars(_KNOWN, {"ids": ids}):
            del first[known]
    return list(reversed(first.values()))


def _ledger_rows(connection: Connection, rows: Sequence[OutcomeRow]) -> list[ContactRow]:
    taken: dict[str, tuple[str, str, str]] = {}
    kinds: dict[tuple[str, str], str] = {}
    for ids in in_portions({row.decision_id for row in rows}):
        for decision_id, subject, channel, kind in connection.execute(_DECISIONS, {"ids": ids}):
            taken[decision_id] = (subject, channel, kind)
        for decision_id, action_id, kind in connection.execute(_KINDS, {"ids": ids}):
            kinds[decision_id, action_id] = kind
    unknown = sorted({row.decision_id for row in rows} - set(taken))
    if unknown:
        raise ValueError(f"no such decisions: {', '.join(unknown[:3])}")
    return [_ledger_row(row, taken[row.decision_id], kinds) for row in rows]


def _ledger_row(
    row: OutcomeRow, decision: tuple[str, str, str], kinds: dict[tuple[str, str], str]
) -> ContactRow:
    subject, channel, decision_kind = decision
    target = row.action_id or row.item_id or ""
    kind = kinds.get((row.decision_id, target), decision_kind)
    return ContactRow(subject, channel, target, kind, row.outcome, row.occurred_at, row.decision_id)
