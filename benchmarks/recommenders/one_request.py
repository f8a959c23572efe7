"""One request among 50,000 items: how long the whole decision takes, warm, in process, one thread.

    python -m benchmarks.recommenders.one_request [--items 50000] [--customers 20000]
        [--mean 200] [--requests 2000] [--seed 1] [--threads 1]

A request is decided as `serving.item_decisions` has the core decide it: the stock gate over all
items, a few exclusions, then ``decide_items``: candidates from history, models and popularity
within what is sellable, pair features, the LightGBM ranker (150 trees of 31 leaves), the cut to
10. Subjects are customers drawn at random, their histories log-normal of the mean asked, and
visitors of whom nothing is known; they take turns, so that both see the same machine. Reading
the stores and writing the record are not in it. Histories, stock and similarities are drawn
(`benchmarks.recommenders.one_request_world`). The first tenth warms up and is not counted.
Wall-clock and CPU time of the thread: on a machine that others use, only the latter is ours.
The stages are timed on the same customers by themselves.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from benchmarks.recommenders.one_request_world import NOW, Shop, shop
from decisioning.items import ItemBlock, decide_items
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.candidates import find_candidates
from decisioning.recommender.pairs import pair_features
from decisioning.stock import stock_gate

N = 10
EXCLUDED = 3
POLICY = Policy(stock_max_age_s=72 * 3600)
I64 = NDArray[np.int64]
T = TypeVar("T")
Stages = dict[str, list[tuple[float, float]]]


def block(sold: Shop, customer: int, excluded: I64) -> ItemBlock:
    """Gate every item, for one subject; -1 is a visitor."""
    verdicts = stock_gate(sold.stock, sold.discontinued, POLICY, NOW)
    verdicts[excluded] = CODE["excluded"]
    known = customer >= 0
    place = int(sold.state.customers.location[customer]) if known else 0
    return ItemBlock(
        customers=np.array([customer], dtype=np.int64),
        personal=np.array([known]),
        verdicts=verdicts[None],
        locations=np.array([place], dtype=np.int64),
        goal="any",
        n=N,
    )


def request(sold: Shop, customer: int, excluded: I64) -> int:
    """Decide one request; return the length of its slate."""
    asked = block(sold, customer, excluded)
    (decision,) = decide_items(asked, sold.state, {"any": sold.ranker})
    return len(decision.slate)


def staged(sold: Shop, customer: int, excluded: I64, taken: Stages) -> int:
    """Time the stages of one customer's request; return how many candidates there were."""
    asked = _timed(taken, "  gates", partial(block, sold, customer, excluded))
    allowed = asked.verdicts == PASSED
    search = partial(find_candidates, sold.state, asked.customers, allowed)
    found = _timed(taken, "  candidates", search)
    features = _timed(taken, "  pair features", partial(pair_features, sold.state, found))
    _timed(taken, "  ranker", partial(sold.ranker, features))
    return int(found.item.size)


def _timed(taken: Stages, name: str, work: Callable[[], T]) -> T:
    wall, cpu = time.perf_counter(), time.thread_time()
    result = work()
    spent = (1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - cpu))
    taken.setdefault(name, []).append(spent)
    return result


def measure(sold: Shop, requests: int, seed: int) -> Stages:
    """Time customers and visitors in turn, then the stages."""
    rng = np.random.default_rng(seed)
    customers = rng.integers(0, sold.state.n_customers, requests)
    excluded = rng.integers(0, sold.state.n_items, (requests, EXCLUDED))
    taken: Stages = {}
    pairs = []
    for customer, out in tqdm(zip(customers.tolist(), excluded, strict=True), total=requests):
        _timed(taken, "customer", partial(request, sold, customer, out))
        _timed(taken, "visitor", partial(request, sold, -1, out))
        pairs.append(staged(sold, customer, out, taken))
    print(f"candidates of a customer: median {np.median(pairs):.0f}, most {max(pairs)}")
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
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    with threadpool_limits(asked.threads):
        sold = shop(asked.customers, asked.items, asked.mean, asked.seed)
        length = np.diff(sold.state.history.pointer)
        middle, long = np.percentile(length, [50, 90])
        print(f"items in a history: median {middle:.0f}, p90 {long:.0f}")
        report(measure(sold, asked.requests, asked.seed))


if __name__ == "__main__":
    main()
