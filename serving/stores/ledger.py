"""The contact ledger in SQL, and the outcomes that feed it."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select, update

from serving.stores.engine import in_portions, reading, transact, upsert
from serving.stores.locks import hold_customers
from serving.stores.ports import ContactRow, LedgerMark, OutcomeRow, OutcomeTally
from serving.stores.reading import Reader
from serving.stores.rows import NOT_DELIVERED
from serving.stores.tables import contacts, decisions, outcomes

_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_SINCE = (
    select(*[contacts.c[name] for name in ContactRow._fields])
    .where(contacts.c.at >= bindparam("since"), contacts.c.outcome != NOT_DELIVERED)
    .order_by(contacts.c.at, contacts.c.contact_no)
)
_OF_ONE = _SINCE.where(contacts.c.customer_id == bindparam("id"))
_OF_MANY = _SINCE.where(contacts.c.customer_id.in_(_IDS))
_NUMBER = func.max(contacts.c.contact_no)
_LAST_OF_ONE = select(func.coalesce(_NUMBER, 0)).where(contacts.c.customer_id == bindparam("id"))
_LAST = (
    select(contacts.c.customer_id, _NUMBER)
    .where(contacts.c.customer_id.in_(_IDS))
    .group_by(contacts.c.customer_id)
)
_OF_DECISION = (
    select(*[outcomes.c[name] for name in OutcomeRow._fields])
    .where(outcomes.c.decision_id == bindparam("id"))
    .order_by(outcomes.c.occurred_at, outcomes.c.outcome_id)
)
_DECISIONS = select(
    decisions.c.decision_id, decisions.c.subject, decisions.c.channel, decisions.c.kind
).where(decisions.c.decision_id.in_(_IDS))
_KINDS = select(contacts.c.decision_id, contacts.c.action_id, contacts.c.kind).where(
    contacts.c.decision_id.in_(_IDS)
)


# Kept under another name: what comes of it later is still known by its kind.
_GIVE_BACK = (
    update(contacts)
    .where(contacts.c.decision_id == bindparam("decision"))
    .where(contacts.c.action_id == bindparam("target"), contacts.c.outcome == "shown")
    .values(outcome=NOT_DELIVERED)
)


class SqlLedger:
    """``ContactLedger`` over the tables of contacts and outcomes."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._of_one = reader.prepare(_OF_ONE)
        self._last_of_one = reader.prepare(_LAST_OF_ONE)
        new = upsert(self._engine, outcomes).on_conflict_do_nothing(index_elements=["outcome_id"])
        self._new = new.returning(outcomes.c.outcome_id)

    def recent(self, customer_ids: Collection[str], since: int) -> list[ContactRow]:
        """Return the rows of these customers at or after ``since``, oldest first."""
        if len(customer_ids) == 1:
            (customer_id,) = customer_ids
            return list(map(ContactRow._make, self._of_one(id=customer_id, since=since)))
        found: list[ContactRow] = []
        with reading(self._engine) as connection:
            for ids in in_portions(customer_ids):
                rows = connection.execute(_OF_MANY, {"ids": ids, "since": since})
                found += map(ContactRow._make, rows)
        return sorted(found, key=lambda row: row.at)

    def mark(self, customer_ids: Collection[str]) -> LedgerMark:
        """Return where the ledger of these customers, together one person, stands now."""
        ids = tuple(sorted(customer_ids))
        if len(ids) == 1:
            return LedgerMark(ids, self._last_of_one(id=ids[0])[0][0])
        with reading(self._engine) as connection:
            return LedgerMark(ids, newest(ids, last_numbers(connection, ids)))

    def record_outcomes(self, rows: Sequence[OutcomeRow]) -> OutcomeTally:
        """Add outcomes not yet known by outcome_id, and a ledger row for each."""
        if not rows:
            return OutcomeTally(0, 0)
        first = {row.outcome_id: row for row in reversed(rows)}
        once = list(reversed(first.values()))
        fresh = transact(self._engine, lambda connection: self._record(connection, once))
        return OutcomeTally(fresh, len(rows) - fresh)

    def _record(self, connection: Connection, rows: Sequence[OutcomeRow]) -> int:
        ledger_rows = _ledger_rows(connection, rows)
        hold_customers(connection, {row.customer_id for row in ledger_rows})
        # In one order, so that no two writers of the same outcomes wait for each other.
        values = [row._asdict() for row in sorted(rows, key=lambda row: row.outcome_id)]
        fresh = set(connection.scalars(self._new, values))
        told = [
            line for row, line in zip(rows, ledger_rows, strict=True) if row.outcome_id in fresh
        ]
        _add(connection, told)
        return len(told)

    def outcomes(self, decision_id: str) -> list[OutcomeRow]:
        """Return what came of a decision, oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(_OF_DECISION, {"id": decision_id})
            return [OutcomeRow._make(row) for row in rows]


def _add(connection: Connection, rows: Sequence[ContactRow]) -> None:
    """Write what was told down as contacts; what was not delivered gives its contact back."""
    given_back = [
        {"decision": row.decision_id, "target": row.action_id}
        for row in rows
        if row.outcome == NOT_DELIVERED
    ]
    told = [row._asdict() for row in rows if row.outcome != NOT_DELIVERED]
    if told:
        connection.execute(insert(contacts), told)
    if given_back:
        connection.execute(_GIVE_BACK, given_back)


def last_numbers(connection: Connection, customer_ids: Collection[str]) -> Mapping[str, int]:
    """Return the number of the newest row of each of these customers who has any."""
    found: dict[str, int] = {}
    for ids in in_portions(customer_ids):
        found.update(
            (customer, number) for customer, number in connection.execute(_LAST, {"ids": ids})
        )
    return found


def newest(customer_ids: Collection[str], numbers: Mapping[str, int]) -> int:
    """Return the newest number of a person's ids, 0 for none."""
    return max((numbers.get(customer, 0) for customer in customer_ids), default=0)


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
