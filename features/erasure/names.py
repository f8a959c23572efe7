"""Under which names one person is kept."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from features.links import lay_links

VISITOR_TYPES = ("cookie", "device")
_SOCIAL = "social"
_PERSON = "select coalesce(any_value({}), $id) from persons where customer_id = $id"
_CUSTOMERS = "select customer_id from persons where part_id = $part union select $part"
_WHOLE = "select bool_and(part_id = $part) from persons where person_id = $person"
# What others are seen with too is not this person's: a family's computer, a shop's tablet.
_STATED = """
select distinct identifier_type, value from identifiers
where customer_id in (select unnest($customers)) and relation = 'same' and match = 'exact'
and (identifier_type, value) not in (
    select (identifier_type, value) from identifiers
    where customer_id not in (select unnest($customers)) and relation = 'same'
)
"""
_LINKED = "select identifier_type, value from links where customer_id = $person"


@dataclass(frozen=True)
class Names:
    """Every name of one person.

    Parameters
    ----------
    customers
        Customer ids that are surely this person.
    identifiers
        ``(identifier_type, value)`` of what belongs to nobody else.
    """

    customers: frozenset[str]
    identifiers: frozenset[tuple[str, str]] = frozenset()

    @property
    def visitors(self) -> frozenset[str]:
        """Cookies and devices."""
        return frozenset(v for kind, v in self.identifiers if kind in VISITOR_TYPES)

    @property
    def accounts(self) -> frozenset[str]:
        """Accounts on social networks."""
        return frozenset(v for kind, v in self.identifiers if kind == _SOCIAL)

    @property
    def keys(self) -> list[str]:
        """Return one text a name, sorted: what a keyed hash is made of."""
        return sorted({*self.customers, *(identifier_key(*each) for each in self.identifiers)})

    def with_visitors(self, customers: frozenset[str], visitors: frozenset[str]) -> "Names":
        """Return these names and further ones, which the online store knows."""
        more = {(VISITOR_TYPES[0], v) for v in visitors - self.visitors}
        return Names(self.customers | customers, self.identifiers | more)


def identifier_key(identifier_type: str, value: str) -> str:
    """Return the text that stands for an identifier; no customer id holds control characters."""
    kind = "visitor" if identifier_type in VISITOR_TYPES else identifier_type
    return f"\x1f{kind}:{value}"


def find_names(con: DuckDBPyConnection, customer_id: str, now: int) -> Names:
    """Find the names of the person that a customer id is, by all that was observed until now.

    Likely links join no two people here: what is not surely theirs is neither shown to them nor
    deleted with them.

    Parameters
    ----------
    con
        Of the canonical tables.
    now
        Epoch seconds UTC.
    """
    lay_links(con, [now + 1])
    part, person = (
        str(con.execute(_PERSON.format(column), {"id": customer_id}).fetchall()[0][0])
        for column in ("part_id", "person_id")
    )
    found = con.execute(_CUSTOMERS, {"part": part}).fetchall()
    customers = frozenset({customer_id, *(str(row[0]) for row in found)})
    identifiers = con.execute(_STATED, {"customers": sorted(customers)}).fetchall()
    whole = con.execute(_WHOLE, {"part": part, "person": person}).fetchall()[0][0]
    if whole is not False:
        identifiers += con.execute(_LINKED, {"person": person}).fetchall()
    return Names(customers, frozenset((str(kind), str(value)) for kind, value in identifiers))
