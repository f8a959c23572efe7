"""NDCG@10 per customer: the blend through the decision code itself, and the baselines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from decisioning.items import ItemBlock, Ranker, decide_items
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.state import RecommenderState
from training.recommender.beyond import Beyond, Catalogue, measure_beyond
from training.recommender.interactions import Interactions, days_before
from training.recommender.ranker import blocks, bought_pairs, sold

I64 = NDArray[np.int64]
Floats = NDArray[np.float64]
Slates = Callable[[I64, str], I64]
"""Customers int64 (m,) and goal to items int64 (m, 10), best first, -1 where there are fewer."""

DEPTH: Final = 10
_DISCOUNT: Final = 1.0 / np.log2(np.arange(2, DEPTH + 2))
PERSONAL_HALF_LIFE: Final = 60.0


@dataclass(frozen=True)
class Relevance:
    """What each customer bought in the test window.

    Parameters
    ----------
    pairs
        By goal, sorted keys customer * n_items + item.
    n_items
        Number of items.
    """

    pairs: Mapping[str, I64]
    n_items: int

    def customers(self, goal: str) -> I64:
        """Return the customers with at least one relevant item."""
        return np.unique(self.pairs[goal] // self.n_items)


def relevance(
    interactions: Interactions, state: RecommenderState, start: int, end: int
) -> Relevance:
    """Return what is relevant in [start, end), by goal.

    ``any``: the distinct items bought; ``discover``: those never bought before; ``replenish``:
    those bought before.
    """
    bought = bought_pairs(interactions, state, start, end)
    # Measuring is analytics too: who refused it is in no figure.
    bought = bought[interactions.trains[bought // state.n_items]]
    owner = np.repeat(np.arange(state.n_customers), np.diff(state.history.pointer))
    before = owner * state.n_items + state.history.item
    seen = np.isin(bought, before, assume_unique=True)
    return Relevance(
        {"any": bought, "discover": bought[~seen], "replenish": bought[seen]}, state.n_items
    )


def ndcg(slates: I64, customers: I64, relevant: I64, n_items: int) -> Floats:
    """NDCG@10 with binary gains, the ideal truncated at 10 (Järvelin & Kekäläinen 2002).

    Parameters
    ----------
    slates
        int64 (m, 10), -1 where there is no item.
    customers
        int64 (m,), each with at least one relevant item.
    relevant
        Sorted keys customer * n_items + item.

    Returns
    -------
    float64 (m,), in [0, 1].
    """
    hit = np.isin(customers[:, None] * n_items + slates, relevant) & (slates >= 0)
    count = np.bincount(relevant // n_items, minlength=int(customers.max()) + 1)[customers]
    ideal = np.cumsum(_DISCOUNT)[np.minimum(count, DEPTH) - 1]
    return np.asarray((hit * _DISCOUNT).sum(axis=1) / ideal)


def measure_slates(
    slates: Slates, relevant: Relevance, goal: str, *, progress: bool = False
) -> Floats:
    """Return the NDCG@10 of every customer with something relevant, float64 (customers,)."""
    shown = slates_of(slates, relevant, goal, progress=progress)
    return ndcg_of(shown, relevant, goal)


def slates_of(slates: Slates, relevant: Relevance, goal: str, *, progress: bool = False) -> I64:
    """Return the slates of every customer with something relevant, int64 (customers, 10)."""
    parts = [np.empty((0, DEPTH), dtype=np.int64)]
    for block in tqdm(list(blocks(relevant.customers(goal))), desc=goal, disable=not progress):
        parts.append(slates(block, goal))
    return np.concatenate(parts)


def ndcg_of(shown: I64, relevant: Relevance, goal: str) -> Floats:
    """Return the NDCG@10 of what `slates_of` returned, float64 (customers,)."""
    customers = relevant.customers(goal)
    if customers.size == 0:
        return np.empty(0)
    return ndcg(shown, customers, relevant.pairs[goal], relevant.n_items)


def decided_slates(state: RecommenderState, rankers: Mapping[str, Ranker]) -> Slates:
    """Return slates as the service decides them, with everything in stock and allowed."""
    refused = np.where(sold(state), PASSED, CODE["excluded"]).astype(np.int16)

    def slates(customers: I64, goal: str) -> I64:
        m = customers.size
        block = ItemBlock(
            customers=customers,
            personal=np.ones(m, dtype=np.bool_),
            verdicts=np.broadcast_to(refused, (m, state.n_items)),
            locations=np.zeros(m, dtype=np.int64),
            goal=goal,
            n=DEPTH,
        )
        items = np.full((m, DEPTH), -1, dtype=np.int64)
        for row, decision in enumerate(decide_items(block, state, rankers)):
            found = [ranked.item for ranked in decision.slate]
            items[row, : len(found)] = found
        return items

    return slates


def baseline_slates(
    interactions: Interactions, state: RecommenderState, as_of: int
) -> dict[str, Slates]:
    """Return the baselines by name: what a good analyst would try first."""
    popularity = state.items.lines.astype(np.float64)
    personal = _personal_frequency(interactions, state, as_of)

    def frequency(customers: I64) -> Floats:
        return popularity * 1e-9 + personal(customers)

    scores: dict[str, Callable[[I64], Floats]] = {
        "popularity": lambda customers: np.tile(popularity, (customers.size, 1)),
        "personal_frequency": frequency,
    }
    scores |= {name: _of_model(state, name) for name in state.models}
    return {name: _best(state, score) for name, score in scores.items()}


def _of_model(state: RecommenderState, name: str) -> Callable[[I64], Floats]:
    model = state.models[name]
    return lambda customers: model.score(state.histories.of(customers)).astype(np.float64)


def _personal_frequency(
    interactions: Interactions, state: RecommenderState, as_of: int
) -> Callable[[I64], Floats]:
    """Decayed lines per customer and item, 60-day half-life."""
    past = interactions.before(as_of) & sold(state)[0, interactions.item]
    weight = 0.5 ** (days_before(as_of, interactions.at[past]) / PERSONAL_HALF_LIFE)
    customer, item = interactions.customer[past], interactions.item[past]

    def score(customers: I64) -> Floats:
        row_of = np.full(state.n_customers, -1, dtype=np.int64)
        row_of[customers] = np.arange(customers.size)
        mine = row_of[customer] >= 0
        key = row_of[customer[mine]] * state.n_items + item[mine]
        total = np.bincount(key, weight[mine], customers.size * state.n_items)
        return np.asarray(total.reshape(customers.size, state.n_items), dtype=np.float64)

    return score


def _best(state: RecommenderState, score: Callable[[I64], Floats]) -> Slates:
    def slates(customers: I64, goal: str) -> I64:
        row, position = state.history_rows(customers)
        seen = np.zeros((customers.size, state.n_items), dtype=np.bool_)
        seen[row, state.history.item[position]] = True
        open_ = {"any": np.ones_like(seen), "discover": ~seen, "replenish": seen}[goal]
        values = np.where(open_ & sold(state), score(customers), -np.inf)
        items = np.full((customers.size, DEPTH), -1, dtype=np.int64)
        for found, told in zip(items, values, strict=True):
            best = _first(told)
            found[: best.size] = best
        return items

    return slates


def _first(values: Floats) -> I64:
    """Return the finite best, best first, of equal ones the lower item, at most `DEPTH`."""
    kth = min(DEPTH, values.size) - 1
    floor = -np.partition(-values, kth)[kth]
    best = np.flatnonzero((values >= floor) & np.isfinite(values))
    return best[np.argsort(-values[best], kind="stable")][:DEPTH]


def catalogue_of(state: RecommenderState, trains: NDArray[np.bool_]) -> Catalogue:
    """Return what slates of a state are measured against beyond accuracy: the items it knows.

    Parameters
    ----------
    trains
        bool (customers,): who allows analytics; nobody else is counted.
    """
    known = sold(state)[0]
    items = np.diff(state.history.pointer)
    counted = np.repeat(trains, items)
    buyers = np.bincount(state.history.item[counted], minlength=state.n_items)
    return Catalogue(
        purchases=state.items.lines[known].astype(np.int64),
        buyers=buyers[known],
        categories=state.items.category_code[known],
        n_customers=int((trains & (items > 0)).sum()),
    )


def beyond_of(shown: I64, state: RecommenderState, trains: NDArray[np.bool_]) -> Beyond | None:
    """Measure what `slates_of` returned beyond accuracy; None where nobody was shown anything.

    Parameters
    ----------
    trains
        As in `catalogue_of`.
    """
    place = np.cumsum(sold(state)[0]) - 1
    known = np.where(shown >= 0, place[shown], -1)
    return measure_beyond(known, catalogue_of(state, trains)) if (known >= 0).any() else None
