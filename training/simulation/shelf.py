"""The shelf of the simulated shop: articles run out and are delivered again."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.simulation.noise import generator
from training.simulation.truth_file import StockSpec

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

GOALS: Final = ("any", "discover", "replenish")
_LIKED: Final = 2


class Shelf:
    """Articles by goal: what each customer likes, what is left, with what margin.

    Parameters
    ----------
    m
        Customers, whose favourites are drawn by popularity.
    reserve
        Units that are kept back: a level at or under it is not sellable.
    """

    def __init__(self, spec: StockSpec, seed: int, m: int, reserve: float) -> None:
        self._spec, self._reserve = spec, reserve
        rng = generator(seed, "shelf")
        popularity = 1.0 / np.sqrt(np.arange(1, spec.items + 1))
        self._favourites = {goal: _favourites(rng, popularity, m) for goal in GOALS}
        self._margin = {goal: rng.uniform(0.1, 0.4, spec.items) for goal in GOALS}
        self._full = max(1, round(spec.units_per_1000_customers * m / 1000)) + int(reserve)
        self._units = {goal: np.full(spec.items, self._full) for goal in GOALS}

    def deliver(self, week: int) -> None:
        """Fill up in the weeks of a delivery."""
        if week % self._spec.replenish_weeks == 0:
            for units in self._units.values():
                units[:] = self._full

    def sellable(self) -> dict[str, Mask]:
        """Tell by goal who likes something that can be sold now, bool (m,)."""
        return {goal: np.asarray(self._there(goal).any(axis=1)) for goal in GOALS}

    def margins(self) -> dict[str, Floats]:
        """Return by goal the best margin among a customer's favourites, float64 (m,).

        A share of the price; NaN where nothing can be sold.
        """
        told = {}
        for goal in GOALS:
            there, margin = self._there(goal), self._margin[goal][self._favourites[goal]]
            best = np.where(there, margin, -np.inf).max(axis=1)
            told[goal] = np.where(there.any(axis=1), best, np.nan)
        return told

    def take(self, wanted: Mapping[str, I64]) -> Mask:
        """Sell one unit to each of the customers listed by goal, while there are any.

        Returns
        -------
        bool (m,): who went without, as others had bought the last one that week.
        """
        left_out = np.zeros(next(iter(self._favourites.values())).shape[0], dtype=np.bool_)
        for goal, rows in wanted.items():
            article = self._article(goal)[rows]
            for j in np.unique(article):
                queue = rows[article == j]
                served = max(0, min(queue.size, self._units[goal][j] - int(self._reserve)))
                self._units[goal][j] -= served
                left_out[queue[served:]] = True
        return left_out

    def _there(self, goal: str) -> Mask:
        return np.asarray((self._units[goal] > self._reserve)[self._favourites[goal]])

    def _article(self, goal: str) -> I64:
        """Each customer's best liked article that can be sold, int64 (m,); -1 for none."""
        there = self._there(goal)
        first = np.take_along_axis(self._favourites[goal], there.argmax(axis=1)[:, None], 1)[:, 0]
        return np.where(there.any(axis=1), first, -1)


def _favourites(rng: np.random.Generator, popularity: Floats, m: int) -> I64:
    """Draw each customer's favourites without replacement, int64 (m, `_LIKED`), best first."""
    # The largest of log-weight plus Gumbel noise is a draw by weight (Gumbel-top-k).
    keys = np.log(popularity) + rng.gumbel(size=(m, popularity.size))
    return np.argsort(-keys, axis=1)[:, :_LIKED]
