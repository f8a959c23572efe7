"""Fit the recommender's state: everything known strictly before a moment."""

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.state import (
    HALF_LIVES,
    Affinity,
    CustomerStatistics,
    History,
    RecommenderState,
)
from training.recommender.family import FamilyConfig, Learned, fit_family
from training.recommender.interactions import MIN_LINES, Interactions
from training.recommender.item_statistics import at_locations, fit_items, rebuy_rate
from training.recommender.purchases import Purchases, distinct_purchases, groups

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
F32 = NDArray[np.float32]


def fit_state(interactions: Interactions, as_of: int, config: FamilyConfig) -> RecommenderState:
    """Fit the state as of a moment.

    Statistics and models are learned from the customers who train; the histories are
    everybody's own.

    Items sold on fewer than ``MIN_LINES`` lines before it keep their index and have no
    statistics: ``items.lines`` is 0, and they are no candidates.
    """
    trains = interactions.trains
    past = interactions.before(as_of)
    learned = past & trains[interactions.customer]
    lines = np.bincount(interactions.item[learned], minlength=len(interactions.items))
    lines = np.where(lines >= MIN_LINES, lines, 0)
    purchases = distinct_purchases(interactions, past & (lines[interactions.item] > 0), as_of)
    examples = purchases.of(trains)
    rebuy = rebuy_rate(examples)
    histories = histories_of(purchases)
    history = history_of(purchases, rebuy)
    home = _home_locations(purchases)
    learned_from = history_of(examples, rebuy)
    at = at_locations(examples, learned_from, home)
    row_of = np.zeros(int(max(home.max(), at.places.max())) + 1, dtype=np.int64)
    row_of[at.places] = np.arange(at.places.size)
    return RecommenderState(
        histories=histories,
        history=history,
        affinity=_fit_affinity(purchases, interactions.type_code, interactions.category_code),
        customers=_fit_customers(purchases, history, row_of[home], home),
        items=fit_items(examples, learned_from, rebuy, lines, interactions, at),
        models=fit_family(learned_of(histories, home, interactions), config),
    )


def learned_of(histories: Histories, home: I64, interactions: Interactions) -> Learned:
    """Return what the models may be fitted on.

    Parameters
    ----------
    histories, home
        Everybody's, as in ``RecommenderState``: purchases, and the location each goes to most.
    """
    mine = np.flatnonzero(interactions.trains)
    return Learned(histories.of(mine), home[mine], interactions.texts)


def histories_of(p: Purchases) -> Histories:
    """Return the purchases as histories, the orders of a customer numbered from the oldest."""
    order = np.lexsort((p.item, p.order, -p.age, p.customer))
    customer, bought_in = p.customer[order], p.order[order]
    pointer = np.r_[0, np.cumsum(np.bincount(customer, minlength=p.n_customers))].astype(np.int64)
    new = np.r_[True, (np.diff(bought_in) != 0) | (np.diff(customer) != 0)][: order.size]
    opened = np.cumsum(new)
    before = np.r_[0, opened][pointer[:-1]]
    return Histories(
        pointer=pointer,
        item=p.item[order],
        age=p.age[order].astype(np.float32),
        basket=opened - before[customer] - 1,
        weight=np.ones(order.size, dtype=np.float32),
        n_items=p.n_items,
    )


def history_of(p: Purchases, rebuy: F64) -> History:
    """Add the purchases up by customer and item."""
    order, start, key = groups(p.pair)
    age = p.age[order]
    orders = np.diff(np.r_[start, order.size]).astype(np.float32)
    decayed = np.stack([np.add.reduceat(0.5 ** (age / h), start) for h in HALF_LIVES], axis=1)
    customer, item = key // p.n_items, key % p.n_items
    return History(
        pointer=np.r_[0, np.cumsum(np.bincount(customer, minlength=p.n_customers))],
        item=item,
        orders=orders,
        last_days=np.minimum.reduceat(age, start).astype(np.float32),
        first_days=np.maximum.reduceat(age, start).astype(np.float32),
        decayed=decayed.astype(np.float32),
        strength=((decayed[:, 1] + decayed[:, 2]) * rebuy[item]).astype(np.float32),
    )


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
