"""Windows of a column that grows: which there are, and whether one has changed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from features.errors import SourceError
from features.sources.mapped.databases.base import Connected
from features.sources.mapped.model import Since
from features.sources.mapped.quoting import literal, quoted

_SHAPES = {"day": r"\d{4}-\d{2}-\d{2}", "month": r"\d{4}-\d{2}", "year": r"\d{4}"}


@dataclass(frozen=True)
class Window:
    """Rows whose column lies within one window.

    Parameters
    ----------
    name
        As ``2024-03`` or ``100000``; ``none`` for rows without a value.
    condition
        SQL that holds for its rows.
    state
        Number of rows and largest value: it changes when a row is added, or changed and moved on.
    """

    name: str
    condition: str
    state: str


def list_windows(db: Connected, since: Since) -> Sequence[Window]:
    """List the windows that hold rows, in order.

    Raises
    ------
    SourceError
        If the column is not in the table, or does not hold what its windows are made of.
    """
    if since.column not in db.columns:
        raise SourceError(
            f"since: {db.table} has no column {since.column!r}.",
            f"use one of: {', '.join(db.columns)}.",
        )
    column = quoted(since.column)
    if isinstance(since.window, int):
        # Floor division, also where the engine's own would cut towards zero.
        key = f"({column} - (({column} % {since.window}) + {since.window}) % {since.window})"
    else:
        key = db.dialect.windows[since.window].format(column)
    text = db.dialect.text
    found = db.rows(
        f"select {text.format(key)}, {text.format('count(*)')},"
        f" {text.format(f'max({column})')} from {db.table} group by 1 order by 1"
    )
    return [
        Window(name or "none", _condition(db, since, name, column), f"{rows}/{largest}")
        for name, rows, largest in found
    ]


def _condition(db: Connected, since: Since, name: str | None, column: str) -> str:
    """Bounds are written out: they are numbers and dates made here, and no text from outside."""
    if name is None:
        return f"{column} is null"
    if isinstance(since.window, int):
        if not re.fullmatch(r"-?\d+", name):
            raise _unfit(since, name)
        return f"{column} >= {int(name)} and {column} < {int(name) + since.window}"
    if not re.fullmatch(_SHAPES[since.window], name):
        raise _unfit(since, name)
    first, last = _bounds(since.window, name)
    low, high = (db.dialect.bound.format(literal(day)) for day in (first, last))
    return f"{column} >= {low} and {column} < {high}"


def _unfit(since: Since, name: str) -> SourceError:
    return SourceError(
        f"since: column {since.column!r} holds {name!r}, which is in no window of {since.window}.",
        "set window to day, month or year for times, to a whole number for whole numbers.",
    )


def _bounds(width: str, name: str) -> tuple[str, str]:
    """Render the first day of a window and of the next one, as far as they are told."""
    year, month, day = (*map(int, name.split("-")), 1, 1)[:3]
    if width == "day":
        first = date(year, month, day)
        return first.isoformat(), date.fromordinal(first.toordinal() + 1).isoformat()
    if width == "month":
        following = date(year + month // 12, month % 12 + 1, 1)
        return date(year, month, 1).isoformat(), following.isoformat()
    return date(year, 1, 1).isoformat(), date(year + 1, 1, 1).isoformat()
