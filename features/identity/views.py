"""The tables as seen through a merge: every customer id replaced by the one that stands for it.

Views of the temporary schema hide the tables of the same name in ``main``, which stay as they
are. Where no two customer ids are one person, nothing is created.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pyarrow as pa
from duckdb import DuckDBPyConnection

from features.columns import CUSTOMER_ID
from features.derived import DERIVED, create_derived_views
from features.identity.consents import TIMELINE
from features.schemas import TABLES

_OWN = ("identifiers", "customers", "consents")
_PLAIN = tuple(
    table.name for table in TABLES.values() if CUSTOMER_ID in table.names and table.name not in _OWN
)
LIKELY = """
select customer_id, person_id, part_id from merged
where person_id in (select person_id from merged where part_id <> person_id)
union
select person_id, person_id, person_id from merged
where person_id in (select person_id from merged where part_id <> person_id)
"""
"""SELECT of the table ``likely``: every customer id of people that a likely link joins."""


class Merged(NamedTuple):
    """A customer id for which another one stands."""

    customer_id: str
    person_id: str
    part_id: str


class MergeGroup(NamedTuple):
    """Moments at which the same customers were one person; ``merged`` is usually empty."""

    as_of: tuple[int, ...]
    merged: tuple[Merged, ...]


def merge_groups(con: DuckDBPyConnection, as_of: Sequence[int]) -> list[MergeGroup]:
    """Group moments by who was merged, from the table ``persons``.

    Parameters
    ----------
    con
        Connection on which :func:`features.links.lay_links` was called for these moments.
    as_of
        Epoch seconds, UTC; repeats are dropped.

    Returns
    -------
    In the order of their first moment; each moment is in one group. With nothing merged at all,
    one group.
    """
    rows = con.execute(
        "select as_of, customer_id, person_id, part_id from persons order by all"
    ).fetchall()
    at: dict[int, list[Merged]] = {moment: [] for moment in sorted(set(as_of))}
    for moment, *names in rows:
        if moment in at:
            at[moment].append(Merged(*names))
    groups: dict[tuple[Merged, ...], list[int]] = {}
    for moment, merged in at.items():
        groups.setdefault(tuple(merged), []).append(moment)
    return [MergeGroup(tuple(moments), merged) for merged, moments in groups.items()]


@contextmanager
def resolved_views(con: DuckDBPyConnection, merged: Sequence[Merged]) -> Iterator[None]:
    """Within the block, read every table by the ids that stand for people.

    Parameters
    ----------
    con
        Connection whose canonical tables and derived views stand in the schema ``main``, as
        :func:`features.tables.open_tables` leaves them.
    merged
        One group's rows; nothing is done when there are none.
    """
    if not merged:
        yield
        return
    lay_merged(con, merged)
    # The schema of temporary views is called main too: only the database tells them apart.
    database = con.execute("select current_database()").fetchall()[0][0]
    views = resolved_selects(f'"{database}".main.{{}}'.format)
    try:
        for name, select in views.items():
            con.execute(f"create or replace temp view {name} as {select}")
        yield
    finally:
        for name in reversed(views):
            con.execute(f"drop view if exists temp.{name}")
        create_derived_views(con.execute)
        con.execute("drop table temp.likely")
        con.execute("drop table temp.merged")
        create_derived_views(con.execute)


def lay_merged(con: DuckDBPyConnection, merged: Sequence[Merged]) -> None:
    """Create the temporary tables ``merged`` and ``likely`` that the views read."""
    columns = list(zip(*merged, strict=True))
    rows = pa.table(dict(zip(Merged._fields, map(list, columns), strict=True)))
    con.register("merged_rows", rows)
    con.execute("create or replace temp table merged as from merged_rows")
    con.unregister("merged_rows")
    con.execute(f"create or replace temp table likely as {LIKELY}")


def resolved_selects(original: Callable[[str], str]) -> dict[str, str]:
    """Render the SELECT of each table that names customers, and of the derived views.

    Parameters
    ----------
    original
        Name of a canonical table -> how to read it as it is.

    Returns
    -------
    In an order in which they can be created; portable SQL, for DuckDB and Spark.
    """
    selects = {name: _renamed(name, original(name)) for name in _PLAIN}
    selects["customers"] = _one_row_each(original("customers"))
    selects["consents"] = _ledger(original("consents"))
    return selects | DERIVED


def _renamed(name: str, original: str) -> str:
    columns = ", ".join(
        f"coalesce(m.person_id, t.{c}) as {c}" if c == CUSTOMER_ID else f"t.{c}"
        for c in TABLES[name].names
    )
    return f"select {columns} from {original} t left join merged m on t.customer_id = m.customer_id"


def _one_row_each(original: str) -> str:
    """Keep of each column what the standing id says, else the one that signed up first."""
    names = [c for c in TABLES["customers"].names if c not in (CUSTOMER_ID, "signed_up_at")]
    filled = ", ".join(f"min_by({c}, place) filter (where {c} is not null) as {c}" for c in names)
    listed = ", ".join(f"t.{c}" for c in TABLES["customers"].names if c != CUSTOMER_ID)
    columns = ", ".join(TABLES["customers"].names)
    return (
        f"select {columns} from (select person_id as customer_id,"
        f" min(signed_up_at) as signed_up_at, {filled} from ("
        f"select coalesce(m.person_id, t.customer_id) as person_id, {listed},"
        " row_number() over (partition by coalesce(m.person_id, t.customer_id)"
        " order by case when m.person_id is null then 0 else 1 end,"
        " coalesce(t.signed_up_at, 9223372036854775807), t.customer_id) as place"
        f" from {original} t left join merged m on t.customer_id = m.customer_id"
        ") p group by person_id) q"
    )


def _ledger(original: str) -> str:
    """Take certain parts as one ledger, and people with a likely link by what each part allows."""
    columns = ", ".join(
        "coalesce(m.person_id, t.customer_id) as customer_id" if c == CUSTOMER_ID else f"t.{c}"
        for c in TABLES["consents"].names
    )
    return (
        f"select {columns} from {original} t left join merged m on t.customer_id = m.customer_id"
        " where t.customer_id not in (select customer_id from likely)"
        f" union all select * from ({TIMELINE.format(consents=original)}) j"
    )
