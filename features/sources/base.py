"""The port through which tables enter."""

from typing import Protocol, runtime_checkable

from duckdb import DuckDBPyConnection


@runtime_checkable
class Source(Protocol):
    """A set of raw tables.

    Attributes
    ----------
    name
        Short name, as typed on the command line; written into the column ``source``.
    """

    name: str

    def fingerprint(self) -> str:
        """Digest of everything that decides what :meth:`load` gives.

        Raises
        ------
        SourceError
            If an input file is missing.
        """
        ...

    def load(self, con: DuckDBPyConnection) -> None:
        """Create a table ``raw.<table>`` for each canonical table this source has.

        The accepted rows of the sources before this one stand in the schema ``main``, so a
        source may build on them.

        Raises
        ------
        SourceError
            If an input file cannot be read; the message names the file.
        """
        ...
