"""Customer ids that are one person, in SQL."""

from collections.abc import Collection, Sequence

from sqlalchemy import BindParameter, bindparam, or_, select

from serving.stores.engine import in_portions, reading, replace_rows
from serving.stores.ports import PersonRow
from serving.stores.reading import Reader
from serving.stores.tables import profile_persons

_ALL = select(profile_persons.c.customer_id, profile_persons.c.person_id, profile_persons.c.part_id)
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_OWN = select(profile_persons.c.person_id).where(profile_persons.c.customer_id == bindparam("id"))
_OWN_MANY = select(profile_persons.c.person_id).where(profile_persons.c.customer_id.in_(_IDS))
_AROUND_ONE = _ALL.where(
    or_(
        profile_persons.c.person_id == bindparam("id"),
        profile_persons.c.person_id.in_(_OWN.scalar_subquery()),
    )
)
_AROUND_MANY = _ALL.where(
    or_(profile_persons.c.person_id.in_(_IDS), profile_persons.c.person_id.in_(_OWN_MANY))
)


class SqlPersons:
    """``PersonStore`` over one table."""

    def __init__(self, reader: Reader) -> None:
        self._engine = reader.engine
        self._around_one = reader.prepare(_AROUND_ONE)

    def replace(self, persons: Sequence[PersonRow]) -> int:
        """Make these the only ones; return how many were new, changed or dropped."""
        return replace_rows(self._engine, profile_persons, persons)

    def around(self, customer_ids: Collection[str]) -> Sequence[PersonRow]:
        """Return every row of the persons that any of these ids belongs to or stands for."""
        if len(customer_ids) == 1:
            (one,) = customer_ids
            return [PersonRow(*row) for row in self._around_one(id=one)]
        found: set[PersonRow] = set()
        with reading(self._engine) as connection:
            for ids in in_portions(customer_ids):
                found.update(
                    PersonRow(*row) for row in connection.execute(_AROUND_MANY, {"ids": ids})
                )
        return sorted(found)
