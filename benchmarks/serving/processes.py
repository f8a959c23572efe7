"""Service processes on a copy of a home, for what is measured between two of them."""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

from features.settings import read_settings
from nextbest.running import serve_command, serve_environment
from serving.privacy.secret import FILE as SECRET_FILE

KEY: Final = "bench-key-of-this-run-only"
_STARTS_S: Final = 180


@dataclass
class Process:
    """One service process, asked over a connection that stays open."""

    port: int
    connection: HTTPConnection
    pid: int = 0

    def resident_mb(self) -> float:
        """Return the resident memory of the process that answers: the largest below the first."""
        held = dict(_facts())
        family, new = set[int](), {self.pid}
        while new:
            family |= new
            new = {pid for pid, (parent, _) in held.items() if parent in new} - family
        return max(held[pid][1] for pid in family if pid in held)

    def ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
        """Return the answer.

        Raises
        ------
        RuntimeError
            If it is a refusal.
        """
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        self.connection.request(method, path, data, headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {text[:300]!r}")
        return json.loads(text)


def _facts() -> Iterator[tuple[int, tuple[int, float]]]:
    """Yield every process of this machine: its parent, and its resident megabytes."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:  # it ended meanwhile
            continue
        resident = int(told.get("VmRSS", "0 kB").split()[0]) / 1024
        yield int(status.parent.name), (int(told["PPid"]), resident)


@contextmanager
def connected(port: int, pid: int = 0) -> Iterator[Process]:
    """Ask a service over a connection of one's own."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        yield Process(port, connection, pid)


def copy_home(home: Path, to: Path) -> Path:
    """Copy what a service reads of a home; the bundle comes from its champion."""
    to.mkdir(parents=True)
    for name in ("nextbest.db", SECRET_FILE):
        if (home / name).is_file():
            shutil.copy(home / name, to)
    shutil.copytree(home / "champion", to / "champion")
    return to


def print_table(
    doc: str, option: str, default: int, table: Callable[[Path, int], Iterable[str]]
) -> None:
    """Print what is measured on a copy of a home, which the command line names.

    Parameters
    ----------
    doc
        The benchmark's docstring; its first line is the help.
    option, default
        The one number that may be set, by name.
    table
        Takes the copy and the number, and gives the lines.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True, help="a home of `make demo`")
    parser.add_argument(f"--{option}", dest="number", type=int, default=default)
    asked = parser.parse_args()
    if not (asked.home / "champion" / "manifest.json").is_file():
        print(f"skipped: {asked.home} holds no champion; run `make demo` first")
        return
    with tempfile.TemporaryDirectory() as work:
        print("\n".join(table(copy_home(asked.home, Path(work) / "home"), asked.number)))


@contextmanager
def process(home: Path, **environment: str) -> Iterator[Process]:
    """Serve a home by one worker until the block ends."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = read_settings({"NEXTBEST_HOME": str(home)})
    told = serve_environment(settings, port) | {
        "NEXTBEST_BUNDLE": str(home / "champion"),
        "NEXTBEST_API_KEYS": f"admin:{KEY}",
        "BENTOML_HOME": str(home / "bento"),
        **environment,
    }
    with (home / f"{port}.log").open("wb") as log:
        served = subprocess.Popen(
            serve_command(), env=told, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _await_ready(served, port)
            with connected(port, served.pid) as one:
                yield one
        finally:
            os.killpg(served.pid, signal.SIGTERM)
            served.wait()


def _await_ready(served: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(_STARTS_S * 4):
        if served.poll() is not None:
            raise RuntimeError("the service ended before it was ready")
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as probe:
                probe.request("GET", "/readyz")
                if probe.getresponse().status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.25)
    raise RuntimeError(f"the service was not ready within {_STARTS_S} s")
