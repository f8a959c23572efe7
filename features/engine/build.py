"""Snapshots of an installation, built bucket by bucket, and resumed where a run was killed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from tqdm import tqdm

from features.engine.folder import SnapshotReport, alone, report, start
from features.engine.passes import lay_passes, uniform_moments
from features.engine.pieces import Piece, cut
from features.engine.plan import Plan, make_plan
from features.engine.session import at, open_buckets, show_cross
from features.engine.writing import write_buckets
from features.settings import DEFAULT_MEMORY_LIMIT

_BATCH_ROWS = 16_384


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
    HomeError
        If another run is at work in ``out``.
    """
    plan = make_plan(tables_dir, as_of, out, known_at, honour_consents, columns, memory_limit)
    with alone(plan):
        missing = start(plan)
        if missing:
            _run(plan, missing, progress=progress)
        return report(plan, len(missing))


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
