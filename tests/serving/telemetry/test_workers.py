"""Counts of several workers: what happened still happened, what was under way has ended."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
WORK = (
    "from serving.http.metrics import Metrics; m = Metrics();"
    "m.end(m.begin('/v1/rank'), 'POST', 200); m.begin('/v1/rank'); m.commit(4, 3);"
    "m.served('{version}', 'p1')"
)
READ = ";import sys; sys.stdout.write(m.text().decode())"


def run(code: str, folder: Path) -> str:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_dead_workers_counts_stay_and_its_present_does_not(tmp_path: Path) -> None:
    run(WORK.format(version="old"), tmp_path)
    text = run(WORK.format(version="new") + READ, tmp_path)
    assert 'http_response_code="200",method="POST"} 2.0' in text
    assert "nextbest_commit_records_count 2.0" in text
    assert "nextbest_requests_in_flight 1.0" in text, "the dead worker answers nobody"
    assert "nextbest_commit_waiting 3.0" in text
    assert 'bundle_version="new"' in text
    assert 'bundle_version="old"' not in text
