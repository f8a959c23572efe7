"""A home of many times the customers, or of fewer items, its tables written as ingestion does.

Each customer is copied under new ids. Of the items those sold most often stay, with all that names
them; what names no item stays too.

    python -m benchmarks.replicas --home HOME --target NEW --times 10      # ten times the customers
    python -m benchmarks.replicas --home HOME --target NEW --items 5000    # a catalogue of 5,000
"""

import argparse
import shutil
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
from nextbest.terminal import say
from serving.privacy.secret import FILE as SECRET_FILE

SHARED_TABLES = ("products", "stock_levels")
OWN_COLUMNS = frozenset(
    {
        "contact_id", "customer_id", "decision_id", "event_id", "feedback_id", "identifier",
        "linked_value", "mention_id", "order_id", "outcome_id", "request_id", "session_id",
        "value", "visitor_id",
    }
)  # fmt: skip
"""Columns that must differ between two copies of a customer."""


_BESIDE = ("nextbest.db", SECRET_FILE, "published.json", "identity")
"""What else a home holds that training and serving read."""


def main() -> None:
    """Make a home of another."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="NEXTBEST_HOME with tables")
    parser.add_argument("--target", type=Path, required=True, help="a folder that is not there")
    parser.add_argument("--times", type=int, default=1, help="copies of each customer")
    parser.add_argument("--items", type=int, default=0, help="items that stay; 0 for all")
    parser.add_argument("--buckets", type=int, default=16, help="files of a table")
    asked = parser.parse_args()
    asked.target.mkdir(parents=True)
    for name in _BESIDE:
        found = asked.home / name
        copy = shutil.copytree if found.is_dir() else shutil.copy2
        if found.exists():
            copy(found, asked.target / name)
    tables, new = asked.home / "tables", asked.target / "tables"
    lines = replicate(tables, new, asked.times, asked.buckets, asked.items)
    say(f"{lines:,} lines sold")


def replicate(tables_dir: Path, target: Path, times: int, buckets: int, items: int = 0) -> int:
    """Write ``times`` copies of every customer, one run each, and return the lines sold.

    Parameters
    ----------
    tables_dir
        The tables to copy.
    target
        A new folder of tables.
    buckets
        Files of each large table.
    items
        How many items stay; 0 for all.
    """
    con = _open_source(tables_dir, items)
    written: dict[str, list[TableFile]] = {}
    for run in tqdm(range(1, times + 1), desc="replicas", unit="copy"):
        _lay_copy(con, run)
        for name, files in write_run(con, target, run, buckets, progress=False).items():
            written.setdefault(name, []).extend(files)
    _write_manifest(con, target, written, times, buckets)
    return sum(file.rows for file in written["transactions"])


def _open_source(tables_dir: Path, items: int) -> DuckDBPyConnection:
    given = open_tables(tables_dir)
    con = duckdb.connect()
    con.execute(f"create schema {RUN.schema}")
    con.execute("create schema source")
    given.execute(
        "create temp table kept as select item_id from transactions"
        " group by item_id order by count(*) desc, item_id limit ?",
        [items],
    )
    for name, table in TABLES.items():
        some = items and "item_id" in table.names
        rest = "where item_id is null or item_id in (from kept)" if some else ""
        con.register("given", given.sql(f"from {name} {rest}").to_arrow_table())
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


if __name__ == "__main__":
    main()
