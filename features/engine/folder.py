"""The folder of a result: whose turn it is, what is still to do, what lies there."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.columns import AS_OF, CUSTOMER_ID
from features.engine.plan import PLAN, Plan
from features.engine.writing import is_whole
from features.errors import HomeError
from features.storage import write_atomically

_LOCK = ".lock"


@dataclass(frozen=True)
class SnapshotReport:
    """What a run built.

    Parameters
    ----------
    path
        Folder with one ``bucket=NN.parquet`` per bucket.
    rows, columns
        Of the whole result.
    customers
        Different ones.
    built
        Buckets that this run computed; the others stood there already.
    """

    path: Path
    rows: int
    columns: int
    customers: int
    built: int


@contextmanager
def alone(plan: Plan) -> Iterator[None]:
    """Hold the lock of the folder.

    Raises
    ------
    HomeError
        If another run holds it.
    """
    plan.out.mkdir(parents=True, exist_ok=True)
    with (plan.out / _LOCK).open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeError(
                f"Another run is building snapshots in {plan.out}.", "wait until it has ended."
            ) from error
        yield


def start(plan: Plan) -> list[int]:
    """Make the folder ready for a plan and return the buckets that are still to do."""
    path = plan.out / PLAN
    if not path.is_file() or path.read_text(encoding="utf-8") != _told(plan):
        path.unlink(missing_ok=True)
        shutil.rmtree(plan.work, ignore_errors=True)
        for old in plan.out.glob("bucket=*.parquet"):
            old.unlink()
        write_atomically(path, lambda temporary: _write_text(temporary, _told(plan)))
    for left in plan.out.glob(".bucket=*.tmp"):
        left.unlink()
    return [each for each in range(plan.buckets) if not is_whole(plan.bucket_path(each))]


def report(plan: Plan, built: int) -> SnapshotReport:
    """Count what lies in the folder, once it is whole."""
    shutil.rmtree(plan.work, ignore_errors=True)
    footers = [pq.read_metadata(plan.bucket_path(each)) for each in range(plan.buckets)]
    rows = sum(footer.num_rows for footer in footers)
    customers = sum(_customers(plan.bucket_path(each)) for each in range(plan.buckets))
    return SnapshotReport(plan.out, rows, footers[0].num_columns, customers, built)


def _customers(path: Path) -> int:
    count: int = pc.count_distinct(pq.read_table(path, columns=[CUSTOMER_ID])[0]).as_py()
    return count


def read_snapshots(out: Path) -> pa.Table:
    """Read a result whole, sorted by ``as_of`` then ``customer_id``."""
    tables = [pq.read_table(path) for path in sorted(out.glob("bucket=*.parquet"))]
    return pa.concat_tables(tables).sort_by([(AS_OF, "ascending"), (CUSTOMER_ID, "ascending")])


def _told(plan: Plan) -> str:
    told = {
        "fingerprint": plan.fingerprint,
        "as_of": plan.as_of,
        "known_at": plan.known_at,
        "honour_consents": plan.honour_consents,
        "buckets": plan.buckets,
    }
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
