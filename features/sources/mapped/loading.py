"""Fills ``raw.<table>`` from the rows of an input."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import duckdb
from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.schemas import TABLES
from features.sources.base import FAULTS
from features.sources.mapped.filling import fault_of
from features.sources.mapped.grouping import select_groups
from features.sources.mapped.opened import Opened
from features.sources.mapped.quoting import quoted
from features.sources.mapped.rendering import (
    FAULT_TYPE,
    HAS_ZONE,
    ORDER,
    TIME_TEXT,
    MappedTable,
    check_expressions,
    select_cells,
    select_rows,
)

Opener = Callable[[], AbstractContextManager[Opened]]
_ONE_FILE = "mapped_file"
_ALL_FILES = "mapped_rows"
# Rows of one file are numbered below this, so that those of the next file come after.
_FILE_STEP = 1 << 40
_NO_ZONE = "no time zone while other rows have one"


def load_input(con: DuckDBPyConnection, mapping: MappedTable, openers: list[Opener]) -> None:
    """Create ``raw.<table>`` from one input.

    Parameters
    ----------
    mapping
        What its columns mean.
    openers
        Its files, each to be opened in turn.

    Raises
    ------
    SourceError
        If a file cannot be read, lacks a column, or an expression is not accepted or fails.
    """
    target = f"raw.{mapping.table}"
    if not mapping.one.one_row_per:
        (opener,) = openers
        _create_rows(con, mapping, opener, target)
        if mapping.is_ordered:
            con.execute(f"alter table {target} drop column {ORDER}")
        return
    for number, opener in enumerate(openers):
        _create_rows(con, mapping, opener, _ONE_FILE, number * _FILE_STEP)
        again = "insert into" if number else "create temp table"
        by_name = "by name" if number else "as"
        con.execute(f"{again} {_ALL_FILES} {by_name} select * from {_ONE_FILE}")
        con.execute(f"drop table {_ONE_FILE}")
    groups = select_groups(mapping.table, mapping.columns, mapping.one.one_row_per, _ALL_FILES)
    con.execute(f"create table {target} as {groups}")
    con.execute(f"drop table {_ALL_FILES}")


def _create_rows(
    con: DuckDBPyConnection, mapping: MappedTable, opener: Opener, target: str, start: int = 0
) -> None:
    kind = "temp table" if target == _ONE_FILE else "table"
    with opener() as opened, _telling(mapping.where):
        check_expressions(con, mapping, opened.columns)
        cells = select_cells(mapping, opened.rows, start)
        described = con.execute(f"describe {cells}").fetchall()
        kinds = {str(name): str(type_) for name, type_, *_ in described}
        con.execute(f"create {kind} {target} as {select_rows(mapping, cells, kinds)}")
        if opened.rejects:
            _add_broken_lines(con, mapping, target, opened.rejects)
    _compare_zones(con, target, kind)


@contextmanager
def _telling(where: str) -> Iterator[None]:
    try:
        yield
    except (
        duckdb.ConversionException,
        duckdb.BinderException,
        duckdb.OutOfRangeException,
    ) as error:
        raise SourceError(
            f"{where}: an expression fails ({str(error).splitlines()[0]}).",
            "use try_cast, which gives null where cast fails; cells of a text file are text.",
        ) from error


def _add_broken_lines(
    con: DuckDBPyConnection, mapping: MappedTable, target: str, rejects: str
) -> None:
    """Add a row without values for each line the reader gave up on, told as a fault.

    The line itself is not shown: it may hold what the mapping hashes.
    """
    needed = [c.name for c in TABLES[mapping.table].columns if c.name in mapping.columns]
    lacking = [c.name for c in TABLES[mapping.table].columns if not c.nullable and c.name in needed]
    faults = ", ".join(
        fault_of(
            name,
            "'line ' || line",
            "in a line that cannot be read",
            "give each line as many cells as there are columns; quote cells with delimiters.",
        )
        for name in lacking
    )
    con.execute(
        f"insert into {target} by name select [{faults}] as {FAULTS}"
        f" from (select distinct line from {quoted(rejects)} order by line)"
    )


def _compare_zones(con: DuckDBPyConnection, target: str, kind: str) -> None:
    """Refuse times without a zone where other rows of the column name theirs."""
    columns = [str(row[0]) for row in con.execute(f"describe {target}").fetchall()]
    names = [name.removeprefix(HAS_ZONE) for name in columns if name.startswith(HAS_ZONE)]
    if not names:
        return
    mixed = [name for name in names if _is_mixed(con, target, name)]
    hidden = ", ".join(quoted(prefix + n) for n in names for prefix in (HAS_ZONE, TIME_TEXT))
    # Written anew, as an update would change the order of the rows.
    scratch = f"{target}_zoned"
    con.execute(
        f"create {kind} {scratch} as select * exclude ({hidden}){_replaced(mixed)} from {target}"
    )
    con.execute(f"drop table {target}")
    con.execute(f"alter table {scratch} rename to {target.removeprefix('raw.')}")


def _is_mixed(con: DuckDBPyConnection, target: str, name: str) -> bool:
    flag = quoted(HAS_ZONE + name)
    found = con.execute(
        f"select bool_or({flag}) and bool_or(not {flag}) from {target}"
        f" where {quoted(name)} is not null"
    ).fetchall()
    return bool(found[0][0])


def _replaced(mixed: list[str]) -> str:
    if not mixed:
        return ""
    replaced, each = [], []
    for name in mixed:
        bare = f"{quoted(name)} is not null and not {quoted(HAS_ZONE + name)}"
        remedy = f"write the zone in each row, or set time_zone of {name} in sources.yaml."
        fault = fault_of(name, quoted(TIME_TEXT + name), _NO_ZONE, remedy)
        replaced.append(f"case when {bare} then null else {quoted(name)} end as {quoted(name)}")
        each.append(f"case when {bare} then [{fault}] else [] end")
    faults = f"cast(list_concat(coalesce({FAULTS}, []), {', '.join(each)}) as {FAULT_TYPE})"
    return f" replace ({', '.join(replaced)}, {faults} as {FAULTS})"
