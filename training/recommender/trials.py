"""The ranker with some of its features silenced: what a choice of them is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.items import serves_goal
from decisioning.recommender.candidates import find_candidates
from decisioning.recommender.pairs import PAIR_FEATURES, pair_features
from decisioning.recommender.state import RecommenderState
from training.recommender.interactions import Interactions
from training.recommender.measure import DEPTH, Relevance, ndcg, relevance
from training.recommender.ranker import (
    RankerConfig,
    RankingRows,
    blocks,
    fit_ranker,
    labelled_rows,
    sold,
)
from training.recommender.ticks import Tick, untimed

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Floats = NDArray[np.float64]
Window = tuple[int, int]
"""Start and end, epoch seconds UTC."""


@dataclass(frozen=True)
class Bench:
    """Rows to learn from and, of a later window, candidates to be measured on.

    Parameters
    ----------
    rows
        Labelled by the earlier window.
    customer, item, features
        Candidates of the customers who are measured, sorted by customer, then item.
    asked
        What those bought in the later window.
    ranker
        How the rankers are fitted.
    """

    rows: RankingRows
    customer: I64
    item: I64
    features: F32
    asked: Relevance
    ranker: RankerConfig

    def ndcg(self, goal: str, silent: Sequence[str] = (), tick: Tick = untimed) -> Floats:
        """Fit a goal's ranker without some features, and measure it.

        Parameters
        ----------
        silent
            Features that are 0 for every pair, when learning and when ranking.

        Returns
        -------
        NDCG@10, float64 (customers with something relevant,).
        """
        if self.asked.pairs[goal].size == 0:
            return np.empty(0)
        rows = replace(self.rows, features=_silenced(self.rows.features, silent))
        trees = fit_ranker(rows, goal, self.ranker, tick)
        serves = serves_goal(self.features, goal)
        score = trees(_silenced(self.features[serves], silent))
        slates, asked = self._slates(serves, score, goal)
        return ndcg(slates, asked, self.asked.pairs[goal], self.asked.n_items)

    def _slates(self, serves: NDArray[np.bool_], score: Floats, goal: str) -> tuple[I64, I64]:
        customer, item = self.customer[serves], self.item[serves]
        order = np.lexsort((item, -score, customer))
        asked = self.asked.customers(goal)
        start = np.searchsorted(customer, asked)
        place = start[:, None] + np.arange(DEPTH)
        held = place < np.searchsorted(customer, asked, side="right")[:, None]
        best = item[order[np.minimum(place, order.size - 1)]] if order.size else place
        return np.where(held, best, -1), asked


def make_bench(
    interactions: Interactions,
    states: Sequence[RecommenderState],
    windows: tuple[Window, Window],
    ranker: RankerConfig,
    customers: int,
    seed: int,
    tick: Tick = untimed,
) -> Bench:
    """Make the rows of two windows.

    Parameters
    ----------
    states
        Two, each fitted strictly before its window.
    windows
        The one that teaches and the one that is asked for, which begins where the first ends or
        later.
    customers
        Customers measured, at most; more are sampled by the seed.
    """
    earlier, late = states
    (teaching, _), (start, end) = windows
    asked = relevance(interactions, late, start, end)
    drawn = np.random.default_rng(seed).permutation(asked.customers("any"))
    drawn = np.sort(drawn[:customers])
    mine = {g: keys[np.isin(keys // late.n_items, drawn)] for g, keys in asked.pairs.items()}
    customer, item = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    features = [np.empty((0, len(PAIR_FEATURES)), dtype=np.float32)]
    for block in blocks(drawn):
        tick()
        found = find_candidates(late, block, sold(late))
        found = found.take(sold(late)[0, found.item])
        customer.append(block[found.row])
        item.append(found.item)
        features.append(pair_features(late, found))
    return Bench(
        rows=labelled_rows(interactions, [(teaching, earlier)], ranker, tick=tick),
        customer=np.concatenate(customer),
        item=np.concatenate(item),
        features=np.concatenate(features),
        asked=Relevance(mine, late.n_items),
        ranker=ranker,
    )


def _silenced(features: F32, silent: Sequence[str]) -> F32:
    kept = features.copy()
    kept[:, [PAIR_FEATURES.index(name) for name in silent]] = 0.0
    return kept
