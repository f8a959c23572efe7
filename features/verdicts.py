"""Typed rows against what stands: new, unchanged, an update, or the key of another source."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from features.columns import SOURCE, Table
from features.inserting import insert_rows
from features.sources.base import YIELDING
from features.standing import same_key
from features.storage import CHANGED, GONE, NEW

KIND = "_kind"
_YIELDING = ", ".join(f"'{name}'" for name in YIELDING)


@dataclass(frozen=True)
class Target:
    """Where accepted rows are written.

    Parameters
    ----------
    schema
        ``main`` for plain tables; the schema of a run for tables with the column ``_kind``, which
        hold what the run adds to the rows that stand.
    """

    schema: str = "main"

    @property
    def of_a_run(self) -> bool:
        """Whether rows are marked new, changed or gone."""
        return self.schema != "main"


def judge(con: DuckDBPyConnection, table: Table) -> None:
    """Fill ``temp.verdicts(row_no, verdict)`` for the rows without a fault.

    A row that differs from the one with its key in ``main`` updates it when both are of one
    source, or when the one that stands only filled a gap; otherwise it becomes a fault.
    """
    contents = [name for name in table.names if name not in table.key and name != SOURCE]
    same = " and ".join(f"c.{n} is not distinct from s.{n}" for n in contents) or "true"
    if not con.execute(f"select 1 from main.{table.name} limit 1").fetchall():
        con.execute("create or replace temp table verdicts as select row_no, 'new' as verdict"
                    " from clean")  # fmt: skip
        return
    con.execute(
        f"""
        create or replace temp table verdicts as
        select c.row_no, case
          when s._stands is null then 'new'
          when c.source in ({_YIELDING}) and s.source not in ({_YIELDING}) then 'unchanged'
          when s.source in ({_YIELDING}) and c.source <> s.source then 'updated'
          when {same} then 'unchanged'
          when c.source = s.source then 'updated'
          else 'taken' end as verdict
        from clean c left join (select *, true as _stands from main.{table.name}) s
        on {same_key(table, "c", "s")}"""
    )
    shown = " || '/' || ".join(f"coalesce(cast({name} as VARCHAR), '')" for name in table.key)
    insert_rows(
        con,
        "faults",
        f"select row_no, '{table.key[0]}', {shown},"
        " 'key of an earlier source', 'give each row its own key; the earlier row was kept.'"
        " from typed where row_no in (select row_no from verdicts where verdict = 'taken')",
    )


def move(con: DuckDBPyConnection, table: Table, target: Target) -> None:
    """Write new and updated rows to the target."""
    relation = f"{target.schema}.{table.name}"
    chosen = ", ".join(f"c.{name}" for name in table.names)
    rows, kind = "clean c", f"'{NEW}'"
    if not _all_new(con, relation):
        _drop_replaced(con, table, target)
        rows = (
            "clean c join verdicts v on v.row_no = c.row_no and v.verdict in ('new', 'updated')"
            " left join replaced k on k.row_no = c.row_no"
        )
        kind = f"coalesce(k.kind, case v.verdict when 'new' then '{NEW}' else '{CHANGED}' end)"
    columns = ", ".join((*table.names, KIND) if target.of_a_run else table.names)
    insert_rows(
        con,
        f"{relation} ({columns})",
        f"select {chosen}{f', {kind}' if target.of_a_run else ''} from {rows}",
    )


def _all_new(con: DuckDBPyConnection, relation: str) -> bool:
    """Tell the first load of a table, whose millions of rows need no join."""
    held = con.execute(f"select 1 from {relation} limit 1").fetchall()
    other = con.execute("select 1 from verdicts where verdict <> 'new' limit 1").fetchall()
    return not held and not other


def _drop_replaced(con: DuckDBPyConnection, table: Table, target: Target) -> None:
    """Take out what the target holds of the accepted keys; keep each one's kind."""
    relation = f"{target.schema}.{table.name}"
    kind = f"case t.{KIND} when '{GONE}' then '{CHANGED}' else t.{KIND} end"
    con.execute(
        "create or replace temp table replaced as"
        f" select c.row_no, t.rowid as id, {kind if target.of_a_run else 'null'} as kind"
        f" from clean c join verdicts v on v.row_no = c.row_no"
        " and v.verdict in ('new', 'updated')"
        f" join {relation} t on {same_key(table, 'c', 't')}"
    )
    con.execute(f"delete from {relation} where rowid in (select id from replaced)")


def withdraw(con: DuckDBPyConnection, table: Table, source: str, target: Target) -> int:
    """Take out the rows of a derived source whose keys are not in ``temp.typed``.

    Returns
    -------
    int
        Rows withdrawn.
    """
    con.execute(
        f"create or replace temp table gone as select s.* from main.{table.name} s"
        f" anti join typed c on {same_key(table, 's', 'c')} where s.source = $source",
        {"source": source},
    )
    relation = f"{target.schema}.{table.name}"
    keys = same_key(table, "t", "g")
    if target.of_a_run:
        names = ", ".join(table.names)
        con.execute(
            f"create or replace temp table ended as select g.* from gone g anti join"
            f" (select * from {relation} where {KIND} = '{NEW}') t on {keys}"
        )
        con.execute(f"delete from {relation} t using gone g where {keys}")
        insert_rows(con, f"{relation} ({names}, {KIND})", f"select {names}, '{GONE}' from ended")
    else:
        con.execute(f"delete from {relation} t using gone g where {keys}")
    return int(con.execute("select count(*) from gone").fetchall()[0][0])
