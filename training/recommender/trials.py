"""The ranker with some of its features silenced: what a choice of them is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from bundle.models import TreeModel
from decisioning.draws import draws, subject_keys
from decisioning.items import serves_goal
from decisioning.recommender.candidates import find_candidates
from decisioning.recommender.family import FAMILY
from decisioning.recommender.pairs import PAIR_FEATURES, pair_features
from decisioning.recommender.scorer import PairScorer, Scorer
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
class Tried:
    """What a choice came to.

    Parameters
    ----------
    ndcg
        NDCG@10, float64 (customers with something relevant,).
    weights
        Share of what the ranker's splits gained that each model's scores have; those silent
        have none.
    """

    ndcg: Floats
    weights: Mapping[str, float]


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
        return self.tried(goal, silent, tick).ndcg

    def tried(self, goal: str, silent: Sequence[str] = (), tick: Tick = untimed) -> Tried:
        """Do as `ndcg`, and tell what weight the models have in it."""
        if self.asked.pairs[goal].size == 0:
            return Tried(np.empty(0), {})
        rows = replace(self.rows, features=_silenced(self.rows.features, silent))
        trees = fit_ranker(rows, goal, self.ranker, tick)
        serves = serves_goal(self.features, goal)
        score = trees(_silenced(self.features[serves], silent))
        slates, asked = self._slates(serves, score, goal)
        found = ndcg(slates, asked, self.asked.pairs[goal], self.asked.n_items)
        return Tried(found, model_weights(trees))

    def hearing(
        self, name: str, states: Sequence[RecommenderState], tick: Tick = untimed
    ) -> "Bench":
        """Return the same with what one more model says of every pair; candidates stay.

        Parameters
        ----------
        states
            The two of the windows, in which the model is fitted.
        """
        rows, column = self.rows, PAIR_FEATURES.index(name)
        taught, asked = rows.features.copy(), self.features.copy()
        taught[:, column] = said(states[0], name, rows.customer, rows.item, tick)
        asked[:, column] = said(states[1], name, self.customer, self.item, tick)
        return replace(self, rows=replace(rows, features=taught), features=asked)

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
    learners: int | None = None,
) -> Bench:
    """Make the rows of two windows.

    Parameters
    ----------
    states
        Two, each fitted strictly before its window.
    windows
        The one that teaches and the one that is asked for, which begins where the first ends or
        later.
    customers, learners
        Customers measured and learned from, at most; more are sampled, by a hash of their ids and
        the seed, so that a customer is in the sample whatever else the data hold. None: all.
    """
    earlier, late = states
    (teaching, _), (start, end) = windows
    asked = relevance(interactions, late, start, end)
    drawn = sampled(interactions, asked.customers("any"), customers, seed)
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

    def some(known: I64) -> I64:
        return known if learners is None else sampled(interactions, known, learners, seed)

    return Bench(
        rows=labelled_rows(interactions, [(teaching, earlier)], ranker, tick=tick, some=some),
        customer=np.concatenate(customer),
        item=np.concatenate(item),
        features=np.concatenate(features),
        asked=Relevance(mine, late.n_items),
        ranker=ranker,
    )


def sampled(interactions: Interactions, customers: I64, most: int, seed: int) -> I64:
    """Return at most so many of some customers, sorted: those of the lowest hash."""
    if customers.size <= most:
        return customers
    keys = subject_keys([interactions.customers.ids[k] for k in customers.tolist()])
    lot = np.argsort(draws(seed, "trials", keys), kind="stable")
    return np.sort(customers[lot[:most]])


def said(state: RecommenderState, name: str, customer: I64, item: I64, tick: Tick = untimed) -> F32:
    """Return what a model of the state says of pairs sorted by customer, float32 (pairs,)."""
    model, parts = state.models[name], [np.empty(0, dtype=np.float32)]
    for block in blocks(np.unique(customer)):
        tick()
        low = np.searchsorted(customer, block[0])
        mine = slice(low, np.searchsorted(customer, block[-1], side="right"))
        row = np.searchsorted(block, customer[mine])
        parts.append(_scores(model, state, block, row, item[mine]))
    return np.concatenate(parts)


def _scores(model: Scorer, state: RecommenderState, block: I64, row: I64, item: I64) -> F32:
    histories = state.histories.of(block)
    if isinstance(model, PairScorer):
        return model.score_pairs(histories, row, item)
    return model.score(histories)[row, item]


def model_weights(trees: TreeModel) -> dict[str, float]:
    """Return the share of what the splits gained by each model's scores, those of FAMILY."""
    gained = lgb.Booster(model_str=trees.text).feature_importance("gain")
    share = dict(zip(trees.columns, (gained / max(gained.sum(), 1e-9)).tolist(), strict=True))
    return {name: share[name] for name in FAMILY if share[name]}


def _silenced(features: F32, silent: Sequence[str]) -> F32:
    kept = features.copy()
    kept[:, [PAIR_FEATURES.index(name) for name in silent]] = 0.0
    return kept
