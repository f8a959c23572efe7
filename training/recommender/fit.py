"""Fit the recommender's state: everything known strictly before a moment."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.state import (
    HALF_LIVES,
    Affinity,
    CustomerStatistics,
    History,
    ItemStatistics,
    RecommenderState,
)
from training.recommender.collaborative import CollaborativeConfig, fit_collaborative
from training.recommender.interactions import MIN_LINES, Interactions, days_before

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
F32 = NDArray[np.float32]

SMOOTHING = 10.0
"""Pseudo-customers that draw an item's rates towards the mean of all items."""
LOCATION_SMOOTHING = 20.0
MIN_LOCATION_CUSTOMERS = 10


@dataclass(frozen=True)
class Purchases:
    """One element per distinct (customer, item, order) before the cut; ``age`` in days."""

    customer: I64
    item: I64
    order: I64
    location: I64
    age: F64
    n_customers: int
    n_items: int

    @property
    def pair(self) -> I64:
        """Key of (customer, item)."""
        return self.customer * self.n_items + self.item


def fit_state(
    interactions: Interactions, as_of: int, config: CollaborativeConfig
) -> RecommenderState:
    """Fit the state as of a moment.

    Items sold on fewer than ``MIN_LINES`` lines before it keep their index and have no
    statistics: ``items.lines`` is 0, and they are no candidates.
    """
    past = interactions.before(as_of)
    lines = np.bincount(interactions.item[past], minlength=len(interactions.items))
    lines = np.where(lines >= MIN_LINES, lines, 0)
    purchases = _distinct_purchases(interactions, past & (lines[interactions.item] > 0), as_of)
    history, rebuy = _fit_history(purchases)
    home = _home_locations(purchases)
    popularity_at, places = _popularity_at(purchases, home)
    row_of = np.zeros(int(max(home.max(), places.max())) + 1, dtype=np.int64)
    row_of[places] = np.arange(places.size)
    items = _fit_items(purchases, history, rebuy, lines, interactions)
    return RecommenderState(
        history=history,
        affinity=_fit_affinity(purchases, interactions.type_code, interactions.category_code),
        customers=_fit_customers(purchases, history, row_of[home], home),
        items=replace(items, popularity_at=popularity_at, places=places),
        collaborative=fit_collaborative(history, lines, config),
    )


def _distinct_purchases(data: Interactions, mask: NDArray[np.bool_], as_of: int) -> Purchases:
    n_items = len(data.items)
    key = (data.customer[mask] * n_items + data.item[mask]) * (data.order.max() + 1)
    first = np.sort(np.unique(key + data.order[mask], return_index=True)[1])
    return Purchases(
        data.customer[mask][first],
        data.item[mask][first],
        data.order[mask][first],
        data.location[mask][first],
        days_before(as_of, data.at[mask][first]),
        len(data.customers),
        n_items,
    )


def groups(key: I64) -> tuple[I64, I64, I64]:
    """Return a stable order by key, the start of each group in it, and the distinct keys."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return order, start, ordered[start]


def _fit_history(p: Purchases) -> tuple[History, F64]:
    order, start, key = groups(p.pair)
    age = p.age[order]
    orders = np.diff(np.r_[start, order.size]).astype(np.float32)
    decayed = np.stack([np.add.reduceat(0.5 ** (age / h), start) for h in HALF_LIVES], axis=1)
    customer, item = key // p.n_items, key % p.n_items
    rebuy = _rebuy_rate(p)
    return History(
        pointer=np.r_[0, np.cumsum(np.bincount(customer, minlength=p.n_customers))],
        item=item,
        orders=orders,
        last_days=np.minimum.reduceat(age, start).astype(np.float32),
        first_days=np.maximum.reduceat(age, start).astype(np.float32),
        decayed=decayed.astype(np.float32),
        strength=((decayed[:, 1] + decayed[:, 2]) * rebuy[item]).astype(np.float32),
    ), rebuy


def _rebuy_rate(p: Purchases) -> F64:
    """P(bought in the last 30 days | bought in the 60 days before), smoothed, float64 (items,)."""
    past = np.unique(p.pair[(p.age > 30) & (p.age <= 90)])
    again = np.isin(past, np.unique(p.pair[p.age <= 30]), assume_unique=True)
    return _smoothed_rate(past % p.n_items, again, p.n_items)


def _smoothed_rate(item: I64, success: NDArray[np.bool_], n_items: int) -> F64:
    overall = success.mean() if success.size else 0.0
    count = np.bincount(item, minlength=n_items)
    found = np.bincount(item, success, n_items)
    return np.asarray((found + SMOOTHING * overall) / (count + SMOOTHING))


def _home_locations(p: Purchases) -> I64:
    """Return the location where each customer went most of late (90-day half-life)."""
    visit = np.unique(p.order, return_index=True)[1]
    n_locations = int(p.location.max()) + 1
    order, start, key = groups(p.customer[visit] * n_locations + p.location[visit])
    weight = np.add.reduceat((0.5 ** (p.age[visit] / 90.0))[order], start)
    home = np.zeros(p.n_customers, dtype=np.int64)
    heaviest_last = np.argsort(weight, kind="stable")
    home[key[heaviest_last] // n_locations] = key[heaviest_last] % n_locations
    return home


def _fit_customers(p: Purchases, history: History, location: I64, home: I64) -> CustomerStatistics:
    visit = np.unique(p.order, return_index=True)[1]
    customer = np.repeat(np.arange(p.n_customers), np.diff(history.pointer))
    n_bought = np.maximum(np.diff(history.pointer), 1)
    return CustomerStatistics(
        visits=_weighted(p.customer[visit], 0.5 ** (p.age[visit] / 60.0), p.n_customers),
        mass=_weighted(customer, history.decayed[:, 2], p.n_customers),
        repeat_share=(_weighted(customer, history.orders >= 2, p.n_customers) / n_bought).astype(
            np.float32
        ),
        location=location,
        home=home,
    )


def _weighted(index: I64, weights: NDArray[np.generic], n: int) -> F32:
    return np.bincount(index, weights, n).astype(np.float32)


def _fit_affinity(p: Purchases, type_code: I64, category_code: I64) -> Affinity:
    type_key, type_decayed, type_days, n_types = _by_group(p, type_code)
    category_key, category_decayed, _, n_categories = _by_group(p, category_code)
    customer = category_key // n_categories
    total = np.maximum(np.bincount(customer, category_decayed, p.n_customers), 1e-9)
    return Affinity(
        type_key=type_key,
        type_decayed=type_decayed.astype(np.float32),
        type_days=type_days.astype(np.float32),
        category_key=category_key,
        category_share=(category_decayed / total[customer]).astype(np.float32),
        n_types=n_types,
        n_categories=n_categories,
    )


def _by_group(p: Purchases, code: I64) -> tuple[I64, F64, F64, int]:
    n = int(code.max()) + 1
    order, start, key = groups(p.customer * n + code[p.item])
    age = p.age[order]
    return key, np.add.reduceat(0.5 ** (age / 60.0), start), np.minimum.reduceat(age, start), n


def _fit_items(
    p: Purchases,
    history: History,
    rebuy: F64,
    lines: NDArray[np.int64],
    interactions: Interactions,
) -> ItemStatistics:
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


def _popularity_at(p: Purchases, home: I64) -> tuple[F32, I64]:
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
