"""Customers who live as Pareto/NBD and Gamma-Gamma say, as rows of a snapshot."""

import numpy as np

from decisioning.customers.value import VALUE_COLUMNS
from training.models.contract import Rows

COLUMNS = (*VALUE_COLUMNS, "noise")
RATE, LIFE, BASKET = (0.9, 45.0), (0.7, 150.0), (4.0, 5.0, 4000.0)


def lived(n: int, seed: int, horizon: float = 90.0, season: float = 1.0) -> tuple[Rows, np.ndarray]:
    """Return rows, and what each customer's hidden rates foretell.

    Parameters
    ----------
    season
        Factor upon purchase rates within the horizon.
    """
    rng = np.random.default_rng(seed)
    rate = rng.gamma(RATE[0], 1 / RATE[1], n)
    life = rng.exponential(1 / rng.gamma(LIFE[0], 1 / LIFE[1], n))
    own, age = rng.gamma(BASKET[1], 1 / BASKET[2], n), rng.uniform(60, 300, n)
    x, y = np.zeros((n, len(COLUMNS))), np.zeros(n)
    for k in range(n):
        times = np.sort(np.r_[0.0, rng.random(rng.poisson(rate[k] * age[k])) * age[k]])
        times = times[times <= life[k]]
        amounts = rng.gamma(BASKET[0], 1 / own[k], times.size)
        recent = amounts[times > age[k] - 90].sum()
        x[k] = times.size, times[-1], age[k], amounts.sum(), recent, rng.normal()
        left = np.clip(life[k] - age[k], 0, horizon)
        y[k] = rng.gamma(BASKET[0], 1 / own[k], rng.poisson(season * rate[k] * left)).sum()
    truth = season * rate * np.clip(life - age, 0, horizon) * BASKET[0] / own
    return Rows(COLUMNS, x, y, np.arange(n), np.full(n, seed, dtype=np.int64)), truth
