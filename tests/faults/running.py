"""The service as a user starts it, of two workers, over the village; and its faults."""

import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import uvicorn

from bundle.manifest import read_manifest
from nextbest.running import serve_command, serve_environment
from serving.bootstrap import clock
from tests.integration.support import Trained, settings_of
from tests.serving.swapping.support import poisoned, reseeded, variant

KEY = "a-key-for-the-faults-alone"
WORKERS = 2


@dataclass(frozen=True)
class Listening:
    """A service that listens.

    Parameters
    ----------
    port
        Where.
    """

    port: int

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        with closing(self.connect()) as connection:
            return answer(connection, method, path, body)

    def ok(self, method: str, path: str, body: object = None) -> Any:
        status, told = self.ask(method, path, body)
        assert status == 200, told
        return told


@dataclass(frozen=True)
class Running(Listening):
    """A process tree that serves.

    Parameters
    ----------
    home
        Its ``NEXTBEST_HOME``.
    pid
        The first of its processes; the workers are below it.
    """

    home: Path
    pid: int

    def workers(self) -> list[int]:
        """The processes that answer: those that hold the store open."""
        found = []
        for pid in _below(self.pid):
            try:
                held = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
            except OSError:
                continue
            if str(self.home / "nextbest.db") in held:
                found.append(pid)
        return sorted(found)

    def await_workers(self, n: int = WORKERS) -> list[int]:
        found = wait_for(lambda: ids if len(ids := self.workers()) == n else None)
        self.await_ready()
        return list(found)

    def await_ready(self) -> None:
        wait_for(lambda: self.ask("GET", "/readyz")[0] == 200)

    def served(self) -> str:
        """The bundle that one of the workers serves."""
        return str(self.ask("GET", "/readyz")[1].get("bundle_version"))

    def bundle_version(self, version: int) -> str:
        """The bundle that a version of the registry is."""
        return read_manifest(self.home / f"versions/{version}/artifacts/bundle").bundle_version

    def alias(self, version: int) -> None:
        """Move the alias that is served, as `nextbest promote` and `rollback` do."""
        with closing(sqlite3.connect(self.home / "mlflow.db", timeout=20)) as db, db:
            db.execute(
                "update registered_model_aliases set version = ? where alias = 'champion'",
                [version],
            )

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Let no file of the workers grow beyond a page: to them, the disk is full."""
        held = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in self.workers()}
        for pid in held:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, held[pid][1]))
        try:
            yield
        finally:
            for pid, limit in held.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


def answer(
    connection: HTTPConnection, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    """Ask on a connection that stays open; what a server without the route writes is no JSON."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    connection.request(method, path, data, headers)
    response = connection.getresponse()
    text = response.read()
    return response.status, json.loads(text or b"null")


@contextmanager
def serving(village: Trained, home: Path) -> Iterator[Running]:
    """Serve the village with three versions registered: its own, another, and a poisoned one."""
    home.mkdir()
    for name in ("nextbest.db", "mlflow.db"):
        shutil.copy(village.settings.home / name, home)
    _freshen(home / "nextbest.db")
    _register(village, home, {1: lambda _: None, 2: reseeded(2), 3: poisoned})
    port, log = _free_port(), (home / "log").open("wb")
    environment = serve_environment(settings_of(home), port) | {
        "BENTOML_HOME": str(home / "bento"),
        "NEXTBEST_WORKERS": str(WORKERS),
        "NEXTBEST_POLL_SECONDS": "1",
        "NEXTBEST_API_KEYS": f"admin:{KEY}",
    }
    process = subprocess.Popen(
        serve_command(), env=environment, stdout=log, stderr=log, start_new_session=True
    )
    running = Running(port, home, process.pid)
    try:
        running.await_workers()
        yield running
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


@contextmanager
def threaded(app: Any) -> Iterator[Listening]:
    """Serve an ASGI app from a thread of this process."""
    port = _free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="error", lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield Listening(port)
    finally:
        server.should_exit = True
        thread.join()


def wait_for(condition: Any) -> Any:
    """Return what a condition returns once it is something."""
    for _ in range(600):
        try:
            found = condition()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen within a minute")


def _freshen(store: Path) -> None:
    """Date the village's stock as of now: it is served by the real clock."""
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("update stock_levels set as_of = ?", [clock()])


def _register(village: Trained, home: Path, versions: dict[int, Any]) -> None:
    """Add versions to the registry as MLflow would; their artefacts lie beside."""
    with closing(sqlite3.connect(home / "mlflow.db")) as db, db:
        for version, edit in versions.items():
            folder = home / "versions" / str(version)
            (folder / "artifacts").mkdir(parents=True)
            variant(village.bundle, folder / "artifacts" / "bundle", edit)
            db.execute("create temp table one as select * from model_versions where version = 1")
            db.execute(
                "update one set version = ?, storage_location = ?", [version, folder.as_uri()]
            )
            db.execute("delete from model_versions where version = ?", [version])
            db.execute("insert into model_versions select * from one")
            db.execute("drop table one")


def _below(pid: int) -> set[int]:
    """Every process that a process started, and those started by these."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(told.rpartition(")")[2].split()[1])
    found, new = set(), {pid}
    while new:
        found |= new
        new = {child for child, parent in parents.items() if parent in new} - found
    return found - {pid}


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
