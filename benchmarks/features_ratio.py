"""The rendered text against the query written by hand: same values, then time, in turns."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from features.definitions import FAMILIES
from features.links import lay_links
from features.render import render, render_cross
from features.snapshot import feature_names
from features.tables import open_tables

BY_HAND = Path(__file__).with_name("features_by_hand.sql")
COLUMNS, ROUNDS, BAR = 25, 7, 1.1


def compare(tables: Path, as_of: Sequence[int], rounds: int) -> Iterator[str]:
    """Yield the lines of the comparison.

    Raises
    ------
    AssertionError
        If the two do not give the same values.
    """
    con = open_tables(tables)
    lay_links(con, as_of)
    runs = {"by hand": lambda: _by_hand(con), "rendered": lambda: _rendered(con)}
    check_equal(*(run() for run in runs.values()))
    wall: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds):
        # Who goes first changes, so that neither profits from what the other warmed.
        for name in sorted(runs, reverse=bool(turn % 2)):
            seconds, processor = _timed(runs[name])
            wall[name].append(seconds)
            cpu[name].append(processor)
    yield f"first {COLUMNS} columns, {rounds} rounds in turns, values equal (relative 1e-9)"
    for name in runs:
        yield (
            f"  {name:10s} wall {statistics.median(wall[name]):6.2f} s"
            f"  CPU {statistics.median(cpu[name]):6.2f} s"
        )
    for kind, taken in (("wall", wall), ("CPU", cpu)):
        medians = statistics.median(taken["rendered"]) / statistics.median(taken["by hand"])
        paired = statistics.median(
            mine / theirs for mine, theirs in zip(taken["rendered"], taken["by hand"], strict=True)
        )
        yield f"  ratio of {kind}: {medians:.2f} of medians, {paired:.2f} median pair; bar {BAR}"


def check_equal(by_hand: pa.Table, rendered: pa.Table) -> None:
    """Prove that two results hold the same rows and, for each column of the first, values."""
    assert by_hand.num_rows == rendered.num_rows, (by_hand.num_rows, rendered.num_rows)
    missing = set(feature_names()[:COLUMNS]) - set(by_hand.column_names)
    assert not missing, f"features_by_hand.sql lacks {sorted(missing)}"
    for name in by_hand.column_names:
        ours, theirs = rendered.column(name), by_hand.column(name)
        if not pa.types.is_floating(ours.type):
            assert ours.to_pylist() == theirs.to_pylist(), name
            continue
        one, other = (
            each.cast(pa.float64()).to_numpy(zero_copy_only=False) for each in (ours, theirs)
        )
        assert np.allclose(one, other, rtol=1e-9, atol=0, equal_nan=True), name


def _by_hand(con: DuckDBPyConnection) -> pa.Table:
    return con.sql(BY_HAND.read_text(encoding="utf-8")).to_arrow_table()


def _rendered(con: DuckDBPyConnection) -> pa.Table:
    columns = feature_names()[:COLUMNS]
    for name, select in render_cross(FAMILIES, columns, honour_consents=False).items():
        con.execute(f"create or replace temp table {name} as {select}")
    return con.sql(render(FAMILIES, columns, honour_consents=False)).to_arrow_table()


def _timed(run: Callable[[], pa.Table]) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - began, time.process_time() - used
