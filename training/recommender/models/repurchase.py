"""Fit the repurchase scorer: how habitual each item is, and how long it lasts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.baskets import Baskets, as_baskets
from decisioning.recommender.models.repurchase import Repurchase

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
NO_GAP = 30.0
"""Time between two purchases where nobody has bought anything twice."""


@dataclass(frozen=True)
class RepurchaseConfig:
    """Settings, the half-life chosen on the last basket but one of Complete Journey.

    Parameters
    ----------
    half_life, habit_power, due_power, gap_prior
        As in `Repurchase`.
    smoothing
        Buyers, and gaps, that draw an item towards the mean of all items.
    """

    half_life: float = 120.0
    habit_power: float = 0.5
    due_power: float = 0.0
    gap_prior: float = 2.0
    smoothing: float = 10.0


def fit_repurchase(
    histories: Histories, config: RepurchaseConfig = RepurchaseConfig()
) -> Repurchase:
    """Fit the items' habit and gap."""
    baskets = as_baskets(histories)
    return Repurchase(
        habit(baskets, config.smoothing),
        gap_between(baskets, baskets.age, config.smoothing),
        config.half_life,
        config.habit_power,
        config.due_power,
        config.gap_prior,
    )


def habit(baskets: Baskets, smoothing: float) -> F32:
    """Share of each item's buyers who bought it in two baskets or more, float32 (n_items,).

    Both the items and the mean of all start from one more buyer of two, so it is above 0.
    """
    first = baskets.first
    item = baskets.item[first]
    again = np.diff(np.r_[first, baskets.row.size]) > 1
    overall = (again.sum() + 1) / (again.size + 2)
    found = np.bincount(item, again, baskets.n_items) + smoothing * overall
    buyers = np.bincount(item, minlength=baskets.n_items) + smoothing
    return np.asarray(found / buyers, dtype=np.float32)


def gap_between(baskets: Baskets, at: F32 | I64, smoothing: float) -> F32:
    """Return each item's usual distance between two purchases by one subject, at least 0.5.

    The geometric mean of 1 + gap, less 1, smoothed: a holiday or two does not move it.

    Parameters
    ----------
    at
        (elements,): distance back from now, in the unit asked for.

    Returns
    -------
    float32 (n_items,).
    """
    again = np.ones(baskets.row.size, dtype=np.bool_)
    again[baskets.first] = False
    later = np.flatnonzero(again)
    item = baskets.item[later]
    log_gap = np.log1p((at[later - 1] - at[later]).astype(np.float64))
    overall = log_gap.mean() if log_gap.size else np.log1p(NO_GAP)
    total = np.bincount(item, log_gap, baskets.n_items) + smoothing * overall
    count = np.bincount(item, minlength=baskets.n_items) + smoothing
    return np.asarray(np.maximum(np.expm1(total / count), 0.5), dtype=np.float32)
