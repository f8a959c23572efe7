"""Files of rows: found by a glob, opened as DuckDB reads them."""

import csv
import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import duckdb
from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.sources.mapped.model import CsvOptions
from features.sources.mapped.opened import Opened
from features.sources.mapped.quoting import literal, quoted

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")
# Other errors of DuckDB would be a mistake of ours, and are not blamed on the file.
_UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
_DELIMITERS = ",;\t|"
_REJECTS = "mapped_rejects"
_SCANS = "mapped_reject_scans"


def list_files(folder: Path, pattern: str, where: str) -> list[Path]:
    """Find the files of a glob, in the order of their names.

    Raises
    ------
    SourceError
        If there is none; the message says what the folder holds.
    """
    path = Path(pattern)
    root = Path(path.anchor) if path.is_absolute() else folder
    relative = str(path.relative_to(path.anchor)) if path.is_absolute() else pattern
    try:
        found = sorted(one for one in root.glob(relative) if one.is_file())
    except (ValueError, NotImplementedError, OSError) as error:
        raise SourceError(
            f"{where}: {pattern!r} is no glob ({error}).", "as sales-*.csv."
        ) from error
    if not found:
        there = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
        held = f"it holds {', '.join(there[:8])}." if there else "it is empty or does not exist."
        raise SourceError(f"{where}: no file matches {pattern!r} in {folder}.", held)
    return found


def is_text_file(path: Path) -> bool:
    """Tell whether a file is CSV by its name, compressed or not.

    Raises
    ------
    SourceError
        If the name ends in nothing that is known.
    """
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(TEXT):
        return True
    if name.endswith(PARQUET) and not path.name.lower().endswith(".gz"):
        return False
    known = ", ".join((*TEXT, *(f"{ending}.gz" for ending in TEXT), *PARQUET))
    raise SourceError(f"File {path} is of no known kind.", f"let its name end in {known}.")


@contextmanager
def open_file(con: DuckDBPyConnection, path: Path, options: CsvOptions) -> Iterator[Opened]:
    """Open a CSV or Parquet file for reading with ``con``.

    Every column of a text file is text: what it means is told, not guessed, so that a card
    number keeps its zeros.

    Raises
    ------
    SourceError
        If it cannot be read as what its name says.
    """
    try:
        if not is_text_file(path):
            relation = con.from_parquet(str(path))
            types = [str(kind) for kind in relation.types]
            rows = f"read_parquet({literal(str(path))})"
            yield Opened(rows, dict(zip(relation.columns, types, strict=True)))
            return
        with _in_utf8(path, options.encoding) as readable:
            names, delimiter = read_header(path, options)
            yield Opened(
                _read_csv(readable, names, delimiter, options),
                dict.fromkeys(names, "VARCHAR"),
                _REJECTS,
            )
    except (*_UNREADABLE, OSError, EOFError, UnicodeError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(
            f"File {path} cannot be read ({reason}).",
            "check that it is whole, and csv.encoding and csv.delimiter in sources.yaml.",
        ) from error
    finally:
        con.execute(f"drop table if exists {_REJECTS}")
        con.execute(f"drop table if exists {_SCANS}")


def read_header(path: Path, options: CsvOptions) -> tuple[list[str], str]:
    """Read the names of a text file's columns, and find its delimiter.

    Raises
    ------
    SourceError
        If the first line names no columns, or one twice.
    """
    with _open_text(path, options.encoding) as handle:
        line = handle.readline()
        if options.quote:
            # A quoted name may hold a line break.
            while line.count(options.quote) % 2 and (more := handle.readline()):
                line += more
    delimiter = options.delimiter or _delimiter(path, line)
    quote = options.quote or None
    cells = line.rstrip("\r\n").split(delimiter)
    row = next(csv.reader([line], delimiter=delimiter, quotechar=quote), []) if quote else cells
    if not options.header:
        row = [f"column{n}" for n in range(1, len(row) + 1)]
    names = [name.strip().removeprefix("\ufeff").strip('"') for name in row]
    folded = [name.casefold() for name in names]
    if not names or "" in names or len(set(folded)) < len(names):
        raise SourceError(
            f"File {path}: its first line names no column, an empty one or one twice: {names}.",
            "give each column a name, or set csv.header to false.",
        )
    return names, delimiter


def _delimiter(path: Path, line: str) -> str:
    if ".tsv" in path.name.lower():
        return "\t"
    bare = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def _open_text(path: Path, encoding: str) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


@contextmanager
def _in_utf8(path: Path, encoding: str) -> Iterator[Path]:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "ascii", "us-ascii"):
        yield path
        return
    with TemporaryDirectory(prefix="nextbest-") as scratch:
        copy = Path(scratch) / "rows.csv"
        with (
            _open_text(path, encoding) as source,
            copy.open("w", encoding="utf-8", newline="") as to,
        ):
            shutil.copyfileobj(source, to)
        yield copy


def _read_csv(path: Path, names: list[str], delimiter: str, options: CsvOptions) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(str(path))}, auto_detect = false, columns = {{{columns}}},"
        f" delim = {literal(delimiter)}, quote = {literal(options.quote)},"
        f" escape = {literal(options.quote)}, header = {options.header}, nullstr = '',"
        f" store_rejects = true, rejects_table = '{_REJECTS}', rejects_scan = '{_SCANS}')"
    )


def broken_lines(rejects: str) -> str:
    """Render the SELECT of (line, message) of the lines that a text file's reader gave up on."""
    return (
        f"select line, min(error_message) as message from {quoted(rejects)} group by line"
        " order by line"
    )
