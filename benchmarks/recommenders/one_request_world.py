"""A shop of 50,000 items for timing one request: arrays as a bundle holds them, a real ranker.

The tables of the state are fitted to drawn purchases; stock and models are drawn, in the shapes
that training gives: 100 neighbours an item in each similarity, more of the popular ones; 64
iALS factors. The ranker is LightGBM,
trained here on the candidates of 300 customers with labels drawn from their features.
"""

from dataclasses import dataclass, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.recommenders.speed_world import lines
from bundle.models import TreeModel
from decisioning.policy import DAY
from decisioning.recommender.candidates import SEARCHED, find_candidates
from decisioning.recommender.models.ease import Ease
from decisioning.recommender.models.ials import Ials
from decisioning.recommender.models.item_knn import ItemKnn
from decisioning.recommender.pairs import PAIR_FEATURES, pair_features
from decisioning.recommender.scorer import Scorer
from decisioning.recommender.state import RecommenderState
from decisioning.stock import IN_STOCK, OUT_OF_STOCK, StockView
from features.ids import IdMap
from training.recommender.family import FamilyConfig
from training.recommender.fit import fit_state
from training.recommender.interactions import Interactions

NOW = 20_000 * DAY
LOCATIONS, TYPES, CATEGORIES = 20, 800, 60
NEIGHBOURS, FACTORS = 100, 64
SIZES = {"any": (150, 31), "discover": (250, 15), "replenish": (150, 31)}
"""Trees and leaves of each goal's ranker, as `nextbest train` has them."""


@dataclass(frozen=True)
class Shop:
    """What a request is decided on."""

    state: RecommenderState
    stock: StockView
    discontinued: NDArray[np.bool_]
    ranker: TreeModel


def shop(n_customers: int, n_items: int, mean: float, goal: str, seed: int) -> Shop:
    """Make the shop, for one goal; histories are of ``mean`` purchases on average."""
    rng = np.random.default_rng(seed)
    made = state(n_customers, n_items, mean, rng)
    return Shop(made, stock(n_items, rng), rng.random(n_items) < 0.02, trees(made, goal, rng))


def stock(n_items: int, rng: np.random.Generator) -> StockView:
    """Draw the stock of one location: nine items in ten are there, some figures are old."""
    status = np.where(rng.random(n_items) < 0.92, IN_STOCK, OUT_OF_STOCK).astype(np.int8)
    as_of = NOW - rng.integers(0, 80 * 3600, n_items)
    return StockView("shop", rng.integers(0, 60, n_items).astype(np.float32), status, as_of)


def trees(made: RecommenderState, goal: str, rng: np.random.Generator) -> TreeModel:
    """Train a ranker of the size that `nextbest train` trains for a goal."""
    customers = np.sort(rng.choice(made.n_customers, min(300, made.n_customers), replace=False))
    everything = np.ones((1, made.n_items), dtype=np.bool_)
    features = pair_features(made, find_candidates(made, customers, everything))
    spread = np.maximum(features.std(axis=0), 1e-6)
    wish = ((features - features.mean(axis=0)) / spread) @ rng.normal(size=features.shape[1])
    label = wish + rng.normal(size=wish.size) * wish.std() > 2 * wish.std()
    rounds, leaves = SIZES[goal]
    data = lgb.Dataset(features, label, feature_name=list(PAIR_FEATURES))
    parameters = {"objective": "binary", "num_leaves": leaves, "verbosity": -1, "num_threads": 1}
    parameters |= {"max_bin": 127, "min_data_in_leaf": 100, "feature_fraction": 0.7}
    return TreeModel(lgb.train(parameters, data, num_boost_round=rounds).model_to_string())


def state(
    n_customers: int, n_items: int, mean: float, rng: np.random.Generator
) -> RecommenderState:
    """Fit a state's tables to drawn purchases, and draw its models."""
    fitted = fit_state(interactions(n_customers, n_items, mean, rng), NOW, FamilyConfig(names=()))
    factors = (rng.normal(size=(n_items, FACTORS)) / 8).astype(np.float32)
    sold = fitted.items.lines
    models: dict[str, Scorer] = {
        name: ItemKnn(_similarity(sold, rng), np.inf)
        if name == "item_knn"
        else Ease(_similarity(sold, rng, share_below=0.3), np.inf)
        for name in SEARCHED
    }
    models["ials"] = Ials(factors, factors.T @ factors, 10.0, 4.0, np.inf)
    return replace(fitted, models=models)


def interactions(
    n_customers: int, n_items: int, mean: float, rng: np.random.Generator
) -> Interactions:
    """Draw a year of purchases, in orders of eight lines, each customer at a shop of its own."""
    customer, item = lines(n_customers, n_items, mean, int(rng.integers(2**31)))
    order = np.arange(customer.size) // 8 + customer
    moment = NOW - rng.integers(1, 365 * DAY, int(order[-1]) + 1)
    return Interactions(
        customer=customer,
        item=item,
        order=order,
        location=rng.integers(1, LOCATIONS + 1, n_customers)[customer],
        at=moment[order],
        type_code=rng.integers(0, TYPES, n_items),
        category_code=rng.integers(0, CATEGORIES, n_items),
        customers=IdMap(f"c{k}" for k in range(n_customers)),
        items=IdMap(f"i{k}" for k in range(n_items)),
        locations=IdMap(["", *(f"l{k}" for k in range(LOCATIONS))]),
        trains=np.ones(n_customers, dtype=np.bool_),
    )


def _similarity(
    sold: NDArray[np.float32], rng: np.random.Generator, share_below: float = 0.0
) -> sparse.csr_matrix:
    """Draw 100 neighbours an item, a share of the weights below 0, as EASE has them."""
    n_items = sold.size
    mass = np.cumsum(np.sqrt(sold + 1.0))
    drawn = np.searchsorted(mass, rng.random((n_items, NEIGHBOURS)) * mass[-1], side="right")
    other = np.minimum(drawn, n_items - 1).ravel()
    weight = rng.gamma(0.5, 0.1, other.size) * np.where(rng.random(other.size) < share_below, -1, 1)
    item = np.repeat(np.arange(n_items), NEIGHBOURS)
    return sparse.csr_matrix((weight.astype(np.float32), (item, other)), shape=(n_items, n_items))
