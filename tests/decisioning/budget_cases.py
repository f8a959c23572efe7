"""Made-up assignment problems of every awkward kind, and their best answer by trying everything."""

import itertools
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from decisioning.assignment import Assignment, Candidates, Capacities, assign, linear_relaxation
from decisioning.catalogue import Action, Prior

STYLES = ("tied", "whole", "same", "close", "decoy", "skewed", "cheap")


@dataclass(frozen=True)
class Case:
    candidates: Candidates
    limits: Capacities
    actions: tuple[Action, ...]
    max_per_kind: int

    def assign(self) -> Assignment:
        return assign(self.candidates, self.limits, self.actions, self.max_per_kind)

    def linear_bound(self) -> float:
        return linear_relaxation(self.candidates, self.limits, self.actions, self.max_per_kind)


def an_action(name: str, kind: str = "offer", group: str = "") -> Action:
    return Action(name, kind, name, name, ("email",), "marketing", Prior(0.1, 10), group=group)


def make_case(seed: int, style: str, m: int, k: int, r: int, tightness: float) -> Case:
    """``tightness`` is the share of what everybody's best slate would use that there is."""
    rng = np.random.default_rng(seed)
    worth = _worth(rng, style, m, k)
    worth[rng.random((m, k)) < 0.05] = np.nan
    spend = _spend(rng, style, worth)
    candidates = Candidates(
        worth=worth,
        allowed=rng.random((m, k)) < 0.85,
        spend=spend,
        room=rng.integers(0 if m > 3 else 1, 3, m),
        keys=rng.permutation(10 * m)[:m].astype(np.uint64),
    )
    kinds = rng.choice(["offer", "retention", "service"], k)
    actions = tuple(an_action(f"a{i:02d}", str(kind)) for i, kind in enumerate(kinds))
    free = Capacities(
        names=tuple(f"b{i}" for i in range(r)),
        members=rng.random((r, k)) < 0.6,
        in_money=rng.random(r) < 0.5,
        limit=np.full(r, np.inf),
    )
    case = Case(candidates, free, actions, int(rng.integers(0, 2)))
    most = np.floor(case.assign().used * rng.uniform(0, 2 * tightness, r))
    limits = Capacities(free.names, free.members, free.in_money, most)
    return Case(candidates, limits, actions, case.max_per_kind)


def _worth(rng: np.random.Generator, style: str, m: int, k: int) -> NDArray[np.float64]:
    match style:
        case "tied":
            return np.repeat(rng.integers(1, 4, (1, k)) * 10.0, m, axis=0)
        case "whole":
            return rng.integers(-2, 6, (m, k)).astype(np.float64)
        case "same":
            return np.full((m, k), 10.0)
        case "close":
            return 10.0 + 1e-6 * rng.random((m, k)) * (rng.random((m, k)) < 0.5)
        case "decoy":
            return rng.choice([1.0, 100.0], (m, k))
    return np.asarray(rng.lognormal(3, 1.5, (m, k)) - 5.0)


def _spend(rng: np.random.Generator, style: str, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    m, k = worth.shape
    match style:
        case "tied":
            return np.repeat(rng.integers(1, 5, (1, k)).astype(np.float64), m, axis=0)
        case "decoy":  # the best pair a cent is not the best pair
            return np.where(worth > 50, 100.0, 1.1)
        case "skewed":
            return rng.lognormal(2, 1, (m, k))
        case "cheap":
            return rng.choice([1e-6, 1.0, 1e4], (m, k))
    return rng.integers(0, 6, (m, k)).astype(np.float64)


def cases(most_customers: int, most_actions: int) -> st.SearchStrategy[Case]:
    return st.builds(
        make_case,
        seed=st.integers(0, 2**32 - 1),
        style=st.sampled_from(STYLES),
        m=st.integers(1, most_customers),
        k=st.integers(1, most_actions),
        r=st.integers(1, 4),
        tightness=st.sampled_from([0.05, 0.3, 0.6, 1.0]),
    )


def best_by_trying(case: Case) -> float:
    """Worth of the best assignment, by trying every slate of every customer."""
    slates = [_slates(case, i) for i in range(len(case.candidates.keys))]
    best = {tuple(case.limits.limit): 0.0}
    for options in slates:
        reached: dict[tuple[float, ...], float] = {}
        for left, total in best.items():
            for worth, use in options:
                after = np.array(left) - use
                if (after >= -1e-9).all():
                    key = tuple(after.tolist())
                    reached[key] = max(reached.get(key, 0.0), total + worth)
        best = reached
    return max(best.values())


def _slates(case: Case, row: int) -> list[tuple[float, NDArray[np.float64]]]:
    given, limits = case.candidates, case.limits
    usable = np.flatnonzero(given.allowed[row] & (given.worth[row] > 0)).tolist()
    kinds = [action.kind for action in case.actions]
    found = []
    for size in range(int(given.room[row]) + 1):
        for slate in map(list, itertools.combinations(usable, size)):
            of_kind = [kinds[k] for k in slate]
            if case.max_per_kind and any(of_kind.count(x) > case.max_per_kind for x in of_kind):
                continue
            unit = np.where(limits.in_money[:, None], given.spend[row, slate], 1.0)
            use = (limits.members[:, slate] * unit).sum(axis=1)
            found.append((float(given.worth[row, slate].sum()), use))
    return found
