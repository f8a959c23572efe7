"""Batch top-10 within stock: ours against the recommend of `implicit`, same factors, same run.

    python -m benchmarks.recommenders.speed [--items 5000,50000,500000] [--customers 200000]
        [--factors 64] [--rounds 1] [--threads 1] [--seed 1] [--drawn] [--json]

Factors are those of `implicit`'s iALS (regularisation 10, alpha 4, 3 iterations) fitted on 60,000
customers of a made-up shop (`benchmarks.recommenders.speed_world`: a long tail, tastes, 30
purchases a customer); ask for more and they repeat. With ``--drawn`` they are independent normal
numbers, where all items are equally long: the worst case of a search by length. A tenth of the
items is out of stock, and no customer is offered what it bought. At 500,000 items a twentieth of
the customers is asked for.

Four ways take turns, a slice of the customers each turn, so that all see the same machine:

- ours, laying out the items in stock included (once a turn);
- ``recommend(filter_items=...)``: `implicit` with the same mask and the same exclusions;
- ``recommend(items=...)``: `implicit` told what is in stock, its other way to the same answer;
- ``recommend`` without a stock mask, with the exclusions: less than was asked.

All threads are held to ``--threads`` (BLAS by threadpoolctl, `implicit` by its own setting; ours
has none). CPU time of the process, which other work on the machine disturbs least, and wall-clock;
the ratio is of the sums over slices, with a bootstrap interval over slices (95 %). Before the
timing the answers are compared: same items, but for scores that float32 cannot tell apart.
An approximate index was not needed: nothing approximate is in ours.
"""

import argparse
import json
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from benchmarks.recommenders.speed_world import purchases
from decisioning.recommender.topk import Excluded, Top
from decisioning.recommender.topk_factors import FactorIndex, top_of_factors

N = 10
OUT_OF_STOCK = 0.1
BOUGHT = 30.0
FITTED_ON = 60_000
SLICE = 10_000
F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
WAYS = ("ours", "filter_items", "items", "no mask")


@dataclass(frozen=True)
class Table:
    """What is searched: factors, who bought what, what is in stock."""

    model: AlternatingLeastSquares
    bought: sparse.csr_matrix
    allowed: NDArray[np.bool_]

    def part(self, start: int, end: int) -> "tuple[I64, sparse.csr_matrix]":
        """Return a slice of the customers and what they bought."""
        return np.arange(start, end), self.bought[start:end]


def table(n_items: int, n_customers: int, factors: int, seed: int, *, drawn: bool) -> Table:
    """Make the shop and its factors."""
    rng = np.random.default_rng(seed)
    bought = purchases(max(n_customers, FITTED_ON), n_items, BOUGHT, seed)
    model = AlternatingLeastSquares(
        factors=factors, regularization=10, alpha=4, iterations=3, num_threads=1, random_state=seed
    )
    if drawn:
        model.item_factors = rng.normal(size=(n_items, factors)).astype(np.float32)
        model.user_factors = rng.normal(size=(n_customers, factors)).astype(np.float32)
    else:
        model.fit(bought[:FITTED_ON], show_progress=True)
        # More customers than were fitted have the same factors again: the search cannot tell.
        model.user_factors = np.resize(model.user_factors, (n_customers, factors))
    return Table(model, bought[:n_customers], rng.random(n_items) >= OUT_OF_STOCK)


def ours(held: Table, start: int, end: int) -> Top:
    """Answer a slice our way."""
    _, bought = held.part(start, end)
    index = FactorIndex.of(held.model.item_factors, held.allowed)
    excluded = Excluded(bought.indptr.astype(np.int64), bought.indices.astype(np.int64))
    return top_of_factors(index, held.model.user_factors[start:end], N, excluded)


def theirs(held: Table, start: int, end: int, way: str) -> tuple[I64, F32]:
    """Answer a slice with `implicit`, in one of its ways."""
    told = {
        "filter_items": {"filter_items": np.flatnonzero(~held.allowed)},
        "items": {"items": np.flatnonzero(held.allowed)},
        "no mask": {},
    }[way]
    customers, bought = held.part(start, end)
    found: tuple[I64, F32] = held.model.recommend(customers, bought, N=N, **told)
    return found


def differences(held: Table, end: int) -> int:
    """Count answers that differ by more than what float32 products cannot tell apart."""
    mine, (item, score) = ours(held, 0, end), theirs(held, 0, end, "filter_items")
    unlike = mine.item != item
    return int((unlike & (np.abs(mine.score - score) > 1e-5 * np.abs(score))).sum())


def measure(held: Table, rounds: int) -> dict[str, NDArray[np.float64]]:
    """Return seconds (slices, 2) by way: CPU and wall-clock."""
    n_customers = held.bought.shape[0]
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    starts = [s for _ in range(rounds) for s in range(0, n_customers, SLICE)]
    for start in tqdm(starts, unit="slice"):
        end = min(start + SLICE, n_customers)
        taken["ours"].append(_timed(partial(ours, held, start, end)))
        for way in WAYS[1:]:
            taken[way].append(_timed(partial(theirs, held, start, end, way)))
    return {way: np.array(spent) for way, spent in taken.items()}


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def ratio(other: NDArray[np.float64], mine: NDArray[np.float64], seed: int) -> list[float]:
    """Return how many times as long the other took, and its bootstrap interval."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, mine.size, (2_000, mine.size))
    again = other[drawn].sum(axis=1) / mine[drawn].sum(axis=1)
    return [float(other.sum() / mine.sum()), *np.percentile(again, [2.5, 97.5]).tolist()]


def memory(held: Table) -> float:
    """Return the most megabytes that ours held at once for a slice beyond what was there."""
    tracemalloc.start()
    ours(held, 0, min(SLICE, held.bought.shape[0]))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def row(n_items: int, asked: argparse.Namespace) -> dict[str, object]:
    """Measure one number of items."""
    n_customers = asked.customers // (20 if n_items > 100_000 else 1)
    held = table(n_items, n_customers, asked.factors, asked.seed, drawn=asked.drawn)
    held.model.num_threads = asked.threads
    unlike = differences(held, min(2_000, n_customers))
    taken = measure(held, asked.rounds)
    mine = taken["ours"]
    return {
        "items": n_items,
        "customers": n_customers,
        "threads": asked.threads,
        "differences": unlike,
        "us_per_customer": {
            way: float(1e6 * spent[:, 0].sum() / (n_customers * asked.rounds))
            for way, spent in taken.items()
        },
        "cpu_ratio": {w: ratio(taken[w][:, 0], mine[:, 0], asked.seed) for w in WAYS[1:]},
        "wall_ratio": {w: ratio(taken[w][:, 1], mine[:, 1], asked.seed) for w in WAYS[1:]},
        "memory_mb": memory(held),
    }


def report(found: dict[str, object]) -> None:
    """Print one number of items."""
    print(
        f"{found['items']:,} items, {found['customers']:,} customers, {found['threads']} thread(s);"
        f" ours held {found['memory_mb']:.0f} MB; answers that differ: {found['differences']}"
    )
    for way, us in found["us_per_customer"].items():  # type: ignore[attr-defined]
        line = f"  {way:14s}{us:9.1f} us CPU a customer"
        if way != "ours":
            for kind in ("cpu_ratio", "wall_ratio"):
                value, low, high = found[kind][way]  # type: ignore[index]
                line += f"   {kind[:-6]:>4s} {value:6.2f} x [{low:.2f}, {high:.2f}]"
        print(line)


def main() -> None:
    """Measure every number of items asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--items", default="5000,50000,500000")
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drawn", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with threadpool_limits(asked.threads):
        for n_items in map(int, asked.items.split(",")):
            found = row(n_items, asked)
            print(json.dumps(found)) if asked.json else report(found)


if __name__ == "__main__":
    main()
