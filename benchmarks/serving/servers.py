"""Server processes: started, waited for, weighed, ended."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil  # type: ignore[import-untyped]

KEY = "bench-key-of-these-processes-only"
_PATIENCE_S = 240


@dataclass(frozen=True)
class Case:
    """What is asked of a server.

    Parameters
    ----------
    name
        In tables.
    target
        The BentoML service, ``module:Class``.
    path
        The route.
    home
        The home it serves from; None for one that needs none.
    bodies
        File of one JSON body a line.
    """

    name: str
    target: str
    path: str
    bodies: Path
    home: Path | None = None


class Server:
    """A service of BentoML in processes of its own.

    Parameters
    ----------
    case
        What it serves.
    logs
        Where its output goes.
    """

    def __init__(self, case: Case, logs: Path) -> None:
        self.case = case
        self.port = _free_port()
        command = [sys.executable, "-m", "bentoml", "serve", case.target, "--port", str(self.port)]
        name = case.name.replace(" ", "_").replace(",", "")
        with (logs / f"{name}.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, env=_environment(case.home, self.port), stdout=log, stderr=log
            )

    def __enter__(self) -> Self:
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(60)

    def load(self, seconds: float, connections: int = 16, rate: float = 0.0) -> dict[str, Any]:
        """Run the load generator; its report, and ``cpu_us`` and ``rss`` of the server."""
        options = ["--bodies", str(self.case.bodies), "--seconds", str(seconds)]
        return self._loaded([*options, "--connections", str(connections), "--rate", str(rate)])

    def load_once(self, bodies: Path) -> dict[str, Any]:
        """Send each of some bodies once, over 16 connections; report as `load` does."""
        return self._loaded(["--bodies", str(bodies), "--seconds", str(_PATIENCE_S), "--once"])

    def _loaded(self, options: Sequence[str]) -> dict[str, Any]:
        before = self._cpu()
        told = _generate(self.port, self.case, options)
        told["cpu_us"] = (self._cpu() - before) / max(told["answered"], 1) * 1e6
        return told | {"rss": self.rss()}

    def rss(self) -> int:
        """Return the resident bytes of its processes."""
        return sum(one.memory_info().rss for one in self._tree())

    def _cpu(self) -> float:
        times = [one.cpu_times() for one in self._tree()]
        return float(sum(one.user + one.system for one in times))

    def _tree(self) -> Sequence[psutil.Process]:
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def _wait(self) -> None:
        until = time.monotonic() + _PATIENCE_S
        address = f"http://127.0.0.1:{self.port}/readyz"
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.case.name} ended before it was ready; see its log")
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError(f"{self.case.name} was not ready within {_PATIENCE_S} s; see its log")


def _generate(port: int, case: Case, options: Sequence[str]) -> dict[str, Any]:
    whom = ["--port", str(port), "--path", case.path, "--key", KEY]
    command = [sys.executable, "-m", "benchmarks.serving.load", *whom, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _environment(home: Path | None, port: int) -> Mapping[str, str]:
    told = {
        **os.environ,
        # Several BLAS threads a process would fight for the cores; `make` sets the same.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "passive",
        "BENTOML_DO_NOT_TRACK": "true",
        "NEXTBEST_PORT": str(port),
        "NEXTBEST_API_KEYS": f"decide:{KEY}",
    }
    if home is not None:
        told |= {"NEXTBEST_HOME": str(home), "NEXTBEST_BUNDLE": str(home / "bundle")}
    return told


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return port
