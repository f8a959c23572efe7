"""The village as arrays and tables, and ways to cut it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from duckdb import DuckDBPyConnection

if TYPE_CHECKING:
    from tests.integration.village import Village


@pytest.fixture(scope="session")
def plain(
    tmp_path_factory: pytest.TempPathFactory,
) -> "Iterator[Callable[..., DuckDBPyConnection]]":
    """Ingest a village with the consents of a list, and open its tables."""
    from features.ingest import ingest
    from features.tables import open_tables
    from tests.integration.village import NOW
    from tests.training.support import Consents

    made: dict[str, Path] = {}
    opened: list[DuckDBPyConnection] = []

    def plain(
        village: "Village", refusers: frozenset[str] = frozenset(), *, consents: bool = True
    ) -> DuckDBPyConnection:
        sources = (village, Consents(refusers)) if consents else (village,)
        key = "-".join(part.fingerprint() for source in sources for part in source.portions())
        if key not in made:
            made[key] = tmp_path_factory.mktemp("plain")
            ingest(sources, made[key] / "tables", made[key] / "bad", as_known_at=NOW)
        opened.append(open_tables(made[key] / "tables"))
        return opened[-1]

    yield plain
    for con in opened:
        con.close()
