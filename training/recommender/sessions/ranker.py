"""The learned blend for sessions: LightGBM over the models' candidates.

The index is built on earlier sessions than those the ranker learns from, so that it sees the
models as they will be when it serves: asked about sessions that they do not hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from bundle.models import TreeModel
from decisioning.recommender.histories import Histories
from decisioning.recommender.sessions.candidates import find_session_pairs
from decisioning.recommender.sessions.events import session_histories
from decisioning.recommender.sessions.features import SESSION_FEATURES, session_features
from decisioning.recommender.sessions.model import SessionModel
from training.recommender.sessions.fit import SessionConfig, fit_sessions
from training.recommender.tree_settings import binary_parameters

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class SessionRankerConfig:
    """Hyper-parameters, chosen on the last training sessions of RetailRocket.

    Parameters
    ----------
    share
        Of the sessions, the last, whose next clicks are the labels.
    fewest
        Clicks of a session before the first label.
    negatives
        Share of the candidates not clicked that is kept.
    fewest_labels
        Next clicks among the candidates below which nothing is learned.
    trees, leaves, learning_rate, min_leaf
        Of LightGBM.
    """

    share: float = 0.05
    fewest: int = 1
    negatives: float = 0.3
    fewest_labels: int = 500
    trees: int = 100
    leaves: int = 15
    learning_rate: float = 0.1
    min_leaf: int = 100
    threads: int = 2
    seed: int = 7


@dataclass(frozen=True)
class Prefixes:
    """What stood before each click, and the click.

    Parameters
    ----------
    histories
        One subject a click of at least ``fewest`` before it; ages anew from the click.
    target
        int64 (m,).
    """

    histories: Histories
    target: I64


@dataclass(frozen=True)
class SessionRows:
    """Labelled candidates.

    Parameters
    ----------
    features
        float32 (rows, len(SESSION_FEATURES)).
    label
        bool (rows,): the next click.
    """

    features: F32
    label: NDArray[np.bool_]


def fit_session_ranker(
    sessions: Histories, config: SessionConfig, ranker: SessionRankerConfig
) -> TreeModel | None:
    """Learn from the last sessions with models of the earlier ones.

    None where they tell too little.

    Parameters
    ----------
    sessions
        One subject a session, the oldest first.
    """
    n = sessions.n_subjects
    cut = n - max(int(n * ranker.share), 1)
    model = fit_sessions(sessions.of(np.arange(cut)), config)
    learned = prefixes_of(sessions.of(np.arange(cut, n)), ranker.fewest)
    rows = session_rows(model, learned, ranker)
    return fit_trees(rows, ranker) if rows.label.sum() >= ranker.fewest_labels else None


def prefixes_of(sessions: Histories, fewest: int) -> Prefixes:
    """Cut every session before each of its clicks that has ``fewest`` or more before it."""
    place = np.arange(sessions.item.size) - sessions.pointer[sessions.row]
    click = np.flatnonzero(place >= fewest)
    length = place[click]
    pointer = np.r_[0, np.cumsum(length)].astype(np.int64)
    start = np.repeat(sessions.pointer[sessions.row[click]], length)
    row = np.repeat(np.arange(click.size), length)
    position = start + np.arange(row.size) - pointer[row]
    shape = (click.size, sessions.n_items)
    told = session_histories(row, sessions.item[position], sessions.weight[position], shape)
    return Prefixes(told, sessions.item[click])


def session_rows(
    model: SessionModel, prefixes: Prefixes, config: SessionRankerConfig
) -> SessionRows:
    """Find the candidates of each prefix and label them; of the others, some are kept."""
    rng = np.random.default_rng(config.seed)
    allowed = np.ones((1, model.n_items), dtype=np.bool_)
    parts = []
    for block in _blocks(prefixes.target.size):
        told = prefixes.histories.of(block)
        pairs = find_session_pairs(model, told, allowed)
        features = session_features(model, told, pairs)
        label = pairs.item == prefixes.target[block][pairs.row]
        kept = label | (rng.random(label.size) < config.negatives)
        parts.append(SessionRows(features[kept], label[kept]))
    return SessionRows(
        np.concatenate(
            [np.empty((0, len(SESSION_FEATURES)), np.float32), *(p.features for p in parts)]
        ),
        np.concatenate([np.empty(0, dtype=np.bool_), *(part.label for part in parts)]),
    )


def fit_trees(rows: SessionRows, config: SessionRankerConfig) -> TreeModel:
    """Fit LightGBM on labelled candidates."""
    parameters = binary_parameters(config, config.seed, config.threads)
    label = rows.label.astype(np.int32)
    data = lgb.Dataset(rows.features, label, feature_name=list(SESSION_FEATURES))
    booster = lgb.train(parameters, data, num_boost_round=config.trees)
    return TreeModel(booster.model_to_string())


def _blocks(n: int, size: int = 512) -> Iterator[I64]:
    for start in range(0, n, size):
        yield np.arange(start, min(start + size, n))
