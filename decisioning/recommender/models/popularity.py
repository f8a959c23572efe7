"""Popularity: what customers buy of late, everywhere or where they are. Not personal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import Because

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Popularity:
    """Buyers of each item per customer, those of long ago counting less.

    Parameters
    ----------
    rates
        float32 (rows, n_items), each in [0, 1]; row 0 is everybody.
    groups
        int64 (rows,): the group of customers (a location, a category they prefer) of each row,
        increasing from row 1 on; -1 in row 0.
    """

    rates: F32
    groups: I64

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.rates.shape[1])

    def row_of(self, groups: I64) -> I64:
        """Return the row of each group: 0 where it was too small for one of its own."""
        position = np.minimum(np.searchsorted(self.groups, groups), self.groups.size - 1)
        return np.where((self.groups[position] == groups) & (groups >= 0), position, 0)

    def within(self, categories: I64) -> F32:
        """Return each rate as a share of its item's category, float32 (rows, n_items).

        Parameters
        ----------
        categories
            int64 (n_items,), from 0.
        """
        shares = np.zeros_like(self.rates)
        for row, rates in enumerate(self.rates):
            total = np.bincount(categories, rates)[categories]
            np.divide(rates, total, out=shares[row], where=total > 0, casting="same_kind")
        return shares

    def score(self, histories: Histories) -> F32:
        """Return everybody's rates for every subject, float32 (m, n_items)."""
        return np.tile(self.rates[0], (histories.n_subjects, 1))

    def explain(self, histories: Histories, items: I64) -> Because:
        """Return no reason: nothing of a history speaks for an item here."""
        m = histories.n_subjects
        return Because(np.full(m, -1, dtype=np.int64), np.zeros(m, dtype=np.float32))
