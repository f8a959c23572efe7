"""From decisions to anonymous counts: what stays when a person goes, or a period ends."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from serving.stores.engine import upsert
from serving.stores.packed import unpack
from serving.stores.rows import StatisticsRow
from serving.stores.tables import contacts, decision_statistics, decisions, outcomes, request_ids

DAY = 86_400
DECIDED = "decided"
_Key = tuple[int, str, str, str, str, str]
_KEYS = [column.name for column in decision_statistics.primary_key]


def forget_decisions(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """Count decisions and what came of them, then delete them with all that hangs on them.

    Parameters
    ----------
    ids
        Few enough for one query.

    Returns
    -------
    Rows deleted, by table.
    """
    _add(connection, _counts(connection, ids))
    gone = {}
    # In this order: contacts and outcomes refer to decisions.
    for table in (request_ids, contacts, outcomes, decisions):
        found = connection.execute(delete(table).where(table.c.decision_id.in_(ids)))
        gone[table.name] = found.rowcount
    return gone


def read_statistics(connection: Connection) -> list[StatisticsRow]:
    """Return what is left of decisions that are gone, oldest first."""
    columns = [decision_statistics.c[name] for name in StatisticsRow._fields]
    return [StatisticsRow(*row) for row in connection.execute(select(*columns).order_by(*columns))]


def _counts(connection: Connection, ids: Sequence[str]) -> Counter[_Key]:
    counts: Counter[_Key] = Counter()
    held: dict[str, tuple[str, str, str]] = {}
    rows = select(
        decisions.c.decision_id,
        decisions.c.decided_at,
        decisions.c.kind,
        decisions.c.channel,
        decisions.c.body,
    ).where(decisions.c.decision_id.in_(ids))
    for decision_id, at, kind, channel, packed in connection.execute(rows):
        body = unpack(packed)
        held[decision_id] = (kind, channel, str(body.get("arm") or ""))
        for action_id in chosen(body):
            counts[(at // DAY, *held[decision_id], action_id, DECIDED)] += 1
    told = select(
        outcomes.c.decision_id, outcomes.c.occurred_at, outcomes.c.action_id, outcomes.c.outcome
    ).where(outcomes.c.decision_id.in_(ids))
    for decision_id, at, action_id, outcome in connection.execute(told):
        counts[(at // DAY, *held[decision_id], action_id or "", outcome)] += 1
    return counts


def chosen(body: dict[str, Any]) -> Iterable[str]:
    """Return the actions of a decision; a decision on items, or on nothing, counts once."""
    return [str(each["action_id"]) for each in body.get("actions", ())] or [""]


def _add(connection: Connection, counts: Counter[_Key]) -> None:
    if not counts:
        return
    new = upsert(connection.engine, decision_statistics)
    add = new.on_conflict_do_update(
        index_elements=_KEYS,
        set_={"count": decision_statistics.c.count + new.excluded.count},
    )
    names = [*_KEYS, "count"]
    rows = [dict(zip(names, (*key, n), strict=True)) for key, n in sorted(counts.items())]
    connection.execute(add, rows)
