"""One request among 50,000 items: how long the whole decision takes, warm, in process, one thread.

    python -m benchmarks.recommenders.one_request [--items 50000] [--customers 20000]
        [--mean 200] [--requests 2000] [--goal any] [--seed 1] [--threads 1]

A request is decided as `serving.item_decisions` has the core decide it: the stock gate over all
items, kept between requests as `serving.stock_mirror` keeps it, a few exclusions, then
``decide_items``: candidates from history, models and popularity within what is sellable, pair
features, the LightGBM ranker (of the size that the goal's has), the cut to 10. A request comes
every second of the clock, so that figures grow too old in between and the gate is asked again.
Subjects are customers drawn at random, their histories log-normal of the mean asked, and visitors
of whom nothing is known; they take turns, so that both see the same machine. Reading the stores
and writing the record are not in it. Histories, stock and similarities are drawn
(`benchmarks.recommenders.one_request_world`). The first tenth warms up and is not counted.
Wall-clock and CPU time of the thread: on a machine that others use, only the latter is ours.
The stages are timed on the same customers by themselves. What is loaded is kept out of garbage
collection, as `serving.service` keeps it.
"""

import argparse
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from benchmarks.recommenders.one_request_world import NOW, SIZES, Shop, shop
from decisioning.items import SHORTLIST, ItemBlock, decide_items
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.candidates import WIDTHS, find_candidates
from decisioning.recommender.pairs import pair_features
from decisioning.stock import StockVerdicts, kept_verdicts

N = 10
EXCLUDED = 3
POLICY = Policy(stock_max_age_s=72 * 3600)
I64 = NDArray[np.int64]
T = TypeVar("T")
Stages = dict[str, list[tuple[float, float]]]


class Door:
    """The stock gate, kept while it holds."""

    def __init__(self, sold: Shop) -> None:
        self.kept = StockVerdicts.of(sold.stock, sold.discontinued, POLICY, NOW)
        self.asked = 0

    def verdicts(self, sold: Shop, as_of: int) -> NDArray[np.int16]:
        """Return what it says of every item; int16 (n_items,), to be written to."""
        before = self.kept
        self.kept = kept_verdicts(before, sold.stock, sold.discontinued, POLICY, as_of)
        self.asked += self.kept is not before
        return self.kept.verdict.copy()


@dataclass(frozen=True)
class Request:
    """Who asks (-1 is a visitor), what for, when, and the items excluded."""

    customer: int
    goal: str
    as_of: int
    excluded: I64


def block(sold: Shop, door: Door, asked: Request) -> ItemBlock:
    """Gate every item, for one request."""
    customer, verdicts = asked.customer, door.verdicts(sold, asked.as_of)
    verdicts[asked.excluded] = CODE["excluded"]
    known = customer >= 0
    place = int(sold.state.customers.location[customer]) if known else 0
    return ItemBlock(
        customers=np.array([customer], dtype=np.int64),
        personal=np.array([known]),
        verdicts=verdicts[None],
        locations=np.array([place], dtype=np.int64),
        goal=asked.goal,
        n=N,
    )


def decide(sold: Shop, door: Door, asked: Request) -> int:
    """Decide one request; return the length of its slate."""
    (decision,) = decide_items(block(sold, door, asked), sold.state, {asked.goal: sold.ranker})
    return len(decision.slate)


def staged(sold: Shop, door: Door, asked: Request, taken: Stages) -> int:
    """Time the stages of one customer's request; return how many candidates there were."""
    laid = _timed(taken, "  gates", partial(block, sold, door, asked))
    allowed = laid.verdicts == PASSED
    search = partial(
        find_candidates, sold.state, laid.customers, allowed, N, widths=WIDTHS[asked.goal]
    )
    found = _timed(taken, "  candidates", search)
    features = _timed(taken, "  pair features", partial(pair_features, sold.state, found))
    counted = allowed[0, found.item]
    _timed(taken, "  ranker", partial(sold.ranker.best, features, counted, SHORTLIST[asked.goal]))
    return int(found.item.size)


def _timed(taken: Stages, name: str, work: Callable[[], T]) -> T:
    wall, cpu = time.perf_counter(), time.thread_time()
    result = work()
    spent = (1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - cpu))
    taken.setdefault(name, []).append(spent)
    return result


def measure(sold: Shop, requests: int, goal: str, seed: int) -> Stages:
    """Time customers and visitors in turn, then the stages."""
    rng = np.random.default_rng(seed)
    customers = rng.integers(0, sold.state.n_customers, requests)
    excluded = rng.integers(0, sold.state.n_items, (requests, EXCLUDED))
    door, pairs = Door(sold), []
    taken: Stages = {}
    for k in tqdm(range(requests)):
        asked = Request(int(customers[k]), goal, NOW + k, excluded[k])
        _timed(taken, "customer", partial(decide, sold, door, asked))
        _timed(taken, "visitor", partial(decide, sold, door, replace(asked, customer=-1)))
        pairs.append(staged(sold, door, asked, taken))
    print(f"candidates of a customer: median {np.median(pairs):.0f}, most {max(pairs)}")
    print(f"requests at which the stock gate was asked again: {door.asked} of {requests}")
    return {name: spent[requests // 10 :] for name, spent in taken.items()}


def report(taken: Stages) -> None:
    """Print percentiles."""
    print(
        f"{'ms':16s}{'wall p50':>10s}{'p90':>8s}{'p99':>8s}{'CPU p50':>10s}{'p90':>8s}{'p99':>8s}"
    )
    for name, spent in taken.items():
        wall, cpu = np.percentile(np.array(spent), [50, 90, 99], axis=0).T
        row = f"{wall[0]:10.2f}{wall[1]:8.2f}{wall[2]:8.2f}{cpu[0]:10.2f}{cpu[1]:8.2f}{cpu[2]:8.2f}"
        print(f"{name:16s}{row}")


def main() -> None:
    """Make the shop, time the requests."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--mean", type=float, default=200.0)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--goal", choices=sorted(SIZES), default="any")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    with threadpool_limits(asked.threads):
        sold = shop(asked.customers, asked.items, asked.mean, asked.goal, asked.seed)
        # As the service does when it has loaded what it serves.
        gc.collect()
        gc.freeze()
        length = np.diff(sold.state.history.pointer)
        middle, long = np.percentile(length, [50, 90])
        print(f"items in a history: median {middle:.0f}, p90 {long:.0f}")
        report(measure(sold, asked.requests, asked.goal, asked.seed))


if __name__ == "__main__":
    main()
