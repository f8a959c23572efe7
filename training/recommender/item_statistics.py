"""What is known of each item: how popular, how often bought again, how soon."""

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.state import History, ItemStatistics
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
) -> ItemStatistics:
    """Compute the statistics of every item; the caller adds the popularity by location."""
    n_active = max(int((np.diff(history.pointer) > 0).sum()), 1)
    long = np.bincount(history.item, history.decayed[:, 2], p.n_items) / n_active
    month, recent = _buyers_rate(p, 30), _buyers_rate(p, 10)
    of_type = np.bincount(interactions.type_code, long)[interactions.type_code]
    return ItemStatistics(
        lines=lines.astype(np.float32),
        popularity=np.stack([long, month, recent], axis=1).astype(np.float32),
        popularity_at=np.empty((0, p.n_items), dtype=np.float32),
        places=np.empty(0, dtype=np.int64),
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


def popularity_at_locations(p: Purchases, home: I64) -> tuple[F32, I64]:
    """Buyers per customer of each home location over 60 days, smoothed towards all locations.

    Returns
    -------
    The rates, float32 (rows, n_items), and the location of each row; row 0 is all locations,
    and stands for every location with too few customers of its own.
    """
    recent = p.age <= 60
    pair = np.unique(p.pair[recent])
    customer, item = pair // p.n_items, pair % p.n_items
    customers = np.bincount(home[np.unique(p.customer[recent])])
    overall = np.bincount(item, minlength=p.n_items) / max(int(customers.sum()), 1)
    places = np.flatnonzero(customers >= MIN_LOCATION_CUSTOMERS)
    places = places[places > 0]
    rates = [overall]
    for place in places:
        bought = np.bincount(item[home[customer] == place], minlength=p.n_items)
        rates.append(
            (bought + LOCATION_SMOOTHING * overall) / (customers[place] + LOCATION_SMOOTHING)
        )
    return np.stack(rates).astype(np.float32), np.r_[0, places]
