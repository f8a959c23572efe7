"""Bucket by bucket equals one query, bit for bit, killed and resumed or not."""

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.buckets import bucket_of
from features.engine import build, pieces
from features.engine.build import build_snapshots
from features.engine.folder import alone, read_snapshots
from features.engine.plan import make_plan
from features.errors import HomeError, SourceError
from features.snapshot import build_snapshot, feature_names
from features.storage import read_manifest, table_files
from features.tables import open_tables

DAY = 86_400
START = 1_600_000_000
MOMENTS = [START + days * DAY for days in (90, 210, 365, 401)]
FEW = ["orders_90d", "spend_365d", "sessions_30d", "spend_rank_365d", "redemptions_365d"]

Frames = Mapping[str, pd.DataFrame]
Store = Callable[[Sequence[Frames]], Path]


def make_room(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so many rows times moments fit one query."""
    monkeypatch.setattr(pieces, "rows_that_fit", lambda limit: rows)


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """One bucket a query: together they would need no strays."""
    make_room(3_000, monkeypatch)


@pytest.fixture
def tables(store: Store, astray: Sequence[Frames]) -> Path:
    return store(astray)


def single(tables: Path, **options: object) -> pa.Table:
    known_at = options.pop("known_at", None)
    con = open_tables(tables, known_at=known_at)  # type: ignore[arg-type]
    return build_snapshot(con, MOMENTS, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("honour", [True, False])
def test_the_buckets_together_equal_one_query(tables: Path, tmp_path: Path, honour: bool):
    done = build_snapshots(tables, MOMENTS, tmp_path / "out", honour_consents=honour)
    whole = single(tables, honour_consents=honour)
    assert read_snapshots(tmp_path / "out").equals(whole)
    assert (done.rows, done.columns) == (whole.num_rows, whole.num_columns)
    assert done.customers == len(set(whole.column("customer_id").to_pylist()))


def test_the_set_does_lead_rows_astray(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Without the strays the values would differ: the test above does test them."""
    monkeypatch.setattr("features.engine.passes.find_strays", lambda con, plan: None)
    build_snapshots(tables, MOMENTS, tmp_path / "out", honour_consents=False)
    found = read_snapshots(tmp_path / "out").to_pandas()
    whole = single(tables, honour_consents=False).to_pandas()
    differing = {name for name in whole if not whole[name].equals(found[name])}
    assert {"orders_365d", "redemptions_365d", "exposures_365d", "feedback_requests_365d",
            "sessions_30d"} <= differing  # fmt: skip


def test_each_customer_lies_in_the_bucket_of_the_id(tables: Path, tmp_path: Path):
    build_snapshots(tables, MOMENTS, tmp_path / "out", columns=FEW)
    for bucket in range(4):
        rows = pq.read_table(tmp_path / "out" / f"bucket={bucket:02d}.parquet")
        ids = rows.column("customer_id").to_pylist()
        assert all(bucket_of(each, 4) == bucket for each in ids)
        moments = rows.column("as_of").to_pylist()
        assert list(zip(moments, ids, strict=True)) == sorted(zip(moments, ids, strict=True))


@pytest.mark.parametrize("room", [1, 1_300, 10**9])
def test_a_small_memory_cuts_the_work_and_not_the_values(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
):
    make_room(room, monkeypatch)
    build_snapshots(tables, MOMENTS, tmp_path / "out", columns=FEW)
    assert read_snapshots(tmp_path / "out").equals(single(tables, columns=FEW))


def test_only_the_chosen_columns_are_built(tables: Path, tmp_path: Path):
    done = build_snapshots(tables, MOMENTS, tmp_path / "out", columns=FEW)
    names = read_snapshots(tmp_path / "out").column_names
    assert names[-5:] == [name for name in feature_names() if name in FEW]
    assert done.columns == len(names)


def test_rows_that_came_in_later_are_left_out(tables: Path, tmp_path: Path):
    first = START + 501 * DAY
    build_snapshots(tables, MOMENTS, tmp_path / "then", known_at=first, columns=FEW)
    build_snapshots(tables, MOMENTS, tmp_path / "now", columns=FEW)
    then, now = (read_snapshots(tmp_path / name) for name in ("then", "now"))
    assert then.equals(single(tables, known_at=first, columns=FEW))
    assert not then.equals(now)
    assert not any(then.column("sessions_30d").to_pylist())


class Killed(BaseException):
    """What a test throws in place of SIGKILL."""


def kill_after(count: int, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Let some buckets be written, then stop the run; count what is written."""
    told = SimpleNamespace(left=count, written=[])
    real = build.write_buckets

    def write(plan, buckets, batches):
        if not told.left:
            raise Killed
        told.left -= 1
        told.written.append(buckets)
        return real(plan, buckets, batches)

    monkeypatch.setattr(build, "write_buckets", write)
    return told


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_killed_run_goes_on_at_the_first_missing_bucket(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
):
    out = tmp_path / "out"
    told = kill_after(count, monkeypatch)
    with pytest.raises(Killed):
        build_snapshots(tables, MOMENTS, out, columns=FEW)
    assert len(list(out.glob("bucket=*.parquet"))) == count
    told.left = 99
    done = build_snapshots(tables, MOMENTS, out, columns=FEW)
    assert done.built == 4 - count
    assert told.written == [(bucket,) for bucket in range(4)]
    assert read_snapshots(out).equals(single(tables, columns=FEW))
    assert sorted(path.name for path in out.iterdir()) == [
        ".lock", "_plan.json", *(f"bucket={bucket:02d}.parquet" for bucket in range(4)),
    ]  # fmt: skip


def test_the_same_command_again_changes_nothing(tables: Path, tmp_path: Path):
    out = tmp_path / "out"
    build_snapshots(tables, MOMENTS, out, columns=FEW)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    assert build_snapshots(tables, MOMENTS, out, columns=FEW).built == 0
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_other_options_build_anew(tables: Path, tmp_path: Path):
    out = tmp_path / "out"
    build_snapshots(tables, MOMENTS, out, columns=FEW)
    assert build_snapshots(tables, MOMENTS[:2], out, columns=FEW).built == 4
    assert build_snapshots(tables, MOMENTS[:2], out, columns=FEW[:2]).built == 4
    options = {"honour_consents": False, "columns": FEW[:2]}
    assert build_snapshots(tables, MOMENTS[:2], out, **options).built == 4  # type: ignore[arg-type]


def test_a_bucket_that_was_cut_short_is_built_again(tables: Path, tmp_path: Path):
    out = tmp_path / "out"
    build_snapshots(tables, MOMENTS, out, columns=FEW)
    path = out / "bucket=02.parquet"
    path.write_bytes(path.read_bytes()[:50])
    assert build_snapshots(tables, MOMENTS, out, columns=FEW).built == 1
    assert read_snapshots(out).equals(single(tables, columns=FEW))


def test_an_altered_file_is_refused(tables: Path, tmp_path: Path):
    file = table_files(read_manifest(tables)["tables"]["transactions"])[0]
    (tables / file.path).write_bytes(b"no longer what was ingested")
    with pytest.raises(SourceError, match="altered"):
        build_snapshots(tables, MOMENTS, tmp_path / "out")


KILLED = """
import os, signal, sys
from pathlib import Path
from features.engine import build, pieces
pieces.rows_that_fit = lambda limit: 3_000
left = [int(sys.argv[3])]
real = build.write_buckets
def write(plan, buckets, batches):
    def dying():
        yield next(batches)
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(plan, buckets, dying() if left[0] < 0 else batches)
build.write_buckets = write
build.build_snapshots(
    Path(sys.argv[1]), [int(m) for m in sys.argv[5:]], Path(sys.argv[2]),
    columns=sys.argv[4].split(","),
)
"""


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 2])
def test_a_process_that_was_killed_leaves_nothing_behind(tables: Path, tmp_path: Path, count: int):
    out = tmp_path / "out"
    told = [str(tables), str(out), str(count), ",".join(FEW), *map(str, MOMENTS)]
    died = subprocess.run([sys.executable, "-c", KILLED, *told], check=False)
    assert died.returncode == -signal.SIGKILL
    assert len(list(out.glob(".bucket=*.tmp"))) == 1
    assert build_snapshots(tables, MOMENTS, out, columns=FEW).built == 4 - count
    assert read_snapshots(out).equals(single(tables, columns=FEW))
    assert not list(out.glob(".bucket=*")), "temporary files are left"
    assert not (out / ".work").exists()


def test_two_runs_in_one_folder_are_one_too_many(tables: Path, tmp_path: Path):
    out = tmp_path / "out"
    plan = make_plan(tables, MOMENTS, out, None, True, FEW, build.DEFAULT_MEMORY_LIMIT)
    with alone(plan), pytest.raises(HomeError, match="Another run"):
        build_snapshots(tables, MOMENTS, out, columns=FEW)
    assert build_snapshots(tables, MOMENTS, out, columns=FEW).built == 4


def test_an_ingestion_that_ends_meanwhile_changes_no_value(
    store: Store, astray: Sequence[Frames], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The second run of the set is added once the first bucket is written."""
    tables = store(astray[:1])
    before = single(tables, columns=FEW)
    real = build.write_buckets

    def write(plan, buckets, batches):
        rows = real(plan, buckets, batches)
        if buckets == (0,):
            store(astray)
        return rows

    monkeypatch.setattr(build, "write_buckets", write)
    build_snapshots(tables, MOMENTS, tmp_path / "out", columns=FEW)
    assert read_snapshots(tmp_path / "out").equals(before)
    assert not single(tables, columns=FEW).equals(before)


def test_no_moment_is_an_error(tables: Path, tmp_path: Path):
    with pytest.raises(ValueError, match="at least one moment"):
        build_snapshots(tables, [], tmp_path / "out")
