"""What requests feel while a service reads, checks and switches to another bundle.

One worker serves a copied demo home under a closed loop of four connections that ask for
recommendations in turn (a process of its own would be fairer; four threads send little). A bundle
is swapped by pointing the served folder at another copy of the champion, every few seconds, so that
all is read, hashed and checked anew each time. A request belongs to a swap when any of it fell
between the pointing and the service's saying that it had switched; the others are the ground. The
first swap warms up and is not counted.

Reported: requests, errors (bar: 0), and milliseconds, of the ground and of swaps: median, 99th
percentile with its bootstrap 95 % interval, worst; seconds of a swap; and the resident memory of
the worker some seconds after the first and after the last swap.

    python -m benchmarks.serving.swap --home HOME --swaps 8
"""

import itertools
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.serving.processes import Process, connected, print_table, process
from bundle.erasing import ids_of

SEED: Final = 7
DRAWS: Final = 1000
CONNECTIONS: Final = 4
REST_S: Final = 4.0


class Measured(NamedTuple):
    """Requests as (start, seconds), swaps as (start, end), errors, memory in MB."""

    requests: NDArray[np.float64]
    swaps: NDArray[np.float64]
    errors: int
    memory: tuple[float, float]


def measure(home: Path, swaps: int) -> Measured:
    """Serve, load and swap."""
    shutil.copytree(home / "champion", home / "other")
    link = home / "served"
    link.symlink_to(home / "champion")
    customers = ids_of(home / "champion")
    requests: list[tuple[float, float]] = []
    errors: list[Exception] = []
    stop = threading.Event()
    with process(home, NEXTBEST_BUNDLE=str(link), NEXTBEST_POLL_SECONDS="1") as served:
        threads = [
            threading.Thread(
                target=_load, args=(served.port, customers[k:], requests, errors, stop)
            )
            for k in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        try:
            took, memory = _swap(served, home, swaps)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    return Measured(np.array(requests), np.array(took), len(errors), (memory[0], memory[-1]))


def _swap(served: Process, home: Path, swaps: int) -> tuple[list[tuple[float, float]], list[float]]:
    took, memory = [], []
    for k in tqdm(range(swaps + 1), desc="swaps"):
        time.sleep(REST_S)
        memory.append(served.resident_mb())
        before = served.ask("GET", "/readyz")["switches"]
        start = time.perf_counter()
        new = home / "pointing"
        new.symlink_to(home / ("champion" if k % 2 else "other"))
        new.rename(home / "served")
        while served.ask("GET", "/readyz")["switches"] == before:
            time.sleep(0.02)
        took.append((start, time.perf_counter()))
    time.sleep(REST_S)
    return took[1:], [*memory[1:], served.resident_mb()]


def _load(
    port: int,
    customers: Sequence[str],
    requests: list[tuple[float, float]],
    errors: list[Exception],
    stop: threading.Event,
) -> None:
    with connected(port) as one:
        for customer in itertools.cycle(customers):
            if stop.is_set():
                break
            body = {"subject": {"customer_id": customer}, "channel": "web", "n": 10}
            start = time.perf_counter()
            try:
                one.ask("POST", "/v1/recommendations", body)
            except (OSError, RuntimeError) as error:
                errors.append(error)
            requests.append((start, time.perf_counter() - start))


def lines(measured: Measured) -> Iterator[str]:
    """Yield the report."""
    start, seconds = measured.requests.T
    counted = start > measured.swaps[0, 0] - REST_S
    during = np.zeros(start.size, dtype=np.bool_)
    for begin, end in measured.swaps:
        during |= (start < end) & (start + seconds > begin)
    yield f"errors: {measured.errors}; a swap takes {np.median(np.diff(measured.swaps)):.1f} s"
    first, last = measured.memory
    yield f"memory after the first swap {first:.0f} MB, after the last {last:.0f} MB"
    yield "| requests | n | median ms | p99 ms | 95 % interval | worst ms |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, which in (("ground", ~during), ("during a swap", during)):
        yield _row(name, seconds[which & counted] * 1e3)


def _row(name: str, ms: NDArray[np.float64]) -> str:
    rng = np.random.default_rng(SEED)
    drawn = [np.quantile(rng.choice(ms, ms.size), 0.99) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    p99 = np.quantile(ms, 0.99)
    return (
        f"| {name} | {ms.size} | {np.median(ms):.1f} | {p99:.1f}"
        f" | {low:.1f} to {high:.1f} | {ms.max():.1f} |"
    )


def main() -> None:
    """Measure and print."""
    print_table(__doc__, "swaps", 8, lambda home, swaps: lines(measure(home, swaps)))


if __name__ == "__main__":
    main()
