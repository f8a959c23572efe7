"""Visitors and the customers they are, in SQL."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, select

from serving.stores.engine import in_portions, reading, replace_rows, transact, upsert
from serving.stores.ports import LinkRow
from serving.stores.reading import Reader
from serving.stores.tables import profile_links

_PAIRS = select(profile_links.c.visitor_id, profile_links.c.customer_id)
_OF_ONE = _PAIRS.where(profile_links.c.visitor_id == bindparam("id"))
_OF_MANY = _PAIRS.where(profile_links.c.visitor_id.in_(bindparam("ids", expanding=True)))


class SqlLinks:
    """``ProfileLinks`` over one table."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._of_one = reader.prepare(_OF_ONE)
        new = upsert(self._engine, profile_links)
        self._put = new.on_conflict_do_update(
            index_elements=["visitor_id"],
            set_={"customer_id": new.excluded.customer_id, "observed_at": new.excluded.observed_at},
            where=new.excluded.observed_at >= profile_links.c.observed_at,
        )

    def put(self, links: Sequence[LinkRow]) -> None:
        """Add links; an older observation never replaces a newer one."""
        if links:
            values = [link._asdict() for link in links]
            transact(self._engine, lambda connection: connection.execute(self._put, values))

    def replace(self, links: Sequence[LinkRow]) -> int:
        """Make these the only links; return how many were new, changed or dropped."""
        return replace_rows(self._engine, profile_links, links)

    def customers_of(self, visitor_ids: Collection[str]) -> Mapping[str, str]:
        """Return the customer_id of each linked visitor."""
        if len(visitor_ids) == 1:
            (visitor_id,) = visitor_ids
            return {visitor: customer for visitor, customer in self._of_one(id=visitor_id)}
        found: dict[str, str] = {}
        with reading(self._engine) as connection:
            for ids in in_portions(visitor_ids):
                rows = connection.execute(_OF_MANY, {"ids": ids})
                found.update((visitor, customer) for visitor, customer in rows)
        return found
