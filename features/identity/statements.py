"""Links that people decided: un-merges and accepted matches, as files that are ingested.

Nothing is rewritten: an un-merge is one more row of ``identifiers``. The files stay in
``NEXTBEST_HOME/identity/links``, so that tables built anew from the sources get them again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.schemas import TABLES
from features.sources.base import Portion
from features.storage import sha256_of, write_atomically

_COLUMNS = {c.name: c.type for c in TABLES["identifiers"].columns if c.name != "source"}
_ARROW = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
SCHEMA = pa.schema([(name, _ARROW[type_]) for name, type_ in _COLUMNS.items()])
"""Columns of a file of links: those of ``identifiers``, without ``source``."""


@dataclass(frozen=True)
class IdentityLinks:
    """The source of decided links: one portion for each file of the folder.

    Parameters
    ----------
    folder
        See :func:`links_folder`; one that does not exist holds nothing.
    """

    folder: Path
    name = "identity"

    def portions(self) -> Sequence[Portion]:
        """Return the files in the order of their names, which begin with their moment."""
        return [_portion(path) for path in sorted(self.folder.glob("*.parquet"))]


def links_folder(home: Path) -> Path:
    """Return where decided links lie in ``NEXTBEST_HOME``."""
    return home / "identity" / "links"


def write_links(
    folder: Path, rows: Sequence[Mapping[str, object]], *, what: str, now: int, note: str = ""
) -> Path:
    """Write rows of ``identifiers`` as one file that :class:`IdentityLinks` gives.

    Parameters
    ----------
    rows
        Values by column of ``identifiers``; a column left out is null, and ``observed_at`` is
        ``now``.
    what
        First word of the file's name.
    now
        Epoch seconds, UTC.
    note
        Kept in the file's metadata: why, in the words of whoever decided.

    Returns
    -------
    The path of the file, which tells its content: the same rows at the same moment are one file.
    """
    filled = [{"observed_at": now, "relation": "same", "match": "exact", **row} for row in rows]
    table = pa.Table.from_pylist(filled, schema=SCHEMA.with_metadata({"note": note}))
    digest = hashlib.sha256(repr((filled, note)).encode()).hexdigest()[:12]
    path = folder / f"{now:011d}-{what}-{digest}.parquet"
    write_atomically(path, lambda temporary: pq.write_table(table, temporary))
    return path


def note_of(path: Path) -> str:
    """Return the note of a file of links."""
    metadata: Mapping[bytes, bytes] = pq.read_schema(path).metadata or {}
    return metadata.get(b"note", b"").decode()


def _portion(path: Path) -> Portion:
    def load(con: DuckDBPyConnection) -> None:
        _load(con, path)

    return Portion(path.name, lambda: _digest(path), load)


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _load(con: DuckDBPyConnection, path: Path) -> None:
    try:
        given = con.read_parquet(str(path))
        columns = ", ".join(name for name in _COLUMNS if name in given.columns)
        con.execute(
            f"create or replace table raw.identifiers as select {columns} from read_parquet($path)",
            {"path": str(path)},
        )
    except duckdb.Error as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> SourceError:
    return SourceError(
        f"File {path} of decided links cannot be read ({error}).",
        "restore it from a backup, or remove it to forget its links.",
    )
