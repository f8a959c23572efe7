"""Mistakes of the settings and of the machine, planted and named with what mends each."""

import os
import shutil
import socket
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from nextbest.doctor import machine
from tests.nextbest.doctor.support import Plant, one


def test_a_misspelt_setting_is_named(site: Plant) -> None:
    told = one(machine.names(site(NEXTBEST_WORKRES="2")), "settings", "warning")
    assert told.message.startswith("NEXTBEST_WORKRES")
    assert told.remedy == "did you mean NEXTBEST_WORKERS?"
    far = one(machine.names(site(NEXTBEST_XYZZYPLUGH="2")), "settings", "warning")
    assert "docs/operations.md" in far.remedy


def test_a_setting_of_the_log_that_is_none(site: Plant) -> None:
    assert "NEXTBEST_LOG='xml'" in one(machine.names(site(NEXTBEST_LOG="xml")), "settings").message


@pytest.mark.parametrize(("free", "severity"), [(10**8, "error"), (10**9, "warning")])
def test_a_full_disk(
    site: Plant, monkeypatch: pytest.MonkeyPatch, free: int, severity: str
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(free))
    assert "MB are free" in one(machine.home(site()), "disk", severity).message


def test_pools_of_threads_that_fight(site: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    told = one(
        machine.threads(site(OMP_NUM_THREADS="2", NEXTBEST_WORKERS="2")), "threads", "warning"
    )
    assert "OMP_NUM_THREADS=2 with 2 workers" in told.message
    many = one(machine.threads(site(NEXTBEST_WORKERS="4")), "threads", "warning")
    assert "NEXTBEST_WORKERS=4 on 2 cores" in many.message
    assert list(machine.threads(site(OMP_NUM_THREADS="1", NEXTBEST_WORKERS="2"))) == []


def test_workers_with_stores_of_their_own(site: Plant) -> None:
    several = site(NEXTBEST_STORE_URL="memory:", NEXTBEST_WORKERS="2")
    assert "NEXTBEST_WORKERS=2" in one(machine.store_kind(several), "workers").message
    assert list(machine.store_kind(site(NEXTBEST_STORE_URL="memory:"))) == []


def test_a_port_that_something_else_holds(site: Plant, free_port: int) -> None:
    assert list(machine.port(site())) == []
    with socket.socket() as held:
        held.bind(("127.0.0.1", free_port))
        told = one(machine.port(site()), "port")
    assert f"NEXTBEST_PORT={free_port + 1}" in told.remedy


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "ok"),
        (b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"ready": false}', "ok"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n<html>", "error"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "error"),
    ],
)
def test_a_port_that_the_service_itself_holds(
    site: Plant, free_port: int, answer: bytes, check: str
) -> None:
    with socket.create_server(("127.0.0.1", free_port)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        (found,) = machine.port(site())
        thread.join()
    assert found.severity == check


def test_keys_that_others_can_read(site: Plant, home: Path) -> None:
    path = home / "demo-keys.json"
    path.write_text("{}")
    path.chmod(0o644)
    assert "mode 644" in one(machine.demo_keys(site()), "keys").message
    path.chmod(0o600)
    assert list(machine.demo_keys(site())) == []
    open_to_all = machine.demo_keys(site(NEXTBEST_HOST="0.0.0.0"))
    assert "0.0.0.0" in one(open_to_all, "keys", "warning").message
