"""``nextbest demo``: from nothing to served decisions on real data, in one command."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from features.errors import HomeError, ServiceError
from features.settings import Settings, ensure_home
from nextbest.intake import bring_in_step, load
from nextbest.keys import SCOPES
from nextbest.running import check_ready, serve_command, serve_environment
from nextbest.show import show_actions, show_items
from nextbest.terminal import now, one_line_errors, say, settings

CUSTOMER: Final = "1014"
REFUSING_CUSTOMER: Final = "1125"
START_SECONDS: Final = 120
_TRAIN: Final = ["train", "--time-budget", "0"]
"""With the shipped models: trying others takes longer than the rest of the demo."""
_PROMOTE: Final = ["promote", "--force", "the demo serves what it has just trained"]


@click.command()
@click.option("--exit", "leave", is_flag=True, help="Stop after the examples.")
@one_line_errors
def demo(leave: bool) -> None:
    """Ingest real data, train, promote, serve, and show three decisions. Safe to run again.

    \b
    Example:
      nextbest demo
    """
    s = settings()
    ensure_home(s)
    began = time.monotonic()
    _ingest(s)
    _champion(s)
    keys = demo_keys(s)
    check_ready(s, s.port)
    with _service(s) as process:
        base = f"http://{s.host}:{s.port}"
        _examples(base, keys)
        say(f"Ready after {time.monotonic() - began:.0f} s, peak memory {_peak_gb():.1f} GB.")
        say(f"Service {base}   documentation {base}/docs   console {base}/console")
        for scope, key in keys.items():
            say(f"  key for {scope:7s} {key}")
        say(f"The keys are also in {_keys_file(s)}; the store holds only their hashes.")
        say("Purchases, products and campaigns are real (Complete Journey). Stock, consents, web")
        say("events, surveys and service contacts are simulated (docs/simulation.md).")
        if not leave:
            say("Press Ctrl-C to stop.")
            sys.exit(process.wait())


def _ingest(s: Settings) -> None:
    from features.sources.catalog import find_source

    say("1/4 Data: Complete Journey into the canonical tables")
    load(s, find_source("complete_journey"), now())
    bring_in_step(s, now())


def _champion(s: Settings) -> None:
    """Train and promote, unless a champion of these very tables and catalogue is in place."""
    say("2/4 Models, segments and the experience")
    if _is_current(s):
        say("    the champion was trained on these tables: kept")
        return
    command = [sys.executable, "-m", "nextbest.cli"]
    environment = serve_environment(s, s.port)
    # Of its own process, so that training's memory is given back before serving starts. The
    # champion comes last: where it is in place, so is what stands before it.
    for arguments in (["segments"], ["experience"], _TRAIN, _PROMOTE):
        log = subprocess.DEVNULL if arguments == ["segments"] else None
        if subprocess.call([*command, *arguments], env=environment, stdout=log) != 0:
            sys.exit(1)


def _is_current(s: Settings) -> bool:
    from bundle.files import CATALOGUE_FILES
    from bundle.learned_priors import without_learned
    from bundle.manifest import NAME
    from features.tables import data_hashes

    path = s.home / "champion" / NAME
    if not path.is_file() or not (s.home / "mlflow.db").is_file():
        return False
    manifest = json.loads(path.read_text(encoding="utf-8"))
    edited = any(
        (s.home / name).is_file()
        and (s.home / name).read_text(encoding="utf-8")
        != without_learned((path.parent / name).read_text(encoding="utf-8"))
        for name in CATALOGUE_FILES
    )
    return not edited and bool(manifest["data_hashes"] == data_hashes(s.tables))


def demo_keys(s: Settings) -> dict[str, str]:
    """Return one key a scope: those of the last demo where they still work, else new ones."""
    from serving.auth import hash_key, issue_key
    from serving.stores.opening import open_stores

    say("3/4 API keys")
    path = _keys_file(s)
    stores = open_stores(s.store_url)
    kept = _kept_keys(path)
    keys = {}
    for scope in SCOPES:
        key = kept.get(scope, "")
        works = key and stores.keys.find(hash_key(key)) is not None
        keys[scope] = key if works else issue_key(stores.keys, {scope}, f"demo {scope}", now())
    stores.close()
    # Created unreadable to others from the start, not changed afterwards.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump(keys, stream, indent=1)
    path.chmod(0o600)
    return keys


def _kept_keys(path: Path) -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise HomeError(f"{path} is damaged ({error}).", "remove it: new keys are made.") from error
    return kept


def _keys_file(s: Settings) -> Path:
    return s.home / "demo-keys.json"


@contextmanager
def _service(s: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run the service as a child, ready when entered, stopped when left."""
    say("4/4 Service")
    log = s.home / "service.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            serve_command(), env=serve_environment(s, s.port), stdout=stream, stderr=stream
        )
    signal.signal(signal.SIGTERM, _leave)
    try:
        _wait_until_ready(f"http://{s.host}:{s.port}/readyz", process, log)
        yield process
    except KeyboardInterrupt:
        say("stopping")
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def _leave(signum: int, frame: object) -> NoReturn:
    """Leave as by Ctrl-C, so that the service does not outlive the demo."""
    del frame
    sys.exit(128 + signum)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(START_SECONDS * 2):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.5)
    raise ServiceError("The service did not become ready.", f"read {log} for the reason.")


def _examples(base: str, keys: Mapping[str, str]) -> None:
    """Show a decision, a refusal, and the reason as the record keeps it."""
    say()
    say(f"A decision: what to recommend to customer {CUSTOMER} on the web")
    items = _call(
        base,
        keys["decide"],
        "/v1/recommendations",
        {"subject": {"customer_id": CUSTOMER}, "channel": "web", "n": 5, "explain": True},
    )
    show_items(items)
    say()
    say(f"A refusal: may we e-mail an offer to customer {REFUSING_CUSTOMER}?")
    refused = _call(
        base,
        keys["decide"],
        "/v1/next_best_actions",
        {
            "subject": {"customer_id": REFUSING_CUSTOMER},
            "channel": "email",
            "direction": "outbound",
            "n": 1,
            "explain": True,
            "dry_run": True,
        },
    )
    show_actions(refused)
    say()
    say(f"The reason: record {items['decision_id']}, kept for the auditor")
    record = _call(base, keys["crm"], f"/v1/decisions/{items['decision_id']}")
    say(
        f"  bundle {record['bundle_version']}, policy {record['policy_version']}, consent "
        f"statement {record['consent_version']}, refused by gate: {record['refused']}"
    )
    say()


def _call(base: str, key: str, path: str, body: object | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data)
    request.add_header("Authorization", f"Bearer {key}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        content: dict[str, Any] = json.load(answer)
        return content


def _peak_gb() -> float:
    """Return the largest resident memory of this process and its finished children, GB."""
    usage = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    # Kilobytes on Linux, bytes on macOS.
    return max(usage) / (1e9 if sys.platform == "darwin" else 1e6)
