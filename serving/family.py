"""Customer ids that are one person, around the subjects of one block."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from decisioning.consent import ConsentRecord
from serving.stores.ports import PersonRow, PersonStore


@dataclass(frozen=True)
class Family:
    """Who stands for whom.

    Parameters
    ----------
    rows
        By customer id, for ids that another one stands for; most blocks have none.
    """

    rows: Mapping[str, PersonRow] = field(default_factory=dict)

    @classmethod
    def around(cls, store: PersonStore, customer_ids: Sequence[str]) -> "Family":
        """Read what concerns these ids."""
        known = {i for i in customer_ids if i}
        return cls({row.customer_id: row for row in store.around(known)} if known else {})

    def person(self, customer_id: str) -> str:
        """Return the id that stands for this one, itself in the usual case."""
        row = self.rows.get(customer_id)
        return row.person_id if row else customer_id

    def members(self, person_ids: Iterable[str]) -> list[str]:
        """Return these ids and those they stand for, each once; empty ids are left out."""
        wanted = {i for i in person_ids if i}
        return [*wanted, *(r.customer_id for r in self.rows.values() if r.person_id in wanted)]

    def part(self, customer_id: str) -> int:
        """Return which part of the person an id is, 0 for what stands for it by certain links."""
        return self._numbers.get(self._part_id(customer_id), 0)

    def parts(self, person_id: str) -> tuple[ConsentRecord, ...]:
        """Name the parts of a person, so that one without any consent is not overlooked.

        Empty where all is certain: one ledger, as if there had always been one id.
        """
        numbers = self._numbers
        found = {numbers[r.part_id] for r in self.rows.values() if r.person_id == person_id}
        extra = sorted(found - {0})
        return tuple(ConsentRecord("", "any", "unknown", 0, part=k) for k in [0, *extra] if extra)

    def _part_id(self, customer_id: str) -> str:
        row = self.rows.get(customer_id)
        return row.part_id if row else customer_id

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Number the parts within each person; what the person's own id belongs to is 0."""
        by_person: dict[str, set[str]] = defaultdict(set)
        for row in self.rows.values():
            by_person[row.person_id].add(row.part_id)
        numbers: dict[str, int] = {}
        for person, parts in by_person.items():
            numbers |= {part: k for k, part in enumerate(sorted(parts - {person}), start=1)}
            numbers[person] = 0
        return numbers
