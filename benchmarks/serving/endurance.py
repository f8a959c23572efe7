"""Half an hour at 70 % of the most that one worker can do: errors, memory, and p99 at both ends.

Every customer asks once; then the most is measured, for a minute, with connections that never rest,
and is therefore of decisions given again. Then requests come on a fixed schedule at 70 % of it,
whether or not those before are answered, over as many connections; the time of a request counts
from its turn. Memory is the resident bytes of the server's processes after the first minute under
that load and at the end. What is asked is that of `benchmarks.serving.bars`, recommendations of the
demo's items.

    python -m benchmarks.serving.endurance --home HOME          # a home of `make demo`
"""

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from benchmarks.serving.bars import ITEMS, SERVICE, write_bodies
from benchmarks.serving.load import PARTS
from benchmarks.serving.servers import Case, Server
from benchmarks.serving.worlds import make_home
from bundle.erasing import ids_of

SHARE: Final = 0.7
MINUTE: Final = 60.0
CONNECTIONS: Final = 64
"""Enough that a slow answer does not hold up the schedule."""


def run(server: Server, minutes: float, first: float) -> None:
    """Load the server and print what was found."""
    server.load_once(server.case.bodies)
    most = server.load(first)["a_second"]
    rate = SHARE * most
    print(f"most: {most:.0f} requests a second; from now on {rate:.0f}, for {minutes:g} minutes")
    server.load(first, CONNECTIONS, rate)
    before = server.rss()
    with ThreadPoolExecutor(1) as watcher:
        watched = watcher.submit(stolen, minutes * MINUTE / PARTS)
        told = server.load(minutes * MINUTE, CONNECTIONS, rate)
    growth = told["rss"] / before - 1.0
    parts = told["p99_parts_ms"]
    ends = parts[-1] / parts[0]
    print(
        f"answered  {told['answered']} ({told['a_second']:.0f} a second), errors {told['errors']}"
    )
    print(f"p50, p99  {told['p50_ms']:.1f}, {told['p99_ms']:.1f} ms")
    print(
        f"p99       first tenth {parts[0]:.1f} ms, last tenth {parts[-1]:.1f} ms:"
        f" {ends:.2f} x (bar 1.2 x)"
    )
    print("p99       by tenths " + ", ".join(f"{part:.0f}" for part in parts) + " ms")
    print("stolen    by tenths " + ", ".join(f"{part:.0%}" for part in watched.result()))
    print(
        f"memory    {before / 2**20:.0f} to {told['rss'] / 2**20:.0f} MiB: {growth:+.1%} (bar 5 %)"
    )


def stolen(seconds: float) -> list[float]:
    """Return the share of processor time that the host gave to others, in each of the tenths."""
    seen = [psutil.cpu_times()]
    for _ in range(PARTS):
        time.sleep(seconds)
        seen.append(psutil.cpu_times())
    steal = [getattr(one, "steal", 0.0) for one in seen]  # of Linux alone
    spent = [max(sum(b) - sum(a), 1e-9) for a, b in pairwise(seen)]
    return [(b - a) / all_of for (a, b), all_of in zip(pairwise(steal), spent, strict=True)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="a home of `make demo`")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--first", type=float, default=MINUTE, help="seconds to find the most")
    asked = parser.parse_args()
    if not (asked.home / "champion").is_dir():
        print(f"skipped: {asked.home} holds no champion; run `make demo` first")
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        home = work / "home"
        make_home(asked.home, home)
        bodies = write_bodies(work / "items.jsonl", ITEMS, ids_of(home / "bundle"))
        case = Case("endurance", SERVICE, "/v1/recommendations", bodies, home)
        with Server(case, work) as server:
            run(server, asked.minutes, asked.first)


if __name__ == "__main__":
    main()
