"""Worlds with a known truth: three actions, a context of two levels, a log of a known policy."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from training.off_policy.log import Floats, Log, lay

LOGGING = np.array([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
TARGET = np.array([[0.1, 0.1, 0.8], [0.6, 0.4, 0.0]])
REWARD = np.array([[0.1, 0.3, 0.5], [0.8, 0.2, 0.4]])
LEVELS = np.array([0.5, 0.5])
TRUTH = float(LEVELS @ (TARGET * REWARD).sum(axis=1))


class World(NamedTuple):
    """One simulated log."""

    level: np.ndarray
    action: np.ndarray
    reward: Floats

    def log(
        self,
        *,
        predicted: Floats | None = None,
        target: Floats = TARGET,
        customers: np.ndarray | None = None,
    ) -> Log:
        return lay(
            self.reward,
            self.action,
            LOGGING[self.level],
            target[self.level],
            predicted=None if predicted is None else predicted[self.level],
            customers=customers,
        )


def world(n: int, seed: int) -> World:
    rng = np.random.default_rng(seed)
    level = rng.choice(2, n, p=LEVELS)
    action = (rng.random((n, 1)) > LOGGING[level].cumsum(axis=1)).sum(axis=1)
    return World(level, action, (rng.random(n) < REWARD[level, action]).astype(float))


def worlds(count: int, n: int) -> Iterator[World]:
    for seed in range(count):
        yield world(n, seed)
