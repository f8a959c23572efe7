"""The candidates of every customer as the shipped ranker scores them, to be re-ordered."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from decisioning.items import ItemBlock, Ranker, decide_items
from decisioning.policy import DAY
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.diversity import Pool
from decisioning.recommender.state import RecommenderState
from training.config import TrainingConfig
from training.recommender.beyond import Catalogue
from training.recommender.fit import fit_state
from training.recommender.interactions import load_interactions
from training.recommender.measure import DEPTH, relevance
from training.recommender.ranker import blocks, sold
from training.recommending import fit_rankers

I64 = NDArray[np.int64]
SIZE: Final = 100
"""Candidates a pool."""
DAYS: Final = 31


@dataclass(frozen=True)
class GoalPools:
    """One pool a customer with something relevant.

    Parameters
    ----------
    customers
        int64 (m,).
    relevant
        Sorted keys customer * n_items + item.
    """

    goal: str
    customers: I64
    pools: tuple[Pool, ...]
    relevant: I64
    catalogue: Catalogue

    def slates(self, rule: Callable[[Pool], I64]) -> I64:
        """Return the slates a rule makes, int64 (m, 10), -1 where there are fewer."""
        found = np.full((len(self.pools), DEPTH), -1, dtype=np.int64)
        for row, pool in enumerate(self.pools):
            items = pool.item[rule(pool)]
            found[row, : items.size] = items
        return found


def load_pools(con: duckdb.DuckDBPyConnection, cut: int) -> Iterator[GoalPools]:
    """Fit before the cut as training does, and pool for each goal what is asked after it."""
    config = TrainingConfig()
    interactions = load_interactions(con, cut, honour_consents=False)
    window = config.ranker.label_days * DAY
    cuts = [cut - window * k for k in range(config.ranker.cuts, 0, -1)]
    states = {at: fit_state(interactions, at, config.family) for at in cuts}
    rankers = fit_rankers(interactions, states, config)
    state = fit_state(interactions, cut, config.family)
    relevant = relevance(interactions, state, cut, cut + DAYS * DAY)
    for goal in ("any", "discover"):
        customers = relevant.customers(goal)
        yield GoalPools(
            goal,
            customers,
            tuple(_pools(state, rankers, customers, goal)),
            relevant.pairs[goal],
            _catalogue(state),
        )


def _pools(
    state: RecommenderState, rankers: Mapping[str, Ranker], customers: I64, goal: str
) -> Iterator[Pool]:
    verdicts = np.where(sold(state), PASSED, CODE["excluded"]).astype(np.int16)
    for part in tqdm(list(blocks(customers)), desc=goal):
        block = ItemBlock(
            customers=part,
            personal=np.ones(part.size, dtype=np.bool_),
            verdicts=np.broadcast_to(verdicts, (part.size, state.n_items)),
            locations=np.zeros(part.size, dtype=np.int64),
            goal=goal,
            n=SIZE,
        )
        decided = decide_items(block, state, rankers)
        for customer, decision in zip(part.tolist(), decided, strict=True):
            item = np.array([ranked.item for ranked in decision.slate], dtype=np.int64)
            yield Pool(
                score=np.array([ranked.score for ranked in decision.slate]),
                item=item,
                category=state.items.category_code[item],
                ignored=np.zeros(item.size),
                target=_target(state, customer),
            )


def _target(state: RecommenderState, customer: int) -> NDArray[np.float64]:
    """Return the customer's shares of categories."""
    affinity = state.affinity
    first = customer * affinity.n_categories
    part = slice(*np.searchsorted(affinity.category_key, [first, first + affinity.n_categories]))
    target = np.zeros(affinity.n_categories)
    target[affinity.category_key[part] - first] = affinity.category_share[part]
    return target


def _catalogue(state: RecommenderState) -> Catalogue:
    return Catalogue(
        purchases=np.bincount(state.histories.item, minlength=state.n_items),
        buyers=np.bincount(state.history.item, minlength=state.n_items),
        categories=state.items.category_code,
        n_customers=int((np.diff(state.history.pointer) > 0).sum()),
    )
