"""One row for each value: what ``one_row_per`` and ``pick`` ask for."""

from collections.abc import Mapping, Sequence

from features.sources.base import FAULTS
from features.sources.mapped.checks import column_of
from features.sources.mapped.columns import ColumnMap
from features.sources.mapped.quoting import quoted
from features.sources.mapped.rendering import FAULT_TYPE, ORDER

_PLAIN = {
    "first": f"arg_min({{}}, {ORDER})",
    "last": f"arg_max({{}}, {ORDER})",
    "min": "min({})",
    "max": "max({})",
    "sum": "sum({})",
    "median": "median({})",
}


def select_groups(
    table: str, columns: Mapping[str, ColumnMap], keys: Sequence[str], rows: str
) -> str:
    """Render the SELECT of one row per key, then of the rows that could not be read.

    Rows without a key belong to no group. Of equally frequent values the first stays.

    Parameters
    ----------
    table
        The canonical table.
    columns
        Canonical column -> how it is filled.
    keys
        Those that name a group.
    rows
        Table that holds the rows of all inputs, numbered in ``_order``.
    """
    key = ", ".join(quoted(name) for name in keys)
    given = " and ".join(f"{quoted(name)} is not null" for name in keys)
    good = f"(select * from {rows} where coalesce(len({FAULTS}), 0) = 0 and {given})"
    others = {name: told.pick or "first" for name, told in columns.items() if name not in keys}
    picked = [_picked(table, name, pick) for name, pick in others.items() if pick in _PLAIN]
    joined = f"(select {', '.join([key, *picked])} from {good} group by {key})"
    for name, pick in others.items():
        if pick not in _PLAIN:
            joined += f" left join ({_most_frequent(quoted(name), key, good)}) using ({key})"
    names = ", ".join(quoted(name) for name in columns)
    return (
        f"select {names}, cast(null as {FAULT_TYPE}) as {FAULTS} from {joined}"
        f" union all select {names}, {FAULTS} from {rows} where len({FAULTS}) > 0"
    )


def _picked(table: str, name: str, pick: str) -> str:
    value = _PLAIN[pick].format(quoted(name))
    kind = column_of(table, name).type
    value = f"round({value})" if kind == "BIGINT" else value
    return f"cast({value} as {kind}) as {quoted(name)}"


def _most_frequent(name: str, key: str, good: str) -> str:
    counted = (
        f"select {key}, {name}, count(*) as n, -min({ORDER}) as early from {good}"
        f" where {name} is not null group by {key}, {name}"
    )
    best = f"arg_max({name}, {{'n': n, 'early': early}})"
    return f"select {key}, {best} as {name} from ({counted}) group by {key}"
