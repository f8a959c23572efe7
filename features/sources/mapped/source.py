"""A source described by a ``sources.yaml``."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from duckdb import DuckDBPyConnection

from features.errors import SourceError
from features.schemas import TABLES
from features.sources.base import Portion
from features.sources.mapped.databases.digests import digest_of_file
from features.sources.mapped.databases.opening import connected, open_stream
from features.sources.mapped.databases.windows import list_windows
from features.sources.mapped.files import list_files, open_file
from features.sources.mapped.loading import load_input
from features.sources.mapped.model import Database, SourceFile
from features.sources.mapped.opened import Opened
from features.sources.mapped.reading import read_source_file
from features.sources.mapped.rendering import MappedTable, check_expressions

_VERSION = "1"


class Mapped:
    """Adapter of any files and databases to the canonical tables.

    There is one portion a file, a database table or a window of one (``since``); with
    ``one_row_per`` all files of an input make one.

    Parameters
    ----------
    path
        Of the ``sources.yaml``.

    Raises
    ------
    SourceError
        If it cannot be read or says what is not understood.
    """

    def __init__(self, path: Path) -> None:
        self._file = read_source_file(path)
        self._folder = _folder(path, self._file)
        self._digests: dict[tuple[Path, int, int], str] = {}
        self.name = self._file.name

    def portions(self) -> list[Portion]:
        """List the portions: tables in the order of their references, files by name.

        Raises
        ------
        SourceError
            If a glob finds no file, or a database cannot be asked.
        """
        return [
            portion
            for table in TABLES
            for number, one in enumerate(self._file.tables.get(table, ()))
            for portion in self._portions_of(_mapping(self._file, table, number), _tag(number))
        ]

    def _portions_of(self, mapping: MappedTable, tag: str) -> Iterator[Portion]:
        prefix = f"{mapping.table}{tag}"
        if mapping.one.database is not None:
            yield from self._portions_of_database(mapping, mapping.one.database, prefix)
            return
        paths = list_files(self._folder, str(mapping.one.files), mapping.where)
        if mapping.one.one_row_per:
            yield self._portion(prefix, mapping, paths)
            return
        for path in paths:
            yield self._portion(f"{prefix}:{self._relative(path)}", mapping, [path])

    def _portion(self, name: str, mapping: MappedTable, paths: list[Path]) -> Portion:
        options = mapping.one.csv

        def fingerprint() -> str:
            return _fingerprint(mapping, [self._digest(path) for path in paths])

        def load(con: DuckDBPyConnection) -> None:
            load_input(con, mapping, [partial(open_file, con, path, options) for path in paths])

        return Portion(name, fingerprint, load)

    def _portions_of_database(
        self, mapping: MappedTable, told: Database, prefix: str
    ) -> Iterator[Portion]:
        folder = self._folder
        name = f"{prefix}:{told.table}"
        with connected(told, folder, mapping.where) as db:
            if told.since is None:
                state = db.content()
                yield _database_portion(name, mapping, folder, "", state)
                return
            windows = list_windows(db, told.since)
        for window in windows:
            yield _database_portion(
                f"{name}[{window.name}]", mapping, folder, window.condition, window.state
            )

    def _relative(self, path: Path) -> str:
        inside = path.is_relative_to(self._folder)
        return (path.relative_to(self._folder) if inside else path).as_posix()

    def _digest(self, path: Path) -> str:
        """Digest a file once, though several tables are read from it."""
        try:
            stat = path.stat()
            key = (path, stat.st_size, stat.st_mtime_ns)
            if key not in self._digests:
                self._digests[key] = digest_of_file(path)
        except OSError as error:
            raise SourceError(f"File {path} cannot be read ({error}).", "check it.") from error
        return self._digests[key]


def _folder(path: Path, file: SourceFile) -> Path:
    if file.folder_env is None:
        return path.resolve().parent
    told = os.environ.get(file.folder_env, "")
    if not told or not Path(told).expanduser().is_dir():
        found = f"{told!r} is no folder" if told else "it is not set"
        raise SourceError(
            f"Environment variable {file.folder_env} must name the folder of the files: {found}.",
            f"export {file.folder_env}=/path/of/the/folder",
        )
    return Path(told).expanduser().resolve()


def _mapping(file: SourceFile, table: str, number: int) -> MappedTable:
    inputs = file.tables[table]
    where = f"tables.{table}" + (f"[{number}]" if len(inputs) > 1 else "")
    return MappedTable(table, inputs[number], file, where)


def _tag(number: int) -> str:
    return f".{number + 1}" if number else ""


def _fingerprint(mapping: MappedTable, states: list[str]) -> str:
    file = mapping.file
    parts = (
        _VERSION, file.currency, file.time_zone, sorted(file.event_weights.items()),
        mapping.table, mapping.one.model_dump_json(), states,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _database_portion(
    name: str, mapping: MappedTable, folder: Path, condition: str, state: str
) -> Portion:
    told = mapping.one.database
    assert told is not None

    @contextmanager
    def opened(con: DuckDBPyConnection) -> Iterator[Opened]:
        with connected(told, folder, mapping.where) as db:
            used = check_expressions(con, mapping, db.columns)
            columns = [column for column in db.columns if column in used]
            with open_stream(con, db, columns, condition) as stream:
                yield stream

    def load(con: DuckDBPyConnection) -> None:
        load_input(con, mapping, [partial(opened, con)])

    return Portion(name, lambda: _fingerprint(mapping, [state]), load)
