"""Snapshot columns to the inputs of a regression."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """How columns become inputs, settled once on the customers of the first week.

    Counts, days and money are taken by their logarithm and standardised; a null is the average
    and says so in a column of its own.

    Parameters
    ----------
    names
        Columns, in order.
    centre, scale
        float64 (columns,): of ``log(1 + column)``.
    """

    names: tuple[str, ...]
    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, columns: Mapping[str, Floats]) -> "Design":
        """Settle it on some customers' columns, float64 (m,) each; constants are left out."""
        kept = {}
        for name, column in columns.items():
            told = np.log1p(column[~np.isnan(column)])
            if told.size and float(told.std()) > 0.0:
                kept[name] = (float(told.mean()), float(told.std()))
        centre, scale = np.array(list(kept.values())).reshape(-1, 2).T
        return cls(tuple(kept), centre, scale)

    @property
    def d(self) -> int:
        """How many inputs there are."""
        return 1 + 2 * len(self.names)

    def inputs(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the inputs, float64 (m, d): 1, the columns, and which of them are null."""
        raw = np.stack([columns[name] for name in self.names], axis=1)
        null = np.isnan(raw)
        value = np.where(null, 0.0, (np.log1p(np.where(null, 0.0, raw)) - self.centre) / self.scale)
        return np.hstack([np.ones((raw.shape[0], 1)), value, null.astype(np.float64)])
