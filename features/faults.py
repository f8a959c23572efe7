"""Which rows of ``temp.typed`` are refused, and why: one line a fault in ``temp.faults``."""

from collections.abc import Iterator

from duckdb import DuckDBPyConnection

from features.columns import SOURCE, Table
from features.inserting import insert_rows
from features.prices import PRICED, scale_faults
from features.rules import Rule, rules_for
from features.sources.base import FAULTS
from features.standing import same_key


def collect_faults(con: DuckDBPyConnection, table: Table, as_known_at: int, *, told: bool) -> None:
    """Fill ``temp.faults(row_no, col, value, reason, remedy)``.

    Parameters
    ----------
    con
        Holds the rows in ``temp.typed``.
    table
        The canonical table.
    as_known_at
        Epoch seconds, UTC: an observed time after it is a fault.
    told
        True when the source tells faults of its own, in the column ``_faults``.
    """
    con.execute(
        "create or replace temp table faults"
        " (row_no BIGINT, col VARCHAR, value VARCHAR, reason VARCHAR, remedy VARCHAR)"
    )
    if told:
        insert_rows(
            con,
            "faults",
            'select row_no, f."column", f."value", f.reason, f.remedy'
            f" from (select row_no, unnest({FAULTS}) as f from typed)",
        )
    _row_faults(con, table, as_known_at, told=told)
    # A row with a fault takes no key and sets no price.
    con.execute(
        "create or replace temp view clean as"
        " select * from typed where row_no not in (select row_no from faults)"
    )
    set_faults = [*_duplicate_faults(table), *_reference_faults(table)]
    if table.name == PRICED:
        set_faults.append(scale_faults(con))
    for query in set_faults:
        insert_rows(con, "faults", query)


def _row_faults(con: DuckDBPyConnection, table: Table, as_known_at: int, *, told: bool) -> None:
    # A first pass with one boolean finds whether any row is bad, so that the pass which
    # explains the faults runs over those rows only.
    rules = rules_for(table)
    any_fault = " or ".join(f"coalesce({rule.fault}, false)" for rule in rules)
    known = {"as_known_at": as_known_at} if "$as_known_at" in any_fault else {}
    con.execute(
        f"create or replace temp table suspects as select * from typed where {any_fault}", known
    )
    if con.sql("from suspects").limit(1).fetchall():
        for rule in rules:
            _explain(con, rule, as_known_at, told=told)
    con.execute("drop table temp.suspects")


def _explain(con: DuckDBPyConnection, rule: Rule, as_known_at: int, *, told: bool) -> None:
    values: dict[str, object] = {"reason": rule.reason, "remedy": rule.remedy}
    if "$as_known_at" in rule.fault:
        values["as_known_at"] = as_known_at
    # What the source could not read it leaves null: that is not "missing" as well.
    untold = (
        f' and not list_contains(list_transform(coalesce({FAULTS}, []), lambda f: f."column"),'
        f" '{rule.column}')"
    )
    insert_rows(
        con,
        "faults",
        f"select row_no, '{rule.column}',"
        f" cast(raw_{rule.column} as VARCHAR), $reason, $remedy from suspects"
        f" where ({rule.fault}){untold if told else ''}",
        values,
    )


def _duplicate_faults(table: Table) -> Iterator[str]:
    """Keep the first row of a key; tell a copy of it from another row with its key."""
    key = ", ".join(table.key)
    shown = " || '/' || ".join(f"coalesce(cast({name} as VARCHAR), '')" for name in table.key)
    rest = [name for name in table.names if name not in table.key and name != SOURCE]
    same = " and ".join(f"d.{name} is not distinct from d._first.{name}" for name in rest) or "true"
    packed = ", ".join(f"'{name}': {name}" for name in rest) or "'none': 0"
    yield (
        f"select row_no, '{table.key[0]}', {shown},"
        f" case when {same} then 'duplicate row' else 'duplicate key' end,"
        f" case when {same} then 'leave the copy out; the first row was kept.'"
        " else 'give each row its own key; the first row was kept.' end"
        f" from (select c.*, row_number() over w as nth, first_value({{{packed}}}) over w as _first"
        f" from clean c semi join (select {key} from clean group by {key} having count(*) > 1) k"
        f" on {same_key(table, 'c', 'k')} window w as (partition by {key} order by row_no)) d"
        " where nth > 1"
    )


def _reference_faults(table: Table) -> Iterator[str]:
    for column in table.columns:
        if column.references:
            target, key = column.references.split(".")
            yield (
                f"select row_no, '{column.name}', {column.name}, 'not in {target}',"
                f" 'add it to {target}, or correct it.'"
                f" from typed anti join main.{target} t on typed.{column.name} = t.{key}"
                f" where {column.name} is not null"
            )
