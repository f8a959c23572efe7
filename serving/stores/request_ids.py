"""Requests that were answered, by the caller's own id."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Engine, bindparam, select

from serving.stores.engine import in_portions, upsert
from serving.stores.entries import RequestRow
from serving.stores.tables import request_ids

OF_ID = select(request_ids).where(request_ids.c.request_id == bindparam("id"))
_TAKEN = select(request_ids.c.request_id).where(
    request_ids.c.request_id.in_(bindparam("ids", expanding=True))
)


def taken_ids(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those of the ids that were answered."""
    found: set[str] = set()
    for some in in_portions(ids):
        found.update(connection.scalars(_TAKEN, {"ids": some}))
    return found


def claim(engine: Engine, connection: Connection, rows: Sequence[RequestRow]) -> set[str]:
    """Add requests; return the ids of those that were new.

    Of two transactions that add the same id, the later waits for the earlier to end.
    """
    if not rows:
        return set()
    statement = upsert(engine, request_ids).on_conflict_do_nothing()
    # In one order, so that no two transactions wait for each other.
    values = [row._asdict() for row in sorted(rows)]
    return set(connection.scalars(statement.returning(request_ids.c.request_id), values))
