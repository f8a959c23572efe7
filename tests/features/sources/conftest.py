"""A folder of files, a mapping, and what is loaded from them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from features.ingest import ingest
from features.reports import IngestReport
from features.sources.catalog import find_source
from features.sources.mapped.source import Mapped
from features.tables import open_tables

HEAD = "version: 1\nname: corner_shop\ncurrency: GBP\ntime_zone: Europe/London\ntables:\n"
AS_KNOWN_AT = 1_900_000_000


class Shop:
    """A folder with a ``sources.yaml``, loaded as often as wished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def map(self, tables: str, head: str = HEAD) -> Path:
        return self.write("sources.yaml", head + tables)

    def raw(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Load the portions of one table, and read what came."""
        con = duckdb.connect()
        con.execute("create schema raw")
        rows: list[tuple[Any, ...]] = []
        for portion in Mapped(self.folder / "sources.yaml").portions():
            if portion.name.split(":")[0].split(".")[0] == table:
                portion.load(con)
                rows += con.execute(f"select {columns} from raw.{table}").fetchall()
                con.execute(f"drop table raw.{table}")
        left = con.execute("select table_name from information_schema.tables").fetchall()
        assert left == [], "scratch objects stay behind"
        return rows

    def ingest(self, **options: Any) -> IngestReport:
        return ingest(
            find_source(str(self.folder)),
            self.folder / "home" / "tables",
            self.folder / "home" / "quarantine",
            as_known_at=AS_KNOWN_AT,
            **options,
        )

    def tables(self) -> DuckDBPyConnection:
        return open_tables(self.folder / "home" / "tables")


@pytest.fixture
def corner(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def one_column(corner: Shop) -> Callable[..., list[tuple[Any, ...]]]:
    """Write one column of cells and read them as a canonical column of transactions."""

    def read(
        column: str, cells: list[str], told: Mapping[str, object] | str, csv: str = "{}"
    ) -> list[tuple[Any, ...]]:
        corner.write("lines.csv", f"sku|{column}\n" + "".join(f'x|"{c}"\n' for c in cells))
        columns = {
            "order_id": {"constant": "o"}, "item_id": "sku", "quantity": {"constant": 1},
            "purchased_at": {"constant": "2024-01-01"}, "amount": {"constant": 1},
            "channel": {"constant": "web"}, column: told,
        }  # fmt: skip
        listed = json.dumps(columns)
        corner.map(
            f"  transactions:\n    files: lines.csv\n    csv: {csv}\n    columns: {listed}\n"
        )
        return corner.raw("transactions", f"{column}, _faults")

    return read
