"""Histories read as baskets: what was bought together, counted once however often it is listed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Baskets:
    """One element per item in a basket, sorted by subject, item, then basket, oldest first.

    Parameters
    ----------
    row, item
        int64 (elements,).
    age
        float32 (elements,): as in `Histories`.
    place
        int64 (elements,): baskets since, 0 the subject's last one.
    size
        int64 (m,): number of baskets of each subject.
    n_items
        Number of items.
    """

    row: I64
    item: I64
    age: F32
    place: I64
    size: I64
    n_items: int

    @property
    def first(self) -> I64:
        """Position of the first element of each (subject, item), int64 (pairs,)."""
        pair = self.row * self.n_items + self.item
        return np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]][: pair.size])

    def matrix(self, values: NDArray[np.floating]) -> sparse.csr_matrix:
        """Return subjects x items as CSR float32, the elements of one pair summed.

        Parameters
        ----------
        values
            float (elements,).
        """
        summed = sparse.csr_matrix(
            (values.astype(np.float32), self.item, np.r_[0, np.cumsum(self._length)]),
            shape=(self.size.size, self.n_items),
        )
        summed.sum_duplicates()
        return summed

    @property
    def _length(self) -> I64:
        return np.bincount(self.row, minlength=self.size.size)


def as_baskets(histories: Histories) -> Baskets:
    """Read histories as baskets; the weights are not read, an item is in a basket or is not."""
    row, end = histories.row, histories.pointer[1:]
    size = np.zeros(histories.n_subjects, dtype=np.int64)
    held = np.diff(histories.pointer) > 0
    size[held] = histories.basket[end[held] - 1] + 1
    widest = int(size.max(initial=1))
    _, kept = np.unique(histories.pair * widest + histories.basket, return_index=True)
    return Baskets(
        row=row[kept],
        item=histories.item[kept],
        age=histories.age[kept],
        place=size[row[kept]] - 1 - histories.basket[kept],
        size=size,
        n_items=histories.n_items,
    )
