"""Whose an identifier was known to be, as of each moment."""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

LINKS = "links"

_DIRECT = """
create or replace temp table links as
select c.as_of, i.identifier_type, i.value, min(i.customer_id) as customer_id
from identifiers i
join cutoffs c on i.observed_at < c.as_of
where i.customer_id is not null
group by c.as_of, i.identifier_type, i.value
having count(distinct i.customer_id) = 1
"""


def lay_links(con: DuckDBPyConnection, as_of: Sequence[int]) -> None:
    """Create the temporary tables ``cutoffs(as_of)`` and ``links`` that features read.

    ``links(as_of, identifier_type, value, customer_id)`` has one row for each identifier that
    belonged to exactly one customer by what was observed strictly before ``as_of``.

    Parameters
    ----------
    as_of
        Epoch seconds, UTC; repeats are dropped.
    """
    con.execute("create or replace temp table cutoffs (as_of BIGINT)")
    con.execute("insert into cutoffs select unnest($as_of)", {"as_of": sorted(set(as_of))})
    con.execute(_DIRECT)
