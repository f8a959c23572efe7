"""The work in progress: a database beside the tables, that outlives a killed process.

Each portion is one transaction (accepted rows, refused rows and the journal), so that a run which
was killed goes on at the first portion it had not finished. Of two runs at once the second one is
told to wait. The database is scratch: it is dropped at the end of the run, and when the plan is
another one.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from features.door import prepare
from features.errors import HomeError
from features.reports import TableReport
from features.schemas import TABLES
from features.verdicts import Target

RUN = Target("run")
WORK = ".ingest.duckdb"
LOCK = ".ingest.lock"
DEFAULT_MEMORY = "2GB"
STANDING = "standing"
"""Schema of the views over the rows of earlier runs."""

_SCHEMAS = {"main", "raw", RUN.schema, STANDING, "information_schema", "pg_catalog"}

Reports = dict[str, TableReport]


@dataclass(frozen=True)
class Work:
    """An opened work database.

    Parameters
    ----------
    con
        Its connection.
    as_known_at
        Moment of the run, kept from its first start.
    done
        What came of each step that an earlier process finished, in order.
    """

    con: DuckDBPyConnection
    as_known_at: int
    done: tuple[Reports, ...]


@contextmanager
def only_one(tables_dir: Path) -> Iterator[None]:
    """Hold the lock of the folder.

    Raises
    ------
    HomeError
        If another ingestion holds it.
    """
    tables_dir.mkdir(parents=True, exist_ok=True)
    with (tables_dir / LOCK).open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeError(
                f"Another ingestion is at work in {tables_dir}.", "wait until it has ended."
            ) from error
        yield


@contextmanager
def work_on(
    tables_dir: Path, plan: str, as_known_at: int, memory_limit: str = DEFAULT_MEMORY
) -> Iterator[Work]:
    """Open the work of this plan: what a killed run left of it, or a new database.

    Parameters
    ----------
    tables_dir
        Where it lies.
    plan
        Digest of the plan: work of another one is dropped.
    as_known_at
        Moment of the run, unless it goes on with an earlier one.
    memory_limit
        Of DuckDB, as ``2GB``; more goes to a temporary folder beside the database.
    """
    path = tables_dir / WORK
    con = _reopen(path, plan, memory_limit)
    if con is None:
        drop_work(tables_dir)
        con = _connect(path, memory_limit)
        prepare(con, RUN)
        con.execute("create table run.journal (step INTEGER, reports VARCHAR)")
        con.execute("create table run.plan as select $plan as digest, $moment as as_known_at",
                    {"plan": plan, "moment": as_known_at})  # fmt: skip
    try:
        moment = int(con.execute("select as_known_at from run.plan").fetchall()[0][0])
        rows = con.execute("select reports from run.journal order by step").fetchall()
        yield Work(con, moment, tuple(_parsed(str(row[0])) for row in rows))
    finally:
        con.close()


def _connect(path: Path, memory_limit: str) -> DuckDBPyConnection:
    return duckdb.connect(
        str(path),
        config={"memory_limit": memory_limit, "temp_directory": f"{path}.tmp"},
    )


def _reopen(path: Path, plan: str, memory_limit: str) -> DuckDBPyConnection | None:
    if not path.exists():
        return None
    try:
        con = _connect(path, memory_limit)
    except duckdb.Error:
        # Killed while the file itself was being made: there is nothing in it to go on with.
        return None
    if _plan_of(con) == plan:
        _drop_scratch(con)
        return con
    con.close()
    return None


def _plan_of(con: DuckDBPyConnection) -> str:
    """Return the digest of the plan; empty when the process was killed before it wrote one."""
    made = con.execute(
        "select 1 from information_schema.tables where table_schema = 'run' and table_name = 'plan'"
        " and table_catalog = current_database()"
    ).fetchall()
    return str(con.execute("select digest from run.plan").fetchall()[0][0]) if made else ""


def _drop_scratch(con: DuckDBPyConnection) -> None:
    """Remove what a source that was killed within its load had made for itself."""
    rows = con.execute(
        "select schema_name from information_schema.schemata"
        " where catalog_name = current_database()"
    ).fetchall()
    for (schema,) in rows:
        if schema not in _SCHEMAS:
            con.execute(f'drop schema "{schema}" cascade')
    rows = con.execute(
        "select table_name, table_type from information_schema.tables"
        " where table_schema = 'main' and table_catalog = current_database()"
    ).fetchall()
    for name, kind in rows:
        if name not in TABLES:
            con.execute(f'drop {"view" if kind == "VIEW" else "table"} main."{name}"')


def drop_work(tables_dir: Path) -> None:
    """Remove the work database and what DuckDB wrote beside it."""
    for path in tables_dir.glob(f"{WORK}*"):
        if path.is_dir():
            for each in path.iterdir():
                each.unlink()
            path.rmdir()
        else:
            path.unlink()


def enter(work: Work, step: int, reports: Reports) -> None:
    """Write in the journal, within the step's transaction, that a step is done."""
    body = json.dumps({name: asdict(report) for name, report in reports.items()})
    work.con.execute("insert into run.journal values (?, ?)", [step, body])


def _parsed(body: str) -> Reports:
    held: dict[str, dict[str, Any]] = json.loads(body)
    return {name: TableReport(**fields) for name, fields in held.items()}
