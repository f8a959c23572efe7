"""What a folder holds: its tables, their columns and some of their values."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import duckdb

from features.errors import SourceError
from features.sources.mapped.databases.opening import connected
from features.sources.mapped.files import PARQUET, TEXT, open_file
from features.sources.mapped.model import CsvOptions, Database
from features.sources.mapped.quoting import quoted

_ROWS = 2_000
_DUCKDB = (".duckdb", ".ddb")
_SQLITE = (".sqlite", ".sqlite3", ".db")


@dataclass(frozen=True)
class Seen:
    """One column: its name, its DuckDB type and the values of the first rows, as text."""

    name: str
    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """One table of the folder.

    Parameters
    ----------
    title
        Name of the file or table without its ending.
    place
        What ``sources.yaml`` says to find it: ``{"files": ...}`` or ``{"database": {...}}``.
    columns
        Its columns.
    encoding
        Of a text file.
    """

    title: str
    place: Mapping[str, object]
    columns: tuple[Seen, ...]
    encoding: str = "utf-8"


def look(folder: Path) -> list[Found]:
    """List the tables of the files in a folder.

    Raises
    ------
    SourceError
        If a file cannot be read.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    rows = [path for path in files if _ends(path, (*TEXT, *PARQUET))]
    found = [one for group in _alike(folder, rows) for one in group]
    for path in files:
        if path.suffix.lower() in _SQLITE and not _is_duckdb(path):
            found += _look_into(folder, path, "sqlite")
        elif path.suffix.lower() in (*_DUCKDB, *_SQLITE):
            found += _look_into(folder, path, "duckdb")
    return found


def _ends(path: Path, endings: Sequence[str]) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(tuple(endings))


def _alike(folder: Path, paths: Sequence[Path]) -> Iterator[list[Found]]:
    """Put files with the same columns behind one glob, where a glob finds just them."""
    groups: dict[tuple[object, ...], list[tuple[Path, Found]]] = {}
    for path in paths:
        seen = _look_at(path)
        header = (seen.encoding, *((column.name, column.kind) for column in seen.columns))
        groups.setdefault(header, []).append((path, seen))
    for group in groups.values():
        names = [path.name for path, _ in group]
        pattern = _pattern(names)
        if len(group) > 1 and sorted(p.name for p in folder.glob(pattern)) == sorted(names):
            yield [_together([seen for _, seen in group], pattern)]
        else:
            yield [one for _, one in group]


def _together(seen: Sequence[Found], pattern: str) -> Found:
    first = seen[0]
    columns = tuple(
        Seen(one.name, one.kind, tuple(v for other in seen for v in other.columns[n].values))
        for n, one in enumerate(first.columns)
    )
    return Found(first.title, {"files": pattern}, columns, first.encoding)


def _pattern(names: Sequence[str]) -> str:
    start = _shared(names)
    end = _shared([name[len(start) :][::-1] for name in names])[::-1]
    # The next file is of next year: digits that happen to be shared do not belong to the name.
    return f"{start.rstrip('0123456789')}*{end.lstrip('0123456789')}"


def _shared(names: Sequence[str]) -> str:
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in alike)


def _look_at(path: Path) -> Found:
    encoding = "utf-8"
    if _ends(path, TEXT) and not path.name.lower().endswith(".gz"):
        encoding = _encoding(path)
    with duckdb.connect() as con, open_file(con, path, CsvOptions(encoding=encoding)) as opened:
        names = list(opened.columns)
        listed = ", ".join(f"cast({quoted(name)} as VARCHAR)" for name in names)
        rows = con.execute(f"select {listed} from {opened.rows} limit {_ROWS}").fetchall()
        columns = _columns(names, opened.columns, rows)
    return Found(path.name.split(".")[0], {"files": path.name}, columns, encoding)


def _encoding(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as handle:
            while handle.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _columns(
    names: Sequence[str], kinds: Mapping[str, str], rows: Sequence[tuple[object, ...]]
) -> tuple[Seen, ...]:
    return tuple(
        Seen(name, kinds[name], tuple(str(row[n]) for row in rows if row[n] is not None))
        for n, name in enumerate(names)
    )


def _is_duckdb(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(12)[8:] == b"DUCK"


def _look_into(folder: Path, path: Path, kind: str) -> Iterator[Found]:
    for table in _tables(path, kind):
        told = Database.model_validate({kind: path.name, "table": table})
        with connected(told, folder, path.name) as db:
            names = list(db.columns)
            listed = ", ".join(db.dialect.text.format(quoted(name)) for name in names)
            rows = db.rows(f"select {listed} from {db.table} limit {_ROWS}")
            kinds = dict.fromkeys(names, "VARCHAR")
            if kind == "duckdb":
                kinds = _kinds(path, table)
        yield Found(table, {"database": {kind: path.name, "table": table}},
                    _columns(names, kinds, rows))  # fmt: skip


def _tables(path: Path, kind: str) -> list[str]:
    try:
        if kind == "sqlite":
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
                found = con.execute(
                    "select name from sqlite_master where type in ('table', 'view')"
                    " and name not like 'sqlite_%' order by name"
                ).fetchall()
        else:
            with duckdb.connect(str(path), read_only=True) as other:
                found = other.execute(
                    "select table_name from information_schema.tables"
                    " where table_schema = 'main' order by table_name"
                ).fetchall()
    except (sqlite3.Error, duckdb.Error) as error:
        raise SourceError(
            f"File {path} is no database ({str(error).splitlines()[0]}).", "move it elsewhere."
        ) from error
    return [str(name) for (name,) in found]


def _kinds(path: Path, table: str) -> dict[str, str]:
    with duckdb.connect(str(path), read_only=True) as con:
        described = con.execute(f"describe select * from {quoted(table)}").fetchall()
    return {str(name): str(kind) for name, kind, *_ in described}
