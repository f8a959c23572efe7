"""A made-up shop of any size, for timing: who bought what, with tastes and a long tail."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Floats = NDArray[np.float64]

TASTES = 200
TASTES_OF_ONE = 4
OFF_TASTE = 0.2


def purchases(n_customers: int, n_items: int, mean: float, seed: int) -> sparse.csr_matrix:
    """Draw who bought what how often, CSR float32 (n_customers, n_items)."""
    customer, item = lines(n_customers, n_items, mean, seed)
    ones = np.ones(item.size, dtype=np.float32)
    return sparse.csr_matrix((ones, (customer, item)), shape=(n_customers, n_items))


def lines(n_customers: int, n_items: int, mean: float, seed: int) -> tuple[I64, I64]:
    """Draw the customer and item of every purchase, by customer.

    Popularity falls with the rank r as (r + 50) ** -0.9; histories are log-normal of the mean
    asked; four purchases in five come from the customer's few categories of 200.
    """
    rng = np.random.default_rng(seed)
    weight: Floats = (np.arange(n_items, dtype=np.float64) + 50.0) ** -0.9
    category = rng.integers(0, TASTES, n_items)
    length = np.maximum(1, rng.lognormal(np.log(mean) - 0.405, 0.9, n_customers)).astype(np.int64)
    customer = np.repeat(np.arange(n_customers), length)
    tastes = rng.integers(0, TASTES, (n_customers, TASTES_OF_ONE))
    wanted = tastes[customer, rng.integers(0, TASTES_OF_ONE, customer.size)]
    item = _draw_within(category, weight, wanted, rng)
    anything = rng.random(customer.size) < OFF_TASTE
    bounds = np.cumsum(weight) / weight.sum()
    drawn = np.searchsorted(bounds, rng.random(customer.size), side="right")
    item[anything] = np.minimum(drawn, n_items - 1)[anything]
    # Popular items would all have the lowest numbers.
    return customer, rng.permutation(n_items)[item]


def _draw_within(category: I64, weight: Floats, wanted: I64, rng: np.random.Generator) -> I64:
    """Draw one item of each wanted category, by weight."""
    order = np.argsort(category, kind="stable")
    mass = np.cumsum(weight[order])
    end = np.searchsorted(category[order], np.arange(TASTES), side="right")
    start = np.r_[0, end[:-1]]
    low = np.r_[0.0, mass][start]
    high = np.r_[0.0, mass][end]
    point = low[wanted] + rng.random(wanted.size) * (high - low)[wanted]
    found = np.searchsorted(mass, point, side="right")
    return np.asarray(order[np.minimum(found, weight.size - 1)])
