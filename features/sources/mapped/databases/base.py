"""The port to a database, and what its adapters share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from features.sources.mapped.quoting import quoted

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Dialect:
    """Where databases spell one thing differently; ``{}`` stands for what it is done to.

    Parameters
    ----------
    windows
        ``day``, ``month``, ``year`` -> the name of the window of a time, as ``2024-03``.
    text
        To text.
    bound
        From a quoted ISO date to what a time is compared with.
    empty_is_null
        True when a stream holds '' where the table holds null.
    """

    windows: Mapping[str, str]
    text: str
    bound: str
    empty_is_null: bool = False


class Connected(Protocol):
    """A table of a database, opened for reading."""

    @property
    def columns(self) -> Mapping[str, str]:
        """Column -> SQL that selects it in a form that Arrow carries."""
        ...

    @property
    def table(self) -> str:
        """The table, as SQL names it."""
        ...

    @property
    def dialect(self) -> Dialect:
        """How this kind of database spells things."""
        ...

    def rows(self, statement: str) -> Sequence[Row]:
        """Run a statement and fetch its few rows."""
        ...

    def stream(self, statement: str) -> Any:  # noqa: ANN401 - a pyarrow.RecordBatchReader
        """Run a statement and give its rows batch by batch."""
        ...

    def content(self) -> str:
        """Digest of the rows of the table, or of what holds them."""
        ...


def select(db: Connected, columns: Sequence[str], condition: str) -> str:
    """Render the statement that reads some columns of the table."""
    listed = ", ".join(f"{db.columns[name]} as {quoted(name)}" for name in columns)
    return f"select {listed} from {db.table}{f' where {condition}' if condition else ''}"
