"""An ingestion that is killed, run again, ends as one that was not."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from features.storage import read_manifest
from features.tables import data_hashes, open_tables
from tests.features.support import NOW, run, shop, sold

ROOT = Path(__file__).parents[2]

# What kills itself, and where: the name of a function, and at which call of it.
SCRIPT = """
import os, signal, sys
from pathlib import Path
{target}
folder, moment = Path(sys.argv[1]), int(sys.argv[2])
seen = 0
before = {module}.{name}
def deadly(*arguments, **named):
    global seen
    seen += 1
    if {after}:
        before(*arguments, **named)
    if seen == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return None if {after} else before(*arguments, **named)
{module}.{name} = deadly
from tests.features.support import run
from tests.features.test_ingest_killed import source
run(folder, source(), now=moment)
"""

MOMENTS = {
    "before there is a plan": ("features.ingestion.work", "prepare", 1, True),
    "while a source has scratch tables": ("tests.features.support", "drop_scratch", 2, False),
    "while the first portion is checked": ("features.ingestion.loading", "check_table", 1, False),
    "within a portion, between its tables": ("features.ingestion.loading", "check_table", 2, False),
    "before the first commit": ("features.ingestion.loading", "enter", 1, False),
    "after portion 1": ("features.ingest", "load_step", 2, False),
    "before portion 3 is committed": ("features.ingestion.loading", "enter", 3, False),
    "before anything is written": ("features.ingest", "write_run", 1, False),
    "between two files": ("features.ingestion.writing", "sha256_of", 3, False),
    "when every file is written": ("features.ingest", "write_quarantine", 1, False),
    "just before the manifest": ("features.ingest", "write_manifest", 1, False),
    "just after the manifest": ("features.ingest", "write_manifest", 1, True),
}


def source():
    """Three portions; the third corrects a row of the first and has a bad one."""
    third = sold([3, 80, 81]).assign(amount=[9, 5, -1])
    return shop(sold(range(40)), sold(range(40, 80)), third)


def killed(folder: Path, module: str, name: str, call: int, after: bool, moment: int) -> None:
    script = SCRIPT.format(
        target=f"import {module}", module=module, name=name, call=call, after=after
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, str(folder), str(moment)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def quarantine(folder: Path) -> dict[str, bytes]:
    found = (folder / "q").rglob("*.parquet")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    run(folder, shop(sold(range(20))), now=NOW - 50)
    run(folder, source(), now=NOW)
    return folder


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_run_again(tmp_path: Path, undisturbed: Path, moment: str):
    module, name, call, after = MOMENTS[moment]
    run(tmp_path, shop(sold(range(20))), now=NOW - 50)
    stood = data_hashes(tmp_path / "t")
    killed(tmp_path, module, name, call, after, NOW)
    if name != "write_manifest" or not after:
        assert data_hashes(tmp_path / "t") == stood
        open_tables(tmp_path / "t").close()
    # The moment of the run is that of its first start, once there is a plan that holds it.
    run(tmp_path, source(), now=NOW if name == "prepare" else NOW + 1000)
    assert data_hashes(tmp_path / "t") == data_hashes(undisturbed / "t")
    assert read_manifest(tmp_path / "t") == read_manifest(undisturbed / "t")
    assert quarantine(tmp_path) == quarantine(undisturbed)
    assert not list((tmp_path / "t").glob(".ingest.duckdb*"))


def test_it_goes_on_at_the_first_unfinished_portion(tmp_path: Path):
    run(tmp_path, shop(sold(range(20))), now=NOW - 50)
    killed(tmp_path, "features.ingest", "load_step", 3, False, NOW)
    again = source()
    report = run(tmp_path, again, now=NOW)
    assert again.loads == ["sales-2.csv"]
    assert (report.resumed, report.portions_read) == (2, 3)
    assert report.tables["transactions"].read == 83


def test_work_of_another_plan_is_dropped(tmp_path: Path):
    run(tmp_path, shop(sold(range(20))), now=NOW - 50)
    killed(tmp_path, "features.ingest", "load_step", 3, False, NOW)
    report = run(tmp_path, shop(sold(range(20)), sold([30])), now=NOW)
    assert (report.resumed, report.portions_read) == (0, 1)
    con = open_tables(tmp_path / "t")
    assert con.execute("select count(*) from transactions").fetchall() == [(21,)]
    con.close()
