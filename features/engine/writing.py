"""Snapshot rows to one Parquet file a bucket, each whole or not at all."""

import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.buckets import bucket_of
from features.columns import CUSTOMER_ID
from features.engine.plan import Plan


def write_buckets(plan: Plan, buckets: Sequence[int], batches: Iterable[pa.RecordBatch]) -> int:
    """Sort the rows of some customers into the files of their buckets.

    Rows of customers of other buckets are dropped: of a merged customer only some rows may lie
    here, and the whole lies where its id belongs.

    Parameters
    ----------
    batches
        At least one; rows in the order in which they are to be stored.

    Returns
    -------
    int
        Rows written.
    """
    temporary = {each: _temporary(plan.bucket_path(each)) for each in buckets}
    rows = 0
    try:
        with ExitStack() as stack:
            writers: dict[int, pq.ParquetWriter] = {}
            for batch in batches:
                if not writers:
                    writers = {
                        each: stack.enter_context(pq.ParquetWriter(path, batch.schema))
                        for each, path in temporary.items()
                    }
                rows += _write(batch, writers, plan.buckets)
        for each, path in temporary.items():
            path.replace(plan.bucket_path(each))
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)
    return rows


def _write(batch: pa.RecordBatch, writers: dict[int, pq.ParquetWriter], count: int) -> int:
    coded = pc.dictionary_encode(batch.column(CUSTOMER_ID))
    of_customer = np.array([bucket_of(str(each), count) for each in coded.dictionary.to_pylist()])
    bucket = of_customer[coded.indices.to_numpy()] if len(batch) else np.array([])
    rows = 0
    for each, writer in writers.items():
        part = batch.filter(pa.array(bucket == each))
        writer.write_batch(part)
        rows += part.num_rows
    return rows


def is_whole(path: Path) -> bool:
    """Tell whether a file is there and its footer can be read."""
    try:
        return path.is_file() and pq.read_metadata(path).num_columns > 0
    except pa.ArrowInvalid:
        return False


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")
