"""Columns that know what they are to foretell.

Two signs of it, each on the test rows, each column by itself:

- It tells the outcomes apart as no honest column does.
- What it tells vanishes when the view is rebuilt one day earlier, from the rows that stood then:
  honest knowledge of a customer is hardly older for it, but what was read from the outcome
  window, or written on the very day, is gone.

The limits, and how far the honest columns of real data stay from them: docs/customer-models.md.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decisioning.policy import DAY
from features.columns import SECONDS, Table
from features.derived import create_derived_views
from features.errors import LeakError
from features.schemas import TABLES
from training.models.labels.rows import LabelledRows, customer_view
from training.models.metrics import area_under_curve

Floats = NDArray[np.float64]
IMPLAUSIBLE: Final = 0.975
"""Lower bound of a lone column's AUC from which it is no honest column."""
TELLING: Final = 0.05
"""A column whose AUC is nearer to 1/2 than this tells too little to lose."""
KEPT: Final = 0.5
"""Least share of what a column tells (AUC - 1/2) that is left when it is a day older."""
_Z: Final = 3.5
"""Standard errors: with 200 columns and ten models, chance exceeds it once in two runs of 2,000."""
_CUT: Final = "cut_off"
_PAST: Final = "_earlier"
_REMEDY = (
    "compute the column from rows strictly before as_of, or leave it out of the model's columns."
)


@dataclass(frozen=True)
class Told:
    """What one column tells of the outcomes, now and when it is a day older.

    Parameters
    ----------
    auc, earlier
        Area under the ROC curve of the column alone, nulls lowest; 1/2 is nothing. Above 1/2 for
        ``auc`` whichever way the column runs, and ``earlier`` the same way.
    low
        The AUC less ``_Z`` standard errors.
    """

    column: str
    auc: float
    low: float
    earlier: float

    @property
    def kept(self) -> float:
        """Share of what it tells that is left."""
        return (self.earlier - 0.5) / (self.auc - 0.5) if self.auc > 0.5 else 1.0


def check_leaks(name: str, told: Sequence[Told]) -> None:
    """Fail where a column leaks.

    Parameters
    ----------
    name
        Of the model, for the message.

    Raises
    ------
    LeakError
        Names the column, its figure and the limit.
    """
    for each in sorted(told, key=lambda t: (-t.auc, t.column)):
        if each.low >= IMPLAUSIBLE:
            raise LeakError(
                f"Column {each.column} alone tells the outcomes of {name} apart with AUC "
                f"{each.auc:.3f} (at least {each.low:.3f}); {IMPLAUSIBLE} is no honest figure.",
                _REMEDY,
                each.column,
            )
        if each.low >= 0.5 + TELLING and each.kept < KEPT:
            raise LeakError(
                f"Column {each.column} of {name} has AUC {each.auc:.3f} as of the test moment and "
                f"{each.earlier:.3f} rebuilt one day earlier: {each.kept:.0%} of what it tells is "
                f"left, at least {KEPT:.0%} is expected.",
                _REMEDY,
                each.column,
            )


def what_columns_tell(
    test: LabelledRows, earlier: pd.DataFrame | None, columns: Sequence[str]
) -> tuple[Told, ...]:
    """Measure every column on the test rows that stand in the earlier view too.

    Parameters
    ----------
    test
        Labelled rows of one moment.
    earlier
        The view of a day before; see `view_of_the_day_before`. None where there is none, as for
        rows of many moments: then only what a column tells alone can give it away.
    """
    rows, past = test.frame, ""
    if earlier is not None:
        rows, past = rows.merge(earlier, on="customer_id", suffixes=("", _PAST)), _PAST
    y = rows["label"].to_numpy(np.float64)
    if not y.size or y.min() == y.max():
        return ()
    error = _error(y)
    told = []
    for column in columns:
        now, then = (_auc(y, rows[c].to_numpy(np.float64)) for c in (column, column + past))
        if now < 0.5:
            now, then = 1.0 - now, 1.0 - then
        told.append(Told(column, now, now - _Z * error(now), then))
    return tuple(told)


def _auc(y: Floats, x: Floats) -> float:
    return area_under_curve(y, np.where(np.isnan(x), -np.inf, x))


def _error(y: Floats) -> Callable[[float], float]:
    """Return the standard error of an AUC as a function of it (Hanley & McNeil 1982)."""
    ones, zeros = float(y.sum()), float(y.size - y.sum())

    def error(auc: float) -> float:
        q1, q2 = auc / (2.0 - auc), 2.0 * auc**2 / (1.0 + auc)
        variance = auc * (1.0 - auc) + (ones - 1) * (q1 - auc**2) + (zeros - 1) * (q2 - auc**2)
        return float(np.sqrt(variance / (ones * zeros)))

    return error


def view_of_the_day_before(
    con: duckdb.DuckDBPyConnection, as_of: int, *, honour_consents: bool
) -> pd.DataFrame:
    """Rebuild the view of a moment one day earlier, from the rows that stood then."""
    with _as_it_stood(con, as_of - DAY) as cut:
        return customer_view(cut, [as_of - DAY], honour_consents=honour_consents)


@contextmanager
def _as_it_stood(
    con: duckdb.DuckDBPyConnection, moment: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables without what happened at or after a moment.

    A database of its own, because views of the connection itself would be hidden by its temporary
    ones. Consents, once those of today bind (`training.consents`), and tables replaced by temporary
    ones are copied: what is temporary is one connection's alone.
    """
    (home,) = con.execute("select current_database()").fetchall()[0]
    con.execute(f"attach ':memory:' as {_CUT}")
    cut = con.cursor()
    try:
        replaced = {name for (name,) in con.execute(_REPLACED).fetchall()} | {"consents"}
        for table in TABLES.values():
            kind, source = (
                ("table", table.name) if table.name in replaced
                else ("view", f'"{home}".main.{table.name}')
            )  # fmt: skip
            con.execute(
                f"create {kind} {_CUT}.main.{table.name} as {_until(table, source, moment)}"
            )
        for name, key in _OTHERS.items():
            con.execute(
                f"create table {_CUT}.main.{name} as select * from {name} where {key} < {moment}"
            )
        cut.execute(f"use {_CUT}")
        create_derived_views(cut.execute)
        yield cut
    finally:
        cut.close()
        con.execute(f"detach {_CUT}")


_REPLACED: Final = "select table_name from information_schema.tables where table_catalog = 'temp'"
_OTHERS: Final = {"comment_scores": "written_at"}
"""What is worked out beside the canonical tables, and when each row was."""


def _until(table: Table, source: str, moment: int) -> str:
    """Select the rows that stood before a moment; times told later are null again."""
    times = [c for c in table.columns if c.unit == SECONDS and not c.may_be_future]
    dated = " and ".join(f"{c.name} < {moment}" for c in times if not c.nullable)
    later = ", ".join(
        f"case when {c.name} < {moment} then {c.name} end as {c.name}" for c in times if c.nullable
    )
    replaced = f"* replace ({later})" if later else "*"
    return f"select {replaced} from {source}" + (f" where {dated}" if dated else "")
