"""What these models read of a customer: how often, how lately, since when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Histories:
    """Purchase histories, each summed up in three figures; one unit of time throughout.

    Parameters
    ----------
    frequency
        float64 (m,): purchases after the first one, ``x``.
    recency
        float64 (m,): time from the first to the last purchase, ``t_x``; 0 without repeats.
    age
        float64 (m,): time from the first purchase to the moment of looking, ``T``.
    """

    frequency: Floats
    recency: Floats
    age: Floats

    def __len__(self) -> int:
        return int(self.age.size)

    @classmethod
    def guarded(cls, frequency: Floats, recency: Floats, age: Floats) -> "Histories":
        """Lay out what may contradict itself a little (several orders in one second, say).

        Negative figures become 0, and no last purchase is later than the moment of looking.
        """
        age = np.maximum(age, 0.0)
        frequency = np.maximum(frequency, 0.0)
        recency = np.where(frequency > 0, np.clip(recency, 0.0, age), 0.0)
        return cls(frequency, recency, age)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Histories":
        """Return some customers, by mask or by index."""
        return Histories(self.frequency[rows], self.recency[rows], self.age[rows])

    def distinct(self) -> tuple["Histories", Floats]:
        """Return the distinct histories and how many customers have each, float64."""
        rows = np.column_stack([self.frequency, self.recency, self.age])
        found, counts = np.unique(rows, axis=0, return_counts=True)
        return Histories(found[:, 0], found[:, 1], found[:, 2]), counts.astype(np.float64)
