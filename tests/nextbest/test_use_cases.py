"""Every request of docs/use-cases.md runs as it is written there."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from nextbest.demo import demo_keys
from serving import bootstrap
from serving.http import create_app
from tests.integration.support import settings_of

GUIDE = Path(__file__).parents[2] / "docs" / "use-cases.md"


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def address(home: Path, free_port: int) -> Iterator[str]:
    """The service over the live village, in a thread of this process."""
    settings = settings_of(home)
    parts = bootstrap.build(settings)
    app = create_app(lambda: parts.application, parts.stores, parts.clock, settings=settings)
    config = uvicorn.Config(app, host="127.0.0.1", port=free_port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{free_port}"
    server.should_exit = True
    thread.join()
    parts.stores.close()


def test_the_guide_runs_as_written(address: str, home: Path, tmp_path: Path) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the guide is written for bash and curl")
    demo_keys(settings_of(home))
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "BASE": address,
        "NEXTBEST_HOME": str(home),
        "CUSTOMER": "c002",
        "SECOND": "c003",
    }
    script = "set -euo pipefail\n" + "\n".join(blocks())
    done = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
    assert len(answers) >= 20
    assert not any("error" in answer for answer in answers)
    assert not any(answer.get("rejected") for answer in answers)
    decided = [answer for answer in answers if "items" in answer or "actions" in answer]
    assert all(answer.get("items") or answer.get("actions") for answer in decided)
    assert (tmp_path / "email.parquet").is_file()


def test_the_guide_shows_every_route_that_its_callers_need() -> None:
    from serving.http.app import OPERATIONS

    text = "\n".join(blocks())
    shown = {
        one.path
        for one in OPERATIONS
        if re.search(re.escape(one.path).replace(r"\{", "{").split("{")[0], text)
    }
    needed = {f"/v1/{name}" for name in (
        "recommendations", "similar_items", "rank", "next_best_actions", "scores", "customers",
        "stock", "consents", "outcomes", "events",
    )}  # fmt: skip
    assert needed <= shown
