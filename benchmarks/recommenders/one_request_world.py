"""A shop of 50,000 items for timing one request: arrays as a bundle holds them, a real ranker.

Histories, stock and similarities are drawn, in the shapes that training gives: 100 neighbours an
item in both similarities, more of the popular ones; 64 iALS factors. The ranker is LightGBM,
trained here on the candidates of 300 customers with labels drawn from their features.
"""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.recommenders.speed_world import purchases
from bundle.models import TreeModel
from decisioning.recommender.candidates import find_candidates
from decisioning.recommender.histories import Histories
from decisioning.recommender.models.ease import Ease
from decisioning.recommender.models.ials import Ials
from decisioning.recommender.models.item_knn import ItemKnn
from decisioning.recommender.pairs import PAIR_FEATURES, pair_features
from decisioning.recommender.state import (
    HALF_LIVES,
    Affinity,
    CustomerStatistics,
    History,
    ItemStatistics,
    RecommenderState,
)
from decisioning.stock import IN_STOCK, OUT_OF_STOCK, StockView

NOW = 20_000 * 86_400
LOCATIONS, TYPES, CATEGORIES = 20, 800, 60
NEIGHBOURS, FACTORS = 100, 64
TREES, LEAVES = 150, 31


@dataclass(frozen=True)
class Shop:
    """What a request is decided on."""

    state: RecommenderState
    stock: StockView
    discontinued: NDArray[np.bool_]
    ranker: TreeModel


def shop(n_customers: int, n_items: int, mean: float, seed: int) -> Shop:
    """Make the shop; histories are of ``mean`` purchases on average."""
    rng = np.random.default_rng(seed)
    made = state(n_customers, n_items, mean, rng)
    return Shop(made, stock(n_items, rng), rng.random(n_items) < 0.02, trees(made, rng))


def stock(n_items: int, rng: np.random.Generator) -> StockView:
    """Draw the stock of one location: nine items in ten are there, some figures are old."""
    status = np.where(rng.random(n_items) < 0.92, IN_STOCK, OUT_OF_STOCK).astype(np.int8)
    as_of = NOW - rng.integers(0, 80 * 3600, n_items)
    return StockView("shop", rng.integers(0, 60, n_items).astype(np.float32), status, as_of)


def trees(made: RecommenderState, rng: np.random.Generator) -> TreeModel:
    """Train a ranker of the size that `nextbest train` trains."""
    customers = np.sort(rng.choice(made.n_customers, min(300, made.n_customers), replace=False))
    everything = np.ones((1, made.n_items), dtype=np.bool_)
    features = pair_features(made, find_candidates(made, customers, everything))
    spread = np.maximum(features.std(axis=0), 1e-6)
    wish = ((features - features.mean(axis=0)) / spread) @ rng.normal(size=features.shape[1])
    label = wish + rng.normal(size=wish.size) * wish.std() > 2 * wish.std()
    data = lgb.Dataset(features, label, feature_name=list(PAIR_FEATURES))
    parameters = {"objective": "binary", "num_leaves": LEAVES, "verbosity": -1, "num_threads": 1}
    return TreeModel(lgb.train(parameters, data, num_boost_round=TREES).model_to_string())


def state(
    n_customers: int, n_items: int, mean: float, rng: np.random.Generator
) -> RecommenderState:
    """Draw a recommender's state."""
    bought = purchases(n_customers, n_items, mean, int(rng.integers(2**31)))
    items = _items(bought, rng)
    history = _history(bought, rng)
    customer = np.repeat(np.arange(n_customers), np.diff(history.pointer))
    factors = (rng.normal(size=(n_items, FACTORS)) / 8).astype(np.float32)
    return RecommenderState(
        histories=_histories(history, customer, n_items),
        history=history,
        affinity=_affinity(customer, history, items, rng),
        customers=CustomerStatistics(
            visits=rng.random(n_customers).astype(np.float32),
            mass=np.bincount(customer, history.decayed[:, 2], n_customers).astype(np.float32),
            repeat_share=rng.random(n_customers).astype(np.float32),
            location=rng.integers(0, LOCATIONS, n_customers),
            home=np.zeros(n_customers, dtype=np.int64),
        ),
        items=items,
        models={
            "ials": Ials(factors, factors.T @ factors, 10.0, 4.0, np.inf),
            "item_knn": ItemKnn(_similarity(items.lines, rng), np.inf),
            "ease": Ease(_similarity(items.lines, rng, share_below=0.3), np.inf),
        },
    )


def _history(bought: sparse.csr_matrix, rng: np.random.Generator) -> History:
    bought.sum_duplicates()
    last = rng.exponential(60, bought.nnz).astype(np.float32)
    span = np.where(bought.data > 1, rng.exponential(100, bought.nnz), 0).astype(np.float32)
    decayed = np.stack([bought.data * 0.5 ** (last / h) for h in HALF_LIVES], axis=1)
    return History(
        pointer=bought.indptr.astype(np.int64),
        item=bought.indices.astype(np.int64),
        orders=bought.data,
        last_days=last,
        first_days=last + span,
        decayed=decayed.astype(np.float32),
        strength=decayed[:, 1].astype(np.float32),
    )


def _histories(history: History, customer: NDArray[np.int64], n_items: int) -> Histories:
    """Return the purchases one by one, each an order of its own."""
    times = history.orders.astype(np.int64)
    pair = np.repeat(np.arange(times.size), times)
    step = np.arange(pair.size) - np.repeat(np.cumsum(times) - times, times)
    share = (step / np.maximum(times[pair] - 1, 1)).astype(np.float32)
    age = history.first_days[pair] + share * (history.last_days[pair] - history.first_days[pair])
    order = np.lexsort((-age, customer[pair]))
    pointer = np.r_[0, np.cumsum(times)][history.pointer]
    basket = np.arange(pair.size) - np.repeat(pointer[:-1], np.diff(pointer))
    weight = np.ones(pair.size, dtype=np.float32)
    return Histories(pointer, history.item[pair][order], age[order], basket, weight, n_items)


def _items(bought: sparse.csr_matrix, rng: np.random.Generator) -> ItemStatistics:
    n_items = bought.shape[1]
    lines = np.bincount(bought.indices, minlength=n_items).astype(np.float32)
    share = (lines / bought.shape[0])[:, None]
    popularity = (share * rng.uniform(0.1, 1, (n_items, 3))).astype(np.float32)
    at = popularity[:, 1] * rng.uniform(0.5, 1.5, (LOCATIONS, n_items))
    return ItemStatistics(
        lines=lines,
        popularity=popularity,
        popularity_at=at.astype(np.float32),
        places=np.arange(LOCATIONS),
        rebuy_rate=rng.random(n_items).astype(np.float32),
        repeat_rate=rng.random(n_items).astype(np.float32),
        gap_days=rng.uniform(1, 60, n_items).astype(np.float32),
        share_of_type=rng.random(n_items).astype(np.float32),
        type_code=rng.integers(0, TYPES, n_items),
        category_code=rng.integers(0, CATEGORIES, n_items),
        by_popularity=np.argsort(-popularity[:, 1], kind="stable"),
    )


def _affinity(
    customer: NDArray[np.int64],
    history: History,
    items: ItemStatistics,
    rng: np.random.Generator,
) -> Affinity:
    types = np.unique(customer * TYPES + items.type_code[history.item])
    categories = np.unique(customer * CATEGORIES + items.category_code[history.item])
    return Affinity(
        type_key=types,
        type_decayed=rng.random(types.size).astype(np.float32),
        type_days=rng.uniform(0, 90, types.size).astype(np.float32),
        category_key=categories,
        category_share=rng.random(categories.size).astype(np.float32),
        n_types=TYPES,
        n_categories=CATEGORIES,
    )


def _similarity(
    lines: NDArray[np.float32], rng: np.random.Generator, share_below: float = 0.0
) -> sparse.csr_matrix:
    """Draw 100 neighbours an item, a share of the weights below 0, as EASE has them."""
    n_items = lines.size
    mass = np.cumsum(np.sqrt(lines + 1.0))
    drawn = np.searchsorted(mass, rng.random((n_items, NEIGHBOURS)) * mass[-1], side="right")
    other = np.minimum(drawn, n_items - 1).ravel()
    weight = rng.gamma(0.5, 0.1, other.size) * np.where(rng.random(other.size) < share_below, -1, 1)
    item = np.repeat(np.arange(n_items), NEIGHBOURS)
    return sparse.csr_matrix((weight.astype(np.float32), (item, other)), shape=(n_items, n_items))
