"""What writing a decision costs, alone and under load, in the thread that writes.

Records are written packed, with bodies of the length that one of 50 actions has (5.2 kB; bytes that
do not repeat: SQLite does not look at them), by customers drawn with a seed. First batches of fixed
sizes, one after another: CPU of the writing thread for one decision, the median over batches and
the least. Then group commit under load: sixteen callers on one event loop, each computing for a
time in Python, then waiting for its commit, over and over. Told are decisions a second, how many
one commit holds, CPU a decision in the writing thread and in the loop's, and how long a caller
waits for its commit. What is durable stays so: every commit waits for the disk.

    python -m benchmarks.serving.store_writes                     # SQLite, in a temporary folder
    python -m benchmarks.serving.store_writes --store postgresql://user@host/empty_database
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from tqdm import tqdm

from serving.stores import Stores, open_stores
from serving.stores.group_commit import GroupCommit
from serving.stores.packed import PackedBody
from serving.stores.ports import Entry, PackedRecord

SEED: Final = 7
BODY_BYTES, CUSTOMERS, CALLERS = 5200, 20_000, 16
SIZES, BATCHES = (1, 16, 64), 100
AT: Final = 1_790_000_000


class Source:
    """Makes decisions, each under an id of its own.

    Parameters
    ----------
    seed
        Of ids, customers and bodies.
    """

    def __init__(self, seed: int) -> None:
        self._draw = np.random.default_rng(seed)
        self._bodies = [PackedBody(self._draw.bytes(BODY_BYTES)) for _ in range(50)]

    def entry(self) -> Entry:
        """Return another decision, on which no contact hangs."""
        name, who = self._draw.bytes(16).hex(), f"c{self._draw.integers(CUSTOMERS)}"
        body = self._bodies[int(self._draw.integers(len(self._bodies)))]
        return Entry(PackedRecord(name, AT, "next_best_actions", who, "web", body))


@dataclass
class Timed:
    """A log that notes what its thread spends on each batch."""

    stores: Stores
    spent_s: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def append_each(self, entries: Sequence[Entry]) -> Sequence[Exception | None]:
        """Write a batch."""
        began = time.thread_time()
        told = self.stores.decisions.append_each(entries)
        self.spent_s.append(time.thread_time() - began)
        self.sizes.append(len(entries))
        return told


def fixed(stores: Stores, source: Source) -> None:
    """Print what batches of fixed sizes cost."""
    print(
        "| batch | CPU µs a decision, median | least | wall µs a batch, median |\n|---|---|---|---|"
    )
    for size in SIZES:
        log, walls = Timed(stores), []
        for _ in tqdm(range(BATCHES), desc=f"batches of {size}", leave=False):
            entries = [source.entry() for _ in range(size)]
            began = time.perf_counter()
            log.append_each(entries)
            walls.append(time.perf_counter() - began)
        each = [spent / size * 1e6 for spent in log.spent_s]
        wall = statistics.median(walls) * 1e6
        print(f"| {size} | {statistics.median(each):.0f} | {min(each):.0f} | {wall:.0f} |")


async def caller(
    commits: GroupCommit, source: Source, work_s: float, until: float, waits: list[float]
) -> None:
    """Compute and commit, over and over."""
    while time.perf_counter() < until:
        ends = time.thread_time() + work_s
        while time.thread_time() < ends:
            pass
        entry, began = source.entry(), time.perf_counter()
        await commits.commit(entry)
        waits.append(time.perf_counter() - began)


async def callers(log: Timed, source: Source, work_s: float, seconds: float) -> tuple[float, ...]:
    """Have all of them at work; return the CPU seconds of this thread, and each wait."""
    commits = GroupCommit(log)  # type: ignore[arg-type]  # all that it calls
    waits: list[float] = []
    until, began = time.perf_counter() + seconds, time.thread_time()
    jobs = [caller(commits, source, work_s, until, waits) for _ in range(CALLERS)]
    await asyncio.gather(*jobs)
    spent = time.thread_time() - began
    commits.close()
    return spent, *waits


def loaded(stores: Stores, source: Source, work_us: Sequence[int], seconds: float) -> None:
    """Print what group commit does under load."""
    print(
        "\n| computing µs | decisions/s | a commit holds | CPU µs, writing | CPU µs, loop's rest"
        " | wait ms, p50 | p99 | longest |\n|---|---|---|---|---|---|---|---|"
    )
    for work in tqdm(work_us, desc="load", leave=False):
        log = Timed(stores)
        spent, *waits = asyncio.run(callers(log, source, work / 1e6, seconds))
        count = len(waits)
        p50, p99, longest = (float(np.quantile(waits, q)) * 1e3 for q in (0.5, 0.99, 1.0))
        print(
            f"| {work} | {count / seconds:.0f} | {count / len(log.sizes):.1f}"
            f" | {sum(log.spent_s) / count * 1e6:.0f} | {spent / count * 1e6 - work:.0f}"
            f" | {p50:.1f} | {p99:.1f} | {longest:.0f} |"
        )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", default="", help="an empty database; SQLite when left out")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load")
    parser.add_argument("--work", type=int, nargs="*", default=[300, 1000], help="computing, µs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stores = open_stores(asked.store or f"sqlite:///{folder}/nextbest.db")
        source = Source(SEED)
        fixed(stores, source)
        loaded(stores, source, asked.work, asked.seconds)
        stores.close()


if __name__ == "__main__":
    main()
