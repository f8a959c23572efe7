"""The port through which tables enter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from duckdb import DuckDBPyConnection

FAULTS = "_faults"
"""Optional raw column: what the source itself found wrong with the row, as a list of
``struct("column" VARCHAR, "value" VARCHAR, reason VARCHAR, remedy VARCHAR)``; null or empty when
nothing is. The door quarantines such a row, one line a fault."""

SET_ASIDE = "_set_aside"
"""Optional raw column (VARCHAR): why a row is deliberately not loaded; null for a row to load.
Such rows are counted apart in the report, and are neither checked nor quarantined."""

INFERRED = "inferred"
STUB = "stub"
YIELDING = (INFERRED, STUB)
"""Values of ``source`` of rows that stand in for ones not given: any other source may replace
them, and they never replace a row that was given."""


@dataclass(frozen=True)
class Portion:
    """A part of a source that is loaded in one go: a file, a table of a database.

    A portion that stood in an earlier run with the same fingerprint is not read again, and a run
    that was killed goes on at the first portion it had not finished.

    Parameters
    ----------
    name
        Unique within the source and stable between runs, as ``sales-2024.csv`` or ``all``.
    fingerprint
        Gives the digest of everything that decides what ``load`` creates. Raises
        :class:`features.errors.SourceError` if an input is missing.
    load
        Creates a table or view ``raw.<table>`` for one or more canonical tables, on the connection
        it is given; scratch objects of its own it drops again. The rows accepted so far, from
        earlier portions and earlier runs, stand in ``main.<table>`` and are only to be read. Raises
        :class:`features.errors.SourceError`, naming the file, if an input cannot be read.
    derived
        True for rows worked out from the rows in ``main``. Such a portion is loaded again whenever
        a portion before it was, and rows of its source that it no longer gives are withdrawn. It is
        the only portion of its source.
    """

    name: str
    fingerprint: Callable[[], str]
    load: Callable[[DuckDBPyConnection], None]
    derived: bool = False


@runtime_checkable
class Source(Protocol):
    """A set of raw tables.

    Attributes
    ----------
    name
        Short name, as typed on the command line; written into the column ``source``.
    """

    name: str

    def portions(self) -> Sequence[Portion]:
        """List the portions in loading order.

        A row with the key of an earlier row of the same source, and another content, replaces it.

        Raises
        ------
        SourceError
            If the inputs cannot be listed.
        """
        ...
