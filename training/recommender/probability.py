"""Chances beside the order: what share of offers like this one was bought within the window.

A ranker learns from part of what was not bought and only about customers who came back, so its
output is no chance of anything. Its recipe's raw scores one window earlier, against what was bought
in that window by a sample of everybody who has a history, are what the chances are read from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.calibration import CalibrationTable
from decisioning.catalogue import GOALS
from decisioning.items import Ranker, serves_goal
from decisioning.recommender.candidates import find_candidates
from decisioning.recommender.pairs import pair_features
from decisioning.recommender.state import RecommenderState
from training.models.calibration import fit_steps
from training.models.metrics import Estimate, measure
from training.recommender.interactions import Interactions
from training.recommender.ranker import blocks, bought_pairs, sold

I64 = NDArray[np.int64]
Floats = NDArray[np.float64]

MIN_ROWS: Final = 200
"""Pairs that hold up a step, at least."""


@dataclass(frozen=True)
class Chances:
    """Calibrations of one ranker's recipe, by goal.

    Parameters
    ----------
    tables
        Raw score to the chance of a purchase in the label window; a goal that nobody answered
        has none.
    metrics
        ``auc``, ``brier``, ``ece`` of the half of the customers that calibrated nothing.
    """

    tables: Mapping[str, CalibrationTable]
    metrics: Mapping[str, Mapping[str, Estimate]]


@dataclass(frozen=True)
class _Scored:
    """Pairs of one goal: raw scores, what was bought, and whose; arrays of one length."""

    raw: Floats
    bought: Floats
    customer: I64


def fit_chances(
    interactions: Interactions,
    state: RecommenderState,
    rankers: Mapping[str, Ranker],
    window: tuple[int, int],
    seed: int,
    customers: int = 600,
) -> Chances:
    """Calibrate rankers on a window later than any they learned from.

    Parameters
    ----------
    state
        Fitted strictly before the window.
    window
        Its start and end, epoch seconds UTC.
    customers
        How many are drawn, half to calibrate and half to measure, of those who train.
    """
    known = np.flatnonzero((np.diff(state.history.pointer) > 0) & interactions.trains)
    drawn = np.random.default_rng(seed).permutation(known)[:customers]
    scored = _score(interactions, state, rankers, window, np.sort(drawn))
    half = np.zeros(state.n_customers, dtype=np.bool_)
    half[drawn[: drawn.size // 2]] = True
    tables: dict[str, CalibrationTable] = {}
    metrics: dict[str, Mapping[str, Estimate]] = {}
    for goal, pairs in scored.items():
        mine = half[pairs.customer]
        if not pairs.bought[mine].any():
            continue
        tables[goal] = fit_steps(pairs.raw[mine], pairs.bought[mine], MIN_ROWS)
        chance = tables[goal].apply(pairs.raw[~mine]).mean
        if pairs.bought[~mine].any():
            metrics[goal] = measure(pairs.bought[~mine], chance, seed, resamples=50)
    return Chances(tables, metrics)


def _score(
    interactions: Interactions,
    state: RecommenderState,
    rankers: Mapping[str, Ranker],
    window: tuple[int, int],
    customers: I64,
) -> dict[str, _Scored]:
    bought = bought_pairs(interactions, state, *window)
    parts: dict[str, list[_Scored]] = {goal: [] for goal in GOALS}
    for block in blocks(customers):
        candidates = find_candidates(state, block, sold(state))
        candidates = candidates.take(sold(state)[0, candidates.item])
        features = pair_features(state, candidates)
        customer = block[candidates.row]
        label = np.isin(customer * state.n_items + candidates.item, bought).astype(np.float64)
        for goal in GOALS:
            serves = serves_goal(features, goal)
            if serves.any():
                raw = rankers[goal](features[serves])
                parts[goal].append(_Scored(raw, label[serves], customer[serves]))
    return {goal: _joined(held) for goal, held in parts.items() if held}


def _joined(parts: list[_Scored]) -> _Scored:
    return _Scored(
        np.concatenate([p.raw for p in parts]),
        np.concatenate([p.bought for p in parts]),
        np.concatenate([p.customer for p in parts]),
    )
