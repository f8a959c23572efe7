"""The built Bento serves by itself: from another folder, without the repository."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from nextbest.demo import demo_keys
from tests.integration.support import settings_of

ROOT = Path(__file__).parents[2]
# The environment of the tests knows the repository by a path file. Whoever imports from it now
# finds nothing, and says so.
WITHOUT_REPOSITORY = f"""
import sys
sys.path[:] = [p for p in sys.path if p not in ("", {str(ROOT)!r})]
"""


def build(home: Path, store: Path, folder: Path) -> Path:
    environment = {**os.environ, "NEXTBEST_HOME": str(home), "BENTOML_HOME": str(store)}
    built = subprocess.run(
        [sys.executable, "-m", "nextbest.cli", "bento"],
        env=environment, cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr[-2000:]
    (manifest,) = store.glob("bentos/nextbest/*/bento.yaml")
    return manifest.parent


def start(bento: Path, home: Path, port: int, folder: Path) -> subprocess.Popen[bytes]:
    clean = folder / "clean"
    clean.mkdir()
    (clean / "sitecustomize.py").write_text(WITHOUT_REPOSITORY)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PYTHONPATH": str(clean),
        "BENTOML_HOME": str(folder / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "true",
        "NEXTBEST_HOME": str(home),
        "NEXTBEST_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    absent = subprocess.run([sys.executable, "-c", "import nextbest"], env=environment, cwd=folder)
    assert absent.returncode != 0, "the repository is still within reach"
    command = [sys.executable, "-m", "bentoml", "serve", str(bento)]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )


def ask(url: str, key: str = "", body: object | None = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if data else text.decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def wait(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            if ask(f"{base}/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.25)
    raise AssertionError(log.read_text()[-3000:])


@pytest.mark.slow
def test_a_bento_serves_its_champion_from_a_folder_without_the_repository(
    home: Path, tmp_path: Path, free_port: int
) -> None:
    built = build(home, tmp_path / "store", tmp_path)
    packed = built / "src" / "var" / "champion" / "manifest.json"
    assert packed.read_bytes() == (home / "champion" / "manifest.json").read_bytes()
    elsewhere = tmp_path / "elsewhere"
    bento = shutil.move(built, elsewhere / "bento")
    keys = demo_keys(settings_of(home))
    for part in ("champion", "mlflow.db", "snapshots"):  # what it has inside, or never reads
        path = home / part
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    process = start(Path(bento), home, free_port, elsewhere)
    base = f"http://127.0.0.1:{free_port}"
    try:
        wait(base, process, elsewhere / "log")
        body = {"subject": {"customer_id": "c002"}, "channel": "web", "n": 3}
        status, answer = ask(f"{base}/v1/recommendations", keys["decide"], body)
        assert status == 200, answer
        assert len(answer["items"]) == 3
        assert (
            answer["bundle_version"]
            == json.loads((Path(bento) / "src/var/champion/manifest.json").read_text())[
                "bundle_version"
            ]
        )
        status, metrics = ask(f"{base}/metrics")
        assert 'endpoint="/v1/recommendations",http_response_code="200"' in metrics
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
