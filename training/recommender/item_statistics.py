"""What is known of each item: how popular, how often bought again, how soon."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.state import NEWCOMER_DAYS, History, ItemStatistics
from training.recommender.interactions import Interactions
from training.recommender.purchases import Purchases

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
F32 = NDArray[np.float32]

SMOOTHING = 10.0
"""Pseudo-customers that draw an item's rates towards the mean of all items."""
LOCATION_SMOOTHING = 20.0
MIN_LOCATION_CUSTOMERS = 10


def rebuy_rate(p: Purchases) -> F64:
    """P(bought in the last 30 days | bought in the 60 days before), smoothed, float64 (items,)."""
    past = np.unique(p.pair[(p.age > 30) & (p.age <= 90)])
    again = np.isin(past, np.unique(p.pair[p.age <= 30]), assume_unique=True)
    return _smoothed_rate(past % p.n_items, again, p.n_items)


def _smoothed_rate(item: I64, success: NDArray[np.bool_], n_items: int) -> F64:
    overall = success.mean() if success.size else 0.0
    count = np.bincount(item, minlength=n_items)
    found = np.bincount(item, success, n_items)
    return np.asarray((found + SMOOTHING * overall) / (count + SMOOTHING))


def fit_items(
    p: Purchases,
    history: History,
    rebuy: F64,
    lines: NDArray[np.int64],
    interactions: Interactions,
    at: "AtLocations",
) -> ItemStatistics:
    """Compute the statistics of every item."""
    n_active = max(int((np.diff(history.pointer) > 0).sum()), 1)
    long = np.bincount(history.item, history.decayed[:, 2], p.n_items) / n_active
    month, recent = _buyers_rate(p, 30), _buyers_rate(p, 10)
    of_type = np.bincount(interactions.type_code, long)[interactions.type_code]
    return ItemStatistics(
        lines=lines.astype(np.float32),
        popularity=np.stack([long, month, recent], axis=1).astype(np.float32),
        popularity_at=at.popularity,
        newcomers=newcomers(history, p.n_items),
        recent_at=at.recent,
        newcomers_at=at.newcomers,
        places=at.places,
        rebuy_rate=rebuy.astype(np.float32),
        repeat_rate=_smoothed_rate(history.item, history.orders >= 2, p.n_items).astype(np.float32),
        gap_days=_gap_days(p).astype(np.float32),
        share_of_type=(long / np.maximum(of_type, 1e-9)).astype(np.float32),
        type_code=interactions.type_code,
        category_code=interactions.category_code,
        by_popularity=np.argsort(-month - 0.5 * recent, kind="stable"),
    )


def _buyers_rate(p: Purchases, days: float) -> F64:
    """Buyers of each item per active customer over the last days, float64 (items,)."""
    recent = p.age <= days
    active = max(np.unique(p.customer[recent]).size, 1)
    return np.bincount(np.unique(p.pair[recent]) % p.n_items, minlength=p.n_items) / active


def _gap_days(p: Purchases) -> F64:
    """Typical days between two purchases by one customer: mean of logs, smoothed."""
    order = np.lexsort((p.age, p.pair))
    same = p.pair[order][1:] == p.pair[order][:-1]
    log_gap = np.log1p(np.diff(p.age[order])[same])
    item = p.item[order][1:][same]
    overall = log_gap.mean() if log_gap.size else np.log1p(30.0)
    total = np.bincount(item, log_gap, p.n_items) + SMOOTHING * overall
    return np.asarray(np.expm1(total / (np.bincount(item, minlength=p.n_items) + SMOOTHING)))


def newcomers(history: History, n_items: int) -> F32:
    """Count who bought each item for the first time of late, per customer: (n_items, 3)."""
    customers = max(int((np.diff(history.pointer) > 0).sum()), 1)
    counts = [
        np.bincount(history.item[history.first_days <= days], minlength=n_items)
        for days in NEWCOMER_DAYS
    ]
    return (np.stack(counts, axis=1) / customers).astype(np.float32)


@dataclass(frozen=True)
class AtLocations:
    """Rates of each item at the locations with enough customers of their own.

    Parameters
    ----------
    popularity, recent, newcomers
        float32 (rows, n_items): as ``ItemStatistics`` says of ``popularity_at`` and the like.
    places
        int64 (rows,): location of each row; row 0 is all locations, and stands for every
        location with too few customers.
    """

    popularity: F32
    recent: F32
    newcomers: F32
    places: I64


def at_locations(p: Purchases, history: History, home: I64) -> AtLocations:
    """Count the buyers of each item among the customers of each home location.

    Parameters
    ----------
    history
        The same purchases, added up.
    home
        int64 (n_customers,).
    """
    active = np.zeros(p.n_customers, dtype=np.bool_)
    active[p.customer[p.age <= 60]] = True
    customers = np.bincount(home[active])
    places = np.flatnonzero(customers >= MIN_LOCATION_CUSTOMERS)
    places = np.r_[0, places[places > 0]]
    size = np.r_[customers.sum(), customers[places[1:]]]
    owner = np.repeat(np.arange(p.n_customers), np.diff(history.pointer))

    def rates(mask: NDArray[np.bool_]) -> F32:
        return _rates_at(home[owner[mask]], history.item[mask], places, size, p.n_items)

    return AtLocations(
        popularity=rates(history.last_days <= 60),
        recent=rates(history.last_days <= 30),
        newcomers=rates(history.first_days <= 30),
        places=places,
    )


def _rates_at(home: I64, item: I64, places: I64, size: I64, n_items: int) -> F32:
    """Buyers per customer at each place, smoothed towards all places, (rows, n_items)."""
    overall = np.bincount(item, minlength=n_items) / max(int(size[0]), 1)
    rates = [overall]
    for place, customers in zip(places[1:], size[1:], strict=True):
        bought = np.bincount(item[home == place], minlength=n_items)
        rates.append((bought + LOCATION_SMOOTHING * overall) / (customers + LOCATION_SMOOTHING))
    return np.stack(rates).astype(np.float32)
