"""Throughput and latency of decisions over HTTP, against services that do nothing.

Every server runs in processes of its own (``bentoml serve``, one worker), the load generator in
another: 16 connections that stay open, each sending its next request when the last is answered.
All servers stand idle but the one under load; they take turns, in the same order in every round,
so that whatever else the machine does hits all alike. Figures are medians over rounds; ratios are
of the same round, with their bootstrap 95 % interval. CPU is that of a server's processes, user and
system, by request.

There are three tables. ``first``: every customer asks once, a part of them in each round (the first
part warms up and is not counted), so that every decision is thought of. ``again``: the same
customers ask again, in rounds of so many seconds; where nothing of theirs has changed, the service
reads everything again, finds it so, and gives the decision again, with a record of its own.
``viewed``: every customer looks at an item of the demo's, which another process writes into the
store, and then asks once more, a part of them in each round.

What is asked: the customers of the demo bundle, drawn with a seed, inbound on the web.
``next_best_actions``: three of 50 actions, the demo's own repeated (`benchmarks.serving.worlds`).
``recommendations``: ten items of the demo's catalogue, and of larger ones. Every decision is gated,
recorded and on disk (``synchronous=FULL``) before it is answered. The no-ops: a method of BentoML's
(async, its faster kind) with every default; the same with the service's settings (``tuned``); and a
mounted route with them, which is how the service itself is made (``mounted``).

    python -m benchmarks.serving --home HOME        # a home of `make demo`
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from benchmarks.serving.servers import Case, Server
from benchmarks.serving.worlds import make_home
from bundle.erasing import ids_of
from serving.stores.opening import open_stores
from serving.stores.ports import EventRow

SEED, DRAWS = 7, 2000
DEFAULT, TUNED, MOUNTED = "no-op, BentoML's default", "no-op, tuned", "no-op, mounted"
NOOPS: Final = (DEFAULT, TUNED, MOUNTED)
SERVICE = "serving.service:NextBest"
ACTIONS: Final = {"channel": "web", "n": 3}
ITEMS: Final = {"channel": "web", "n": 10}
_SHOWN = ("a_second", "p50_ms", "p99_ms", "cpu_us")
_HEADS = ("req/s", "p50 ms", "p99 ms", "CPU us", "errors")
Rounds = dict[str, list[dict[str, Any]]]


def write_bodies(path: Path, asked: dict[str, Any], customers: Sequence[str]) -> Path:
    """Write a request for each customer, in an order drawn by the seed."""
    order = np.random.default_rng(SEED).permutation(len(customers)).tolist()
    lines = [json.dumps({**asked, "subject": {"customer_id": customers[k]}}) for k in order]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def cases(demo: Path, work: Path, sizes: Sequence[int]) -> Iterator[Case]:
    """Yield the no-ops, and the service on a home for each question."""
    customers = ids_of(demo / "champion")
    actions = write_bodies(work / "actions.jsonl", ACTIONS, customers)
    items = write_bodies(work / "items.jsonl", ITEMS, customers)
    yield Case(DEFAULT, "benchmarks.serving.noops:Default", "/decide", items)
    yield Case(TUNED, "benchmarks.serving.noops:Tuned", "/decide", items)
    yield Case(MOUNTED, "benchmarks.serving.noops:Mounted", "/decide", items)
    make_home(demo, work / "actions", actions=50)
    yield Case("50 actions", SERVICE, "/v1/next_best_actions", actions, work / "actions")
    for size in sizes:
        name = f"{size:,} items" if size else "the demo's items"
        home = work / f"items-{size}"
        make_home(demo, home, items=size)
        yield Case(name, SERVICE, "/v1/recommendations", items, home)


def measure(
    running: Sequence[Server], rounds: int, load: Callable[[Server, int], dict[str, Any]]
) -> Rounds:
    """Load each server in turn; ``load`` takes it and the number of the round."""
    told: Rounds = {server.case.name: [] for server in running}
    turns = [(k, server) for k in range(rounds) for server in running]
    for k, server in tqdm(turns, desc="rounds"):
        told[server.case.name].append(load(server, k))
    return told


def part_of(bodies: Path, k: int, parts: int) -> Path:
    """Write every so manieth body, from the k-th on, to a file of its own."""
    path = bodies.with_suffix(f".{k}")
    path.write_text("\n".join(bodies.read_text(encoding="utf-8").splitlines()[k::parts]), "utf-8")
    return path


def measure_once(
    running: Sequence[Server], rounds: int, before: Callable[[Server, int], None]
) -> Rounds:
    """Have every customer ask every server once; ``before`` is called with each server's part."""
    parts = rounds + 1

    def load(server: Server, k: int) -> dict[str, Any]:
        bodies = part_of(server.case.bodies, k, parts)
        before(server, k)
        return server.load_once(bodies)

    return {name: told[1:] for name, told in measure(running, parts, load).items()}


def look(server: Server, turn: int) -> None:
    """Have every customer of a service look at an item: written by this process, not by it."""
    home = server.case.home
    if home is None:
        return
    told = (json.loads(line) for line in server.case.bodies.read_text("utf-8").splitlines())
    customers = [one["subject"]["customer_id"] for one in told]
    with np.load(home / "bundle/arrays/items.npz", allow_pickle=False) as items:
        item, now = str(items["ids"][0]), int(time.time())  # noqa: TID251 - a client
    stores = open_stores(f"sqlite:///{home / 'nextbest.db'}")
    rows = [
        EventRow(one, None, f"view {turn} {one}", "product_view", now, item) for one in customers
    ]
    stores.events.record(rows)
    stores.close()


def ratio(told: Rounds, name: str, base: str, what: str) -> tuple[float, float, float]:
    """Return the median over rounds of one server's figure by another's, and its interval."""
    pairs = zip(told[name], told[base], strict=True)
    found = np.array([one[what] / other[what] for one, other in pairs])
    draws = np.random.default_rng(SEED).integers(0, found.size, (DRAWS, found.size))
    low, high = np.quantile(np.median(found[draws], axis=1), (0.025, 0.975))
    return float(np.median(found)), float(low), float(high)


def show(told: Rounds) -> None:
    """Print the tables."""
    print(f"{'server':26s}" + "".join(f"{name:>9s}" for name in _HEADS))
    for name, rounds in told.items():
        row = [statistics.median(one[what] for one in rounds) for what in _SHOWN]
        errors = sum(one["errors"] for one in rounds)
        print(f"{name:26s} {row[0]:8.0f} {row[1]:8.2f} {row[2]:8.2f} {row[3]:8.0f} {errors:8d}")
    against = [("a_second", base) for base in NOOPS] + [("p99_ms", base) for base in NOOPS[1:]]
    heads = [f"{what.partition('_')[0]} : {base.split()[-1]}" for what, base in against]
    print(f"\n{'ratio, median [95 %]':26s} " + " ".join(f"{head:>20s}" for head in heads))
    for name in list(told)[len(NOOPS) :]:
        parts = [ratio(told, name, base, what) for what, base in against]
        shown = " ".join(f"{f'{m:.2f} [{low:.2f}, {high:.2f}]':>20s}" for m, low, high in parts)
        print(f"{name:26s} {shown}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="a home of `make demo`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load, a server and round")
    parser.add_argument(
        "--items", type=int, nargs="*", default=[0, 50_000, 500_000], help="0: the demo's own"
    )
    asked = parser.parse_args()
    if not (asked.home / "champion").is_dir():
        print(f"skipped: {asked.home} holds no champion; run `make demo` first")
        return
    with tempfile.TemporaryDirectory() as folder, ExitStack() as held:
        work = Path(folder)
        running = [
            held.enter_context(Server(case, work)) for case in cases(asked.home, work, asked.items)
        ]
        for title, told in (
            ("first", measure_once(running, asked.rounds, lambda _server, _turn: None)),
            ("again", measure(running, asked.rounds, lambda one, _: one.load(asked.seconds))),
            ("viewed", measure_once(running, asked.rounds, look)),
        ):
            print(f"\n{title}")
            show(told)


if __name__ == "__main__":
    main()
