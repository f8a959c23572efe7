"""What the places read beyond the recommender's state: fitted as of a moment, arrays only."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.places.segments import Segments

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Shelves:
    """Tables of the places; items and locations as in ``RecommenderState``.

    Parameters
    ----------
    complements
        CSR (n_items, n_items) float32: row the item at hand, column what is bought with it or
        soon after it more often than chance would have it; above 0, the diagonal empty.
    trending
        float32 (rows, n_items): how far the buyers of late exceed what was to be expected, in
        standard deviations, 0 where they do not; rows as ``ItemStatistics.popularity_at``, row 0
        all locations.
    age_days
        float32 (n_items,): days on sale before the state's moment; NaN where unknown.
    alike
        CSR float32 (n_items, n_items): row an item of a history, column one on sale of late that
        is like it by what the catalogue says; above 0.
    cell_names, cell_parent, cell_customers, cell_buyers, cell_declared
        The fields of `segments`: a bundle holds no tables within tables.
    """

    complements: sparse.csr_matrix
    trending: F32
    age_days: F32
    alike: sparse.csr_matrix
    cell_names: NDArray[np.str_]
    cell_parent: I64
    cell_customers: F32
    cell_buyers: sparse.csr_matrix
    cell_declared: I64

    @cached_property
    def segments(self) -> Segments:
        """What is popular with whom."""
        return Segments(
            self.cell_names,
            self.cell_parent,
            self.cell_customers,
            self.cell_buyers,
            self.cell_declared,
        )
