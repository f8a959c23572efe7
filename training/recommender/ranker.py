"""The learned blend: LightGBM over pair features, one ranker per goal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bundle.models import TreeModel
from decisioning.items import serves_goal
from decisioning.policy import DAY
from decisioning.recommender.candidates import find_candidates
from decisioning.recommender.pairs import PAIR_FEATURES, pair_features
from decisioning.recommender.pairs.newcomers import NEWCOMERS
from decisioning.recommender.state import RecommenderState
from training.recommender.interactions import Interactions
from training.recommender.ticks import Tick, untimed
from training.recommender.tree_settings import binary_parameters

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class TreesConfig:
    """Hyper-parameters of LightGBM, and the pair features that it is not told."""

    trees: int = 150
    leaves: int = 31
    learning_rate: float = 0.06
    min_leaf: int = 100
    untold: tuple[str, ...] = ()


CAUTIOUS: Final = TreesConfig(trees=250, leaves=15, learning_rate=0.04, min_leaf=300)
"""For rare labels: of what was never bought before, one candidate in a hundred is bought."""


@dataclass(frozen=True)
class RankerConfig:
    """Hyper-parameters, chosen on November 2017 of Complete Journey (docs/evaluation.md).

    Parameters
    ----------
    label_days
        Length of the window whose purchases are the labels.
    cuts
        How many label windows train it.
    negatives
        Share of the candidates not bought that is kept.
    trees, leaves, learning_rate, min_leaf
        Of LightGBM.
    untold
        Pair features that only ``discover`` hears: what is taken up of late moves it, and moved
        ``any`` on no window that settings are chosen on.
    discover
        Of LightGBM, for the goal ``discover``.
    """

    label_days: int = 30
    cuts: int = 1
    negatives: float = 0.3
    trees: int = 150
    leaves: int = 31
    learning_rate: float = 0.06
    min_leaf: int = 100
    untold: tuple[str, ...] = NEWCOMERS.features
    discover: TreesConfig = CAUTIOUS
    threads: int = 1
    seed: int = 7

    def trees_of(self, goal: str) -> TreesConfig:
        """Return what a goal's ranker is fitted with."""
        if goal == "discover":
            return self.discover
        return TreesConfig(self.trees, self.leaves, self.learning_rate, self.min_leaf, self.untold)


@dataclass(frozen=True)
class RankingRows:
    """Labelled pairs: features float32 (rows, features), label float32 (rows,) 0 or 1.

    ``customer`` and ``item`` int64 (rows,) tell whose pairs they are, cut by cut, sorted by
    customer within each.
    """

    features: F32
    label: F32
    customer: I64
    item: I64


def labelled_rows(
    interactions: Interactions,
    cuts: Sequence[tuple[int, RecommenderState]],
    config: RankerConfig,
    *,
    progress: bool = False,
    tick: Tick = untimed,
    some: Callable[[I64], I64] = lambda customers: customers,
) -> RankingRows:
    """Build the ranker's rows: candidates and features as of each cut, labels after it.

    Parameters
    ----------
    cuts
        Moment and the state fitted strictly before it; the label window must lie before the
        moment the ranker is used at.
    some
        Returns those of the customers, sorted, that are learned from.
    """
    rng = np.random.default_rng(config.seed)
    parts: list[RankingRows] = []
    for moment, state in cuts:
        bought = bought_pairs(interactions, state, moment, moment + config.label_days * DAY)
        customers = np.unique(bought // state.n_items)
        customers = some(customers[interactions.trains[customers]])
        for block in tqdm(list(blocks(customers)), desc="ranker rows", disable=not progress):
            tick()
            candidates = find_candidates(state, block, sold(state))
            label = _is_in(bought, block[candidates.row] * state.n_items + candidates.item)
            kept = sold(state)[0, candidates.item]
            kept &= label | (rng.random(label.size) < config.negatives)
            part = candidates.take(kept)
            told = label[kept].astype(np.float32)
            parts.append(RankingRows(pair_features(state, part), told, block[part.row], part.item))
    return RankingRows(
        np.concatenate([p.features for p in parts]),
        np.concatenate([p.label for p in parts]),
        np.concatenate([p.customer for p in parts]),
        np.concatenate([p.item for p in parts]),
    )


def fit_ranker(
    rows: RankingRows, goal: str, config: RankerConfig, tick: Tick = untimed
) -> TreeModel:
    """Fit the ranker of one goal on the rows that serve it."""
    serves, trees = serves_goal(rows.features, goal), config.trees_of(goal)
    parameters = binary_parameters(trees, config.seed, config.threads)
    features = rows.features[serves]
    # What never varies is never split on, and serving need not know what a goal is told.
    features[:, [PAIR_FEATURES.index(name) for name in trees.untold]] = 0.0
    data = lgb.Dataset(features, rows.label[serves], feature_name=list(PAIR_FEATURES))
    callbacks = [] if tick is untimed else [lambda _: tick()]
    booster = lgb.train(parameters, data, num_boost_round=trees.trees, callbacks=callbacks)
    return TreeModel(booster.model_to_string())


def bought_pairs(interactions: Interactions, state: RecommenderState, start: int, end: int) -> I64:
    """Return the distinct sorted keys customer * n_items + item bought in [start, end).

    Only of customers known and items sold before the state's cut: nobody else can be served.
    """
    known = np.diff(state.history.pointer) > 0
    mask = (interactions.at >= start) & (interactions.at < end)
    mask &= known[interactions.customer] & sold(state)[0, interactions.item]
    return np.unique(interactions.customer[mask] * state.n_items + interactions.item[mask])


def sold(state: RecommenderState) -> NDArray[np.bool_]:
    """Return which items the state knows, bool (1, n_items)."""
    return np.asarray(state.items.lines > 0)[None, :]


def blocks(customers: I64, size: int = 256) -> Iterator[I64]:
    """Cut customers into blocks."""
    for start in range(0, customers.size, size):
        yield customers[start : start + size]


def _is_in(keys: I64, wanted: I64) -> NDArray[np.bool_]:
    position = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.asarray(keys[position] == wanted)
