"""The probe of readiness answers whatever hangs, and lets every other request pass."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from serving.http import probes
from serving.http.door import Door
from serving.http.probes import Probed, Probes, Readiness
from tests.serving.support import send


async def _inner(scope: Any, receive: Any, send: Any) -> None:
    del receive
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def probed(get: Any) -> Readiness:
    door = Door()
    door.open(_inner)
    readiness = Readiness(door)
    stores: Any = SimpleNamespace(rules=SimpleNamespace(get=get))
    readiness.probed = Probed(stores, lambda: {"bundle_version": "7"})
    return readiness


def ask(readiness: Readiness, method: str, path: str) -> Any:
    return asyncio.run(send(Probes(_inner, readiness), method, path))


def test_a_store_that_hangs_counts_as_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(probes, "PATIENCE_S", 0.02)
    readiness = probed(lambda _: go.wait())
    told = asyncio.run(_told(readiness, go))
    assert (told["ready"], told["reasons"][0]["code"]) == (False, "store_unavailable")


async def _told(readiness: Readiness, go: threading.Event) -> Any:
    told = await readiness.tell()
    go.set()  # a thread that waits for ever would hold up the end of the loop
    return told


def test_other_paths_and_methods_pass() -> None:
    readiness = probed(lambda _: None)
    assert ask(readiness, "GET", "/readyz").json() == {
        "ready": True,
        "reasons": [],
        "bundle_version": "7",
    }
    assert ask(readiness, "HEAD", "/readyz").status_code == 200
    assert ask(readiness, "POST", "/readyz").status_code == 204
    assert ask(readiness, "GET", "/livez").status_code == 204
