"""Snapshots of an installation, built bucket by bucket, and resumed where a run was killed."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm

from features.columns import AS_OF, CUSTOMER_ID
from features.engine.passes import lay_passes, uniform_moments
from features.engine.pieces import Piece, cut
from features.engine.plan import PLAN, Plan
from features.engine.session import at, open_buckets, show_cross
from features.engine.writing import is_whole, write_buckets
from features.settings import DEFAULT_MEMORY_LIMIT
from features.storage import write_atomically

_BATCH_ROWS = 16_384


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


def build_snapshots(
    tables_dir: Path,
    as_of: Sequence[int],
    out: Path,
    *,
    known_at: int | None = None,
    honour_consents: bool = True,
    columns: Sequence[str] | None = None,
    memory_limit: int = DEFAULT_MEMORY_LIMIT,
    progress: bool = False,
) -> SnapshotReport:
    """Build the snapshots of all customers in bounded memory.

    Who is who, and what needs all customers (popularity, ranks among peers), come first; then
    the customers, bucket by bucket. The rows are those of
    :func:`features.snapshot.build_snapshot`, bit for bit. A run that was killed goes on at the
    first missing bucket; one that is whole is left as it is, until data, options or this package
    change.

    Parameters
    ----------
    tables_dir
        Where ``ingest`` wrote.
    as_of
        Epoch seconds, UTC; repeats are dropped.
    out
        Folder of the result. Files of another plan in it are replaced.
    known_at
        Epoch seconds, UTC: leave out rows that came in later; None for all.
    honour_consents, columns
        As for :func:`features.snapshot.build_snapshot`.
    memory_limit
        Bytes that the process may take; what does not fit goes to a folder inside ``out``.
    progress
        Show a progress bar on standard error.

    Raises
    ------
    ValueError
        If ``as_of`` is empty, or a name in ``columns`` is no feature.
    SourceError
        If nothing was ingested, or a file is missing or altered.
    """
    plan = make_plan(tables_dir, as_of, out, known_at, honour_consents, columns, memory_limit)
    missing = start(plan)
    if missing:
        _run(plan, missing, progress=progress)
    return report(plan, len(missing))


def make_plan(
    tables_dir: Path,
    as_of: Sequence[int],
    out: Path,
    known_at: int | None,
    honour_consents: bool,
    columns: Sequence[str] | None,
    memory_limit: int,
) -> Plan:
    """Put what was asked for in its one order."""
    if not as_of:
        raise ValueError("as_of must name at least one moment (epoch seconds, UTC)")
    chosen = None if columns is None else tuple(columns)
    moments = tuple(sorted(set(as_of)))
    return Plan(tables_dir, out, moments, honour_consents, chosen, known_at, memory_limit)


def start(plan: Plan) -> list[int]:
    """Make the folder ready for a plan and return the buckets that are still to do."""
    path = plan.out / PLAN
    if not path.is_file() or path.read_text(encoding="utf-8") != _told(plan):
        plan.out.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        shutil.rmtree(plan.work, ignore_errors=True)
        for old in plan.out.glob("bucket=*.parquet"):
            old.unlink()
        write_atomically(path, lambda temporary: _write_text(temporary, _told(plan)))
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


def _run(plan: Plan, missing: Sequence[int], *, progress: bool) -> None:
    bar = tqdm(total=len(missing) + 1, desc="features", unit="bucket", disable=not progress)
    with bar:
        lay_passes(plan)
        bar.update()
        for piece in cut(plan, missing, uniform_moments(plan)):
            write_buckets(plan, piece.buckets, _compute(plan, piece))
            bar.update(len(piece.buckets))


def _compute(plan: Plan, piece: Piece) -> Iterator[pa.RecordBatch]:
    con = open_buckets(plan, piece.buckets)
    try:
        for first, moments in piece.chunks:
            show_cross(con, plan, first)
            with at(con, plan, moments, piece.buckets):
                yield from _rows(con.sql(plan.text).to_arrow_reader(_BATCH_ROWS))
    finally:
        con.close()


def _rows(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    # A bucket without customers still is a file, with columns.
    yield pa.RecordBatch.from_pylist([], schema=reader.schema)
    yield from reader


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
