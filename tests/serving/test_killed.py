"""A service killed under load: whatever it answered is in the store when that is opened again."""

import http.client
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serving.stores import open_stores
from tests.integration.support import Trained
from tests.serving.alone import KEY

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
CLIENTS, ENOUGH = 6, 60
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


@pytest.fixture
def home(village: Trained, tmp_path: Path) -> Path:
    shutil.copy(village.settings.home / "nextbest.db", tmp_path)
    return tmp_path


@pytest.fixture
def service(village: Trained, home: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.serving.alone", str(home), str(village.bundle)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_no_answered_decision_is_lost(service: subprocess.Popen[str], home: Path) -> None:
    assert service.stdout is not None
    port = int(service.stdout.readline())
    answered: list[str] = []
    enough = threading.Event()
    turns = itertools.count()

    def ask(_: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            for turn in turns:
                told = {"subject": {"customer_id": f"c{turn % 40:03d}"}, "channel": "web"}
                path = ("/v1/recommendations", "/v1/next_best_actions")[turn % 2]
                line.request("POST", path, json.dumps(told), HEADERS)
                answer = line.getresponse()
                body = json.loads(answer.read())
                if answer.status == 200:
                    answered.append(body["decision_id"])
                if len(answered) >= ENOUGH:
                    enough.set()
        except (OSError, http.client.HTTPException):
            return  # killed, with this request in the air

    with ThreadPoolExecutor(CLIENTS) as clients:
        asking = [clients.submit(ask, one) for one in range(CLIENTS)]
        assert enough.wait(120)
        os.kill(service.pid, signal.SIGKILL)
        for one in asking:
            one.result()
    assert service.wait(30) == -signal.SIGKILL
    stores = open_stores(f"sqlite:///{home / 'nextbest.db'}")
    assert stores.decisions.exists(answered) == set(answered)
    assert len(answered) >= ENOUGH
    stores.close()
