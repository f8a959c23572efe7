"""The rows of an input, opened for one SELECT."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Opened:
    """Rows that a connection can read.

    Parameters
    ----------
    rows
        What follows FROM.
    columns
        Column -> DuckDB type, in the order of the input.
    rejects
        Name of the table of broken lines, filled while the rows are read; empty for none.
    """

    rows: str
    columns: Mapping[str, str]
    rejects: str = ""
