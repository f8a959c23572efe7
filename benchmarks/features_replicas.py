"""Tables of many times the customers: each copied under new ids, through the storage layout."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from tqdm import tqdm

from features.ingestion.work import RUN
from features.ingestion.writing import empty_manifest, next_manifest, write_run
from features.schemas import TABLES
from features.standing import contract
from features.storage import NEW, TableFile, write_manifest
from features.tables import open_tables
from features.verdicts import KIND

SHARED_TABLES = ("products", "stock_levels")
OWN_COLUMNS = frozenset(
    {
        "contact_id", "customer_id", "decision_id", "event_id", "feedback_id", "identifier",
        "linked_value", "mention_id", "order_id", "outcome_id", "request_id", "session_id",
        "value", "visitor_id",
    }
)  # fmt: skip
"""Columns that must differ between two copies of a customer."""


def replicate(tables_dir: Path, target: Path, times: int, buckets: int) -> int:
    """Write ``times`` copies of every customer, one run each, and return the lines sold.

    Parameters
    ----------
    tables_dir
        The tables to copy.
    target
        A new folder of tables.
    """
    con = _open_source(tables_dir)
    written: dict[str, list[TableFile]] = {}
    for run in tqdm(range(1, times + 1), desc="replicas", unit="copy"):
        _lay_copy(con, run)
        for name, files in write_run(con, target, run, buckets, progress=False).items():
            written.setdefault(name, []).extend(files)
    _write_manifest(con, target, written, times, buckets)
    return sum(file.rows for file in written["transactions"])


def _open_source(tables_dir: Path) -> DuckDBPyConnection:
    given = open_tables(tables_dir)
    con = duckdb.connect()
    con.execute(f"create schema {RUN.schema}")
    con.execute("create schema source")
    for name in TABLES:
        con.register("given", given.sql(f"from {name}").to_arrow_table())
        con.execute(f"create table source.{name} as from given")
        con.unregister("given")
    given.close()
    return con


def _lay_copy(con: DuckDBPyConnection, run: int) -> None:
    for table in TABLES.values():
        columns = ", ".join(_column(table.name, name, run) for name in table.names)
        once = "where false" if table.name in SHARED_TABLES and run > 1 else ""
        con.execute(
            f"create or replace view main.{table.name} as"
            f" select {columns} from source.{table.name} {once}"
        )
        con.execute(
            f"create or replace view {RUN.schema}.{table.name} as"
            f" select *, '{NEW}' as {KIND} from main.{table.name}"
        )


def _column(table: str, name: str, run: int) -> str:
    renamed = name in OWN_COLUMNS and (table, name) != ("third_party", "value")
    if not renamed or (table, name) == ("outcomes", "value"):
        return name
    return f"{name} || '-{run}' as {name}"


def _write_manifest(
    con: DuckDBPyConnection,
    target: Path,
    written: Mapping[str, list[TableFile]],
    times: int,
    buckets: int,
) -> None:
    for name in TABLES:
        copies = 1 if name in SHARED_TABLES else times
        copied = f"select t.* from source.{name} t, range({copies})"
        con.execute(f"create or replace view main.{name} as {copied}")
    before = empty_manifest(buckets)
    before["runs"] = [
        {"run": run, "ingested_at": 0, "contract": contract()} for run in range(1, times)
    ]
    write_manifest(target, next_manifest(con, before, written, {}, run=times, as_known_at=0))
