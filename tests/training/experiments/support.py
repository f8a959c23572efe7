"""Customers who buy unequally, most of them nothing, and keep their habits."""

import numpy as np


def spend(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Skewed: one in five buys, amounts lognormal."""
    return np.where(rng.random(shape) < 0.2, rng.lognormal(3.0, 1.0, shape), 0.0)


def habitual(rng: np.random.Generator, m: int, days: int) -> np.ndarray:
    """Cumulative spend (m, days) of customers whose rate of buying is their own."""
    rate = rng.gamma(0.5, 1.0, (m, 1))
    return (rng.poisson(rate * 0.1, (m, days)) * rng.lognormal(3.0, 0.5, (m, days))).cumsum(axis=1)
