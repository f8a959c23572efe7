"""What a block of subjects did: the one input of every recommender, for fitting and for scoring.

A customer's purchases, a visitor's clicks and a purchase posted a second ago are all the same
here, so a new customer is folded in by scoring, without a refit.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Histories:
    """One element per interaction of m subjects, sorted by subject, then time, oldest first.

    Parameters
    ----------
    pointer
        int64 (m + 1,): the elements of subject r are ``pointer[r]:pointer[r + 1]``.
    item
        int64 (elements,).
    age
        float32 (elements,): days before the moment of the decision, at least 0, falling within a
        subject. Where the data have an order and no times, the number of baskets (or clicks)
        since.
    basket
        int64 (elements,): number of the order or session within its subject, 0 the oldest; what
        was bought together shares it.
    weight
        float32 (elements,): how much an interaction tells, above 0; a purchase 1.
    n_items
        Number of items.
    """

    pointer: I64
    item: I64
    age: F32
    basket: I64
    weight: F32
    n_items: int

    @property
    def n_subjects(self) -> int:
        """Number of subjects, those without a history included."""
        return int(self.pointer.size - 1)

    @property
    def row(self) -> I64:
        """Subject of each element, int64 (elements,)."""
        return np.repeat(np.arange(self.n_subjects), np.diff(self.pointer))

    @property
    def pair(self) -> I64:
        """Key of subject and item of each element, int64 (elements,)."""
        return self.row * self.n_items + self.item

    @cached_property
    def worked_out(self) -> dict[Hashable, Any]:
        """What models have worked out of these histories, for the next ones."""
        return {}

    def of(self, subjects: I64) -> "Histories":
        """Return some subjects' histories, in the order asked, int64 (k,)."""
        if subjects.size == 1:
            low, high = self.pointer[subjects[0]], self.pointer[subjects[0] + 1]
            pointer, position = np.array([0, high - low]), slice(low, high)
            return self._at(pointer, position)
        start, end = self.pointer[subjects], self.pointer[subjects + 1]
        length = end - start
        pointer = np.r_[0, np.cumsum(length)].astype(np.int64)
        position = np.arange(int(pointer[-1])) + np.repeat(start - pointer[:-1], length)
        return self._at(pointer, position)

    def _at(self, pointer: I64, position: I64 | slice) -> "Histories":
        return Histories(
            pointer,
            self.item[position],
            self.age[position],
            self.basket[position],
            self.weight[position],
            self.n_items,
        )

    def matrix(self, values: F32 | None = None) -> sparse.csr_matrix:
        """Return subjects x items as CSR float32, the elements of one pair summed.

        Parameters
        ----------
        values
            float32 (elements,); the weights when None.
        """
        held = self.weight if values is None else values
        summed = sparse.csr_matrix(
            (held.astype(np.float32), self.item, self.pointer),
            shape=(self.n_subjects, self.n_items),
        )
        summed.sum_duplicates()
        return summed
