"""Whom a training run may learn from: what customers say now, whatever date is trained as of."""

from collections.abc import Sequence
from typing import NamedTuple

import duckdb
import pyarrow as pa

from features.links import lay_links


class Statement(NamedTuple):
    """A statement of consent from the online store; times in epoch seconds UTC."""

    customer_id: str
    purpose: str
    channel: str
    status: str
    recorded_at: int
    expires_at: int | None


def bind_current_consents(
    con: duckdb.DuckDBPyConnection, online: Sequence[Statement], now: int
) -> None:
    """Make what is refused now refused at every moment of the run.

    A model is made today, from rows of last year: a customer who has withdrawn since is in none
    of them, and neither are the other ids that are certainly the same customer. What is granted
    now keeps its history, so a row still knows only the consents of its own time. Replaces the
    view ``consents`` of the connection.

    Parameters
    ----------
    online
        Statements made since ingestion, from the online store; others are in the tables.
    now
        The moment of the run, epoch seconds UTC; what expired before it is refused.
    """
    con.execute(
        "create temp table online_statements (customer_id varchar, purpose varchar, "
        "channel varchar, status varchar, recorded_at bigint, expires_at bigint)"
    )
    if online:
        # Row by row, DuckDB takes a second a thousand.
        columns = zip(*online, strict=True)
        rows = pa.table(dict(zip(Statement._fields, map(list, columns), strict=True)))
        con.register("told_online", rows)
        con.execute("insert into online_statements by name from told_online")
        con.unregister("told_online")
    lay_links(con, [now + 1])
    con.execute(_REFUSED_NOW, {"now": now})
    con.execute("alter view consents rename to consents_ingested")
    con.execute(_CONSENTS)


_REFUSED_NOW = """
create temp table refused_now as
with told as (
  select customer_id, purpose, channel, status, recorded_at, expires_at from consents
  union all select * from online_statements
), latest as (
  select coalesce(p.part_id, t.customer_id) as part_id, purpose,
         max_by(status, (recorded_at, status <> 'granted')) as status,
         max_by(expires_at, (recorded_at, status <> 'granted')) as expires_at
  from told t left join persons p using (customer_id) where channel = 'any' group by all
), refused as (
  select part_id, purpose from latest where status <> 'granted' or expires_at <= $now
)
select part_id as customer_id, purpose from refused
union select p.customer_id, r.purpose from refused r join persons p using (part_id)
"""

_CONSENTS = """
create view consents as
select * from consents_ingested
anti join refused_now using (customer_id, purpose)
union all by name
select customer_id, purpose, 'any' as channel, 'withdrawn' as status, 0 as recorded_at,
       cast(null as bigint) as expires_at, 'refused_now' as source
from refused_now
"""
