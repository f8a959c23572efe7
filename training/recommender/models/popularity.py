"""Fit popularity: decayed buyers per customer, in all and by group."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.popularity import Popularity

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class PopularityConfig:
    """What counts as popular.

    Parameters
    ----------
    half_life
        Days after which a buyer counts half.
    smoothing
        Customers like all others that are added to a group.
    least
        Customers a group needs for a row of its own.
    """

    half_life: float = 30.0
    smoothing: float = 20.0
    least: int = 20


def fit_popularity(
    histories: Histories, config: PopularityConfig, groups: I64 | None = None
) -> Popularity:
    """Fit on the last interaction of every subject and item.

    A subject's weight fades with its own last interaction, a buyer's with the last of the item:
    a rate is the share of the customers still active who bought it as lately.

    Parameters
    ----------
    groups
        int64 (m,): group of each subject, -1 for none; None: nobody has one.
    """
    decay = np.exp2(-histories.age.astype(np.float64) / config.half_life)
    key, from_end = np.unique(histories.pair[::-1], return_index=True)
    owner, item = key // histories.n_items, key % histories.n_items
    bought = decay[::-1][from_end]
    active = np.zeros(histories.n_subjects)
    active[owner] = decay[histories.pointer[owner + 1] - 1]

    def counted(mine: NDArray[np.bool_]) -> F64:
        return np.asarray(np.bincount(item[mine], bought[mine], histories.n_items), np.float64)

    overall = counted(np.ones(owner.size, dtype=np.bool_)) / max(active.sum(), _TINY)
    large = _large(groups, active > 0, config.least)
    rows = [overall]
    for group in large.tolist():
        there = groups == group
        rates = counted(there[owner]) + config.smoothing * overall
        rows.append(rates / (active[there].sum() + config.smoothing))
    return Popularity(np.stack(rows).astype(np.float32), np.r_[-1, large].astype(np.int64))


def _large(groups: I64 | None, active: NDArray[np.bool_], least: int) -> I64:
    """Return the groups with enough active subjects."""
    if groups is None:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.bincount(groups[active & (groups >= 0)]) >= least)


_TINY = np.finfo(np.float64).tiny
