"""Which version an alias names: from the registry's tables, or from its REST interface."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from features.errors import RegistryError
from serving.alias import local_folder, version_of


@pytest.fixture
def registry(tmp_path: Path) -> str:
    """The two tables that are read, as MLflow makes them."""
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table registered_model_aliases (alias, version int, name)")
        db.execute("create table model_versions (name, version int, storage_location)")
        db.execute("insert into registered_model_aliases values ('champion', 3, 'nextbest')")
        db.execute(
            "insert into model_versions values ('nextbest', 3, ?), ('nextbest', 4, 's3://b/m')",
            [f"file://{tmp_path}/a%20b"],
        )
    (tmp_path / "a b").mkdir()
    return f"sqlite:///{path}"


def test_the_tables_are_read(registry: str, tmp_path: Path) -> None:
    assert version_of(registry, "nextbest", "champion") == "3"
    assert local_folder(registry, "nextbest", "3") == tmp_path / "a b"


def test_what_lies_elsewhere_is_not_local(registry: str, tmp_path: Path) -> None:
    assert local_folder(registry, "nextbest", "4") is None
    assert local_folder(registry, "nextbest", "5") is None
    assert local_folder("http://127.0.0.1:1", "nextbest", "3") is None
    (tmp_path / "a b").rmdir()
    assert local_folder(registry, "nextbest", "3") is None


def test_an_alias_that_nothing_has(registry: str) -> None:
    with pytest.raises(RegistryError, match=r"alias 'canary'.*promote"):
        version_of(registry, "nextbest", "canary")


@pytest.mark.parametrize(
    "name", ["gone.db", "empty.db"], ids=["no file is made", "a file that is no registry"]
)
def test_a_registry_that_cannot_be_asked(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(RegistryError, match="cannot be asked"):
        version_of(f"sqlite:///{tmp_path / name}", "nextbest", "champion")
    assert not (tmp_path / "gone.db").exists()


class _Server(BaseHTTPRequestHandler):
    """An MLflow server's one route that is asked."""

    seen: list[str | None]

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization"))
        url = urlsplit(self.path)
        (alias,) = parse_qs(url.query)["alias"]
        status = {"champion": 200, "canary": 404}.get(alias, 500)
        route = url.path == "/api/2.0/mlflow/registered-models/alias"
        self.send_response(status if route else 400)
        self.end_headers()
        told = {"model_version": {"version": "12"}} if status == 200 else {"error_code": "X"}
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, list[str | None]]]:
    _Server.seen = []
    with HTTPServer(("127.0.0.1", 0), _Server) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", _Server.seen
        http.shutdown()
        thread.join()


def test_a_server_is_asked(
    server: tuple[str, list[str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    uri, seen = server
    assert version_of(uri, "nextbest", "champion") == "12"
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "it")
    version_of(uri, "nextbest", "champion")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "abc")
    version_of(uri, "nextbest", "champion")
    assert seen == [None, "Basic bWU6aXQ=", "Bearer abc"]
    with pytest.raises(RegistryError, match="alias 'canary'"):
        version_of(uri, "nextbest", "canary")
    with pytest.raises(RegistryError, match="it answered 500"):
        version_of(uri, "nextbest", "other")


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(RegistryError, match="cannot be asked"):
        version_of("http://127.0.0.1:1", "nextbest", "champion")
