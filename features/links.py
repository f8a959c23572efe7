"""Whose an identifier was known to be, and which customers were one, as of each moment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from duckdb import DuckDBPyConnection

from features.identity.laying import lay_persons
from features.identity.rules import DEFAULT, Evidence
from features.identity.views import merge_groups, resolved_views

LINKS = "links"
PERSONS = "persons"


def lay_links(con: DuckDBPyConnection, as_of: Sequence[int], evidence: Evidence = DEFAULT) -> None:
    """Create the temporary tables ``cutoffs(as_of)``, ``links`` and ``persons``.

    ``links(as_of, identifier_type, value, customer_id)`` has one row for each identifier that
    belonged to exactly one person with a customer id, by what was observed strictly before
    ``as_of``; ``customer_id`` is the one that stands for the person.

    ``persons(as_of, customer_id, person_id, part_id)`` has one row for each customer id that
    another one stands for; it is empty when no two customer ids are one person. ``part_id``
    stands for those that certain links join: consent goes no further.

    Parameters
    ----------
    con
        Connection that holds ``identifiers``, ``customers`` and ``transactions``.
    as_of
        Epoch seconds, UTC; repeats are dropped.
    evidence
        What it takes to join.
    """
    con.execute("create or replace temp table cutoffs (as_of BIGINT)")
    con.execute("insert into cutoffs select unnest($as_of)", {"as_of": sorted(set(as_of))})
    lay_persons(con, as_of, evidence)


@contextmanager
def as_people(con: DuckDBPyConnection, as_of: int) -> Iterator[None]:
    """Within the block, read every table by the ids that stood for people as of a moment."""
    lay_links(con, [as_of])
    (group,) = merge_groups(con, [as_of])
    with resolved_views(con, group.merged):
        yield
