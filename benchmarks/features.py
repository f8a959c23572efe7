"""The customer snapshot: time, memory, and the ratio to a good query written by hand.

    python -m benchmarks.features            # needs `nextbest ingest complete_journey`

Three parts, on the Complete Journey at twelve month-ends:

- ``full``: every column, bucket by bucket, in a process of its own;
- ``ratio``: the first 25 columns against ``features_by_hand.sql``, in turns in one process, after
  proving that both give the same values;
- ``scale``: twenty times the customers under a memory limit.
"""

import argparse
import datetime as dt
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.features_ratio import ROUNDS, compare
from benchmarks.replicas import replicate
from features.engine.build import build_snapshots
from features.settings import read_settings
from features.snapshot import feature_names

MONTH_ENDS = tuple(
    int(dt.datetime(2017 + month // 12, month % 12 + 1, 1, tzinfo=dt.UTC).timestamp())
    for month in range(1, 13)
)
TIMES, BUCKETS, LIMIT = 20, 16, 4 * 10**9
FIRST_COLUMNS = 38


def build_here(tables: Path, out: Path, columns: int, limit: int) -> dict[str, Any]:
    """Build in this process; return rows, columns, seconds and the peak of its memory."""
    began = time.perf_counter()
    chosen = feature_names()[:columns]
    done = build_snapshots(tables, MONTH_ENDS, out, columns=chosen, memory_limit=limit)
    return {
        "rows": done.rows,
        "columns": len(chosen),
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time(),
        # Linux counts in kibibytes.
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def build_apart(tables: Path, columns: int, limit: int = LIMIT) -> dict[str, Any]:
    """Build in a process of its own, so that its memory is its own."""
    with TemporaryDirectory() as out:
        command = [sys.executable, "-m", "benchmarks.features", "build", "--tables", str(tables)]
        command += ["--out", out, "--columns", str(columns), "--limit", str(limit)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, Any] = json.loads(told)
    return measured


def show(name: str, runs: Sequence[dict[str, Any]]) -> None:
    """Print the median of some runs."""
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    print(
        f"{name:34s} {middle['rows']:9,.0f} {middle['columns']:5.0f} {middle['seconds']:8.1f}"
        f" {middle['cpu']:8.1f} {middle['peak'] / 1e9:7.2f}  n={len(runs)}",
        flush=True,
    )


def full(tables: Path, repeats: int) -> None:
    """Print what every column costs."""
    everything = len(feature_names())
    show("12 month-ends, every column", [build_apart(tables, everything) for _ in range(repeats)])


def ratio(tables: Path, rounds: int) -> None:
    """Print the first columns against the query written by hand."""
    for line in compare(tables, MONTH_ENDS, rounds):
        print(line)


def scale(tables: Path, repeats: int) -> None:
    """Print what many times the customers cost."""
    with TemporaryDirectory() as folder:
        big = Path(folder) / "tables"
        lines = replicate(tables, big, TIMES, BUCKETS)
        print(
            f"{TIMES} x the customers: {lines:,} lines in {BUCKETS} buckets, limit {LIMIT:,} bytes"
        )
        for columns in (FIRST_COLUMNS, len(feature_names())):
            name = f"{TIMES} x, {columns} columns"
            show(name, [build_apart(big, columns) for _ in range(repeats)])


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("part", nargs="?", choices=["all", "full", "ratio", "scale", "build"])
    parser.add_argument("--tables", type=Path, default=read_settings().tables)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--columns", type=int)
    parser.add_argument("--limit", type=int, default=LIMIT)
    told = parser.parse_args()
    if told.part == "build":
        print(json.dumps(build_here(told.tables, told.out, told.columns, told.limit)))
        return
    part = told.part or "all"
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians")
    print(f"{'':34s} {'rows':>9s} {'cols':>5s} {'wall s':>8s} {'CPU s':>8s} {'peak GB':>7s}")
    if part in ("all", "full"):
        full(told.tables, told.repeats)
    if part in ("all", "ratio"):
        ratio(told.tables, told.rounds)
    if part in ("all", "scale"):
        scale(told.tables, 1 if part == "all" else told.repeats)


if __name__ == "__main__":
    main()
