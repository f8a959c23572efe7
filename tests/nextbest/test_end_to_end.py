"""The whole service, as a user starts it: one process tree, one port, one decision."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nextbest.demo import demo_keys
from nextbest.running import serve_command, serve_environment
from tests.integration.support import settings_of


def fetch(url: str, key: str = "", body: object | None = None) -> tuple[int, str, str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as got:
            return got.status, got.headers["content-type"], got.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["content-type"], error.read().decode()


@pytest.fixture
def running(live_home: Path, tmp_path: Path, free_port: int) -> Iterator[str]:
    """``bentoml serve`` over the village, in a process group of its own."""
    settings = settings_of(live_home)
    log = (tmp_path / "log").open("wb")
    environment = serve_environment(settings, free_port) | {"BENTOML_HOME": str(tmp_path / "bento")}
    process = subprocess.Popen(
        serve_command(), env=environment, stdout=log, stderr=log, start_new_session=True
    )
    base = f"http://127.0.0.1:{free_port}"
    try:
        for _ in range(240):
            assert process.poll() is None, (tmp_path / "log").read_text()
            try:
                if fetch(f"{base}/readyz")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.25)
        yield base
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


@pytest.mark.slow
def test_the_service_serves(running: str, live_home: Path) -> None:
    keys = demo_keys(settings_of(live_home))
    ask = {"subject": {"customer_id": "c002"}, "channel": "web", "n": 5}
    assert fetch(f"{running}/readyz")[0] == 200
    status, _, text = fetch(f"{running}/v1/recommendations", keys["decide"], ask)
    assert status == 200, text
    answer: dict[str, Any] = json.loads(text)
    assert len(answer["items"]) == 5
    assert answer["personalised"] is True
    status, _, text = fetch(f"{running}/v1/decisions/{answer['decision_id']}", keys["crm"])
    assert (status, json.loads(text)["items"]) == (200, answer["items"])
    assert fetch(f"{running}/v1/recommendations", "", ask)[0] == 401
    status, _, metrics = fetch(f"{running}/metrics")
    assert status == 200
    assert 'endpoint="/v1/recommendations",http_response_code="200"' in metrics
    assert f'bundle_version="{answer["bundle_version"]}"' in metrics
    assert "c002" not in metrics
    status, kind, page = fetch(f"{running}/docs")
    assert (status, kind.split(";")[0]) == (200, "text/html")
    assert "/v1/recommendations" in page
