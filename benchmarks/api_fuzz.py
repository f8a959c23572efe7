"""The whole HTTP interface under cases that its own OpenAPI document gives rise to.

Schemathesis reads the document of a running service and sends what it allows and what it forbids
(examples, the edges of every schema, random cases of both kinds, sequences of calls), under every
one of its checks: no 5xx, no status and no header that the document does not have, every body as
its schema says, what is forbidden refused, what is allowed taken, no route open without a key.
``benchmarks/schemathesis.toml`` holds the three routes that may refuse what the document allows,
and why.

The service runs in this process, by the champion of a copy of a home (the registry and its
artefacts are left out), with a key of scope admin; or name a service that runs, whose state is
then changed and whose customers are erased. The seed makes a run repeatable up to what the service
answers. Rounds with the next seeds follow until enough cases were made. Export and erasure read and
rewrite files of the home, a second or more each: they get a round of their own, of fewer cases.

    python -m benchmarks.api_fuzz --home HOME                # a copy of it
    python -m benchmarks.api_fuzz --url URL --key KEY        # a service that may be thrown away
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from features.settings import Settings, read_settings
from serving.auth import issue_key
from serving.bootstrap import build
from serving.http import create_app

CONFIG = Path(__file__).with_name("schemathesis.toml")
CASES, SEED = 10_000, 7
SLOW, SLOW_EACH = ("export_customer", "erase_customer"), 10
LEFT_OUT = ("artifacts", "mlflow.db*", "mlruns", "*.log")
START_SECONDS = 60.0
TIMEOUT = 60  # an erasure rewrites files, and other work may have the machine


@dataclass
class Found:
    """What rounds of cases came to.

    Parameters
    ----------
    cases, operations
        Made, and tested.
    failures
        By title, how many.
    texts
        What Schemathesis wrote of each round that failed.
    """

    cases: int = 0
    operations: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)

    def add(self, report: dict[str, Any], text: str) -> None:
        """Count a round in."""
        self.cases += report["test_cases"]["generated"]
        self.operations = max(self.operations, report["operations"]["tested"])
        for one in report["failures"]:
            self.failures[one["title"]] += one["count"]
        for one in report["errors"]:
            self.failures[str(one.get("title", "error"))] += 1
        if report["exit_code"]:
            self.texts.append(text)


def fuzz(
    url: str, key: str, folder: Path, each: int, seed: int, *more: str
) -> tuple[dict[str, Any], str]:
    """Run one round, ``each`` random cases an operation; return its report and its text.

    Parameters
    ----------
    more
        Further options of ``schemathesis run``.
    """
    told = folder / f"report-{seed}.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "--no-color"]
    command += ["run", f"{url}/openapi.json", "-H", f"Authorization: Bearer {key}"]
    command += ["--checks", "all", "-n", str(each), "--seed", str(seed), "--continue-on-failure"]
    command += ["--request-timeout", str(TIMEOUT)]
    command += ["--report", "json", "--report-json-path", str(told), *more]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if not told.is_file():
        raise RuntimeError(f"Schemathesis did not run: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(told.read_text("utf-8"))
    return report, ran.stdout


@contextmanager
def service(settings: Settings) -> Iterator[tuple[str, str]]:
    """Run the service of a home in this process; yield its address and a key of scope admin."""
    parts = build(settings)
    key = issue_key(parts.stores.keys, ["admin"], "fuzz", parts.clock())
    app = create_app(
        lambda: parts.application,
        parts.stores,
        parts.clock,
        console=parts.console,
        experience=settings.experience,
        settings=settings,
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield _address(server, thread), key
    finally:
        server.should_exit = True
        thread.join()
        parts.stores.close()


def _address(server: uvicorn.Server, thread: threading.Thread) -> str:
    waited = threading.Event()
    for _ in range(int(START_SECONDS / 0.05)):
        if server.started:
            host, port = server.servers[0].sockets[0].getsockname()[:2]
            return f"http://{host}:{port}"
        if not thread.is_alive():
            break
        waited.wait(0.05)
    raise RuntimeError("the service did not start")


def copied(home: Path, folder: Path) -> Settings:
    """Copy what the service reads and changes of a home; return the settings of the copy."""
    copy = folder / "home"
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    return read_settings({"NEXTBEST_HOME": str(copy), "NEXTBEST_BUNDLE": str(copy / "champion")})


def rounds(url: str, key: str, folder: Path, cases: int, seed: int) -> Found:
    """Run rounds until enough cases were made."""
    found = Found()
    slow = [part for name in SLOW for part in ("--include-operation-id", name)]
    found.add(*fuzz(url, key, folder, SLOW_EACH, seed, *slow))
    others = [part for name in SLOW for part in ("--exclude-operation-id", name)]
    while found.cases < cases:
        # Of the operations there are about as many cases at the edges as at random.
        left = cases - found.cases
        seed += 1
        found.add(*fuzz(url, key, folder, min(500, max(20, left // 30)), seed, *others))
    return found


def main() -> int:
    """Run from the command line; return 1 where a check failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, help="A home with a champion; it is copied.")
    parser.add_argument("--url", help="Of a running service, in place of a home.")
    parser.add_argument("--key", help="Of scope admin, for the running service.")
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.url:
            found = rounds(asked.url.rstrip("/"), asked.key, folder, asked.cases, asked.seed)
        else:
            home = asked.home or read_settings().home
            if not (home / "champion").is_dir():
                print(f"api_fuzz: skipped, {home} has no champion (`make demo` makes one)")
                return 0
            with service(copied(home, folder)) as (url, key):
                found = rounds(url, key, folder, asked.cases, asked.seed)
    print("\n".join(found.texts), end="")
    print(f"{found.cases} cases on {found.operations} operations, failures: {dict(found.failures)}")
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
