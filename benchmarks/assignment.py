"""Budgets across customers: how near the best, and how long it takes.

Made-up batches from a seed: 500 calls for everybody and a money budget over all contacts. The
first table measures against the price bound at full size; the second solves the linear
relaxation with SciPy's HiGHS too, and measures a greedy by worth for each contact beside it.

Seconds are of CPU.

    python -m benchmarks.assignment
"""

import time

import numpy as np
from tqdm import tqdm

from decisioning.assignment import Candidates, Capacities, assign, linear_relaxation
from decisioning.catalogue import Action, Prior

SEEDS = range(5)


def batch(seed: int, m: int, k: int, n: int) -> tuple[Candidates, Capacities, tuple[Action, ...]]:
    """Make a batch: a tenth of the actions are calls, dear and worth more."""
    rng = np.random.default_rng(seed)
    calls = np.arange(k) < max(1, k // 10)
    worth = rng.gamma(1.0, 200.0, (m, 1)) * rng.beta(1, 8, (m, k)) * np.where(calls, 4.0, 1.0)
    cost = np.where(calls, 400.0, rng.uniform(0.1, 60.0, k))
    spend = cost + rng.gamma(0.5, 20.0, (m, k))
    candidates = Candidates(
        worth=worth - 0.1 * cost,
        allowed=rng.random((m, k)) < 0.6,
        spend=spend,
        room=np.full(m, n),
        keys=rng.permutation(m).astype(np.uint64),
    )
    actions = tuple(_action(position, bool(call)) for position, call in enumerate(calls))
    limits = Capacities(
        names=("calls", "money"),
        members=np.array([calls, np.ones(k, dtype=bool)]),
        in_money=np.array([False, True]),
        limit=np.array([500.0, m * 25.0]),
    )
    return candidates, limits, actions


def _action(position: int, call: bool) -> Action:
    name = f"action-{position:02d}"
    kind = "retention" if call else "offer"
    return Action(name, kind, name, name, ("phone",), "marketing", Prior(0.1, 10.0))


def greedy(candidates: Candidates, limits: Capacities) -> float:
    """Return the total when pairs are taken by worth until nothing fits: the obvious way."""
    worth = np.where(candidates.allowed, candidates.worth, 0.0)
    rows, columns = np.unravel_index(np.argsort(-worth, axis=None, kind="stable"), worth.shape)
    left, room, total = limits.limit.copy(), candidates.room.copy(), 0.0
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        if worth[i, j] <= 0:
            break
        use = limits.members[:, j] * np.where(limits.in_money, candidates.spend[i, j], 1.0)
        if room[i] and (use <= left).all():
            left, room[i], total = left - use, room[i] - 1, total + worth[i, j]
    return total


def at_full_size() -> None:
    """Print time and gap for 100,000 customers x 50 actions."""
    print(f"{'100,000 x 50':14s} {'seconds':>8s} {'of bound':>10s} {'calls':>7s} {'money':>8s}")
    for n in (1, 3):
        seconds, shares, used = [], [], []
        for seed in tqdm(SEEDS, leave=False):
            candidates, limits, actions = batch(seed, 100_000, 50, n)
            began = time.process_time()
            found = assign(candidates, limits, actions)
            seconds.append(time.process_time() - began)
            shares.append(found.share_of_bound)
            used.append(found.used / limits.limit)
        calls, money = np.min(used, axis=0)
        row = f"slate of {n:<5d} {np.median(seconds):8.2f} {min(shares):10.4%}"
        print(f"{row} {calls:7.1%} {money:8.2%}")


def against_the_linear_bound() -> None:
    """Print the share of SciPy's linear bound reached on 20,000 customers x 10 actions."""
    print(
        f"{'20,000 x 10':14s} {'seconds':>8s} {'of LP':>10s} {'greedy':>8s} {'LP seconds':>11s}"
        f" {'bound/LP - 1':>13s}"
    )
    for seed in tqdm(SEEDS, leave=False):
        candidates, limits, actions = batch(seed, 20_000, 10, 1)
        began = time.process_time()
        found = assign(candidates, limits, actions)
        middle = time.process_time()
        linear = linear_relaxation(candidates, limits, actions)
        end = time.process_time()
        print(
            f"seed {seed:<9d} {middle - began:8.2f} {found.total / linear:10.4%}"
            f" {greedy(candidates, limits) / linear:8.2%} {end - middle:11.1f}"
            f" {found.bound / linear - 1:13.1e}"
        )


if __name__ == "__main__":
    at_full_size()
    against_the_linear_bound()
