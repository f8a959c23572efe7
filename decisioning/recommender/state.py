"""What the recommender knows, as of a moment: arrays only, strictly before ``as_of``.

Customers and items are dense indices. "Days" are counted back from ``as_of``; "decayed" counts
give an event of age d the weight ``0.5 ** (d / half_life)``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import Scorer

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

NEVER: Final = np.float32(999.0)
"""Days since something that never happened: beyond any real value, and finite for the trees."""

HALF_LIVES: Final = (10.0, 30.0, 90.0, 270.0)
"""Days; the columns of ``History.decayed``."""

NEWCOMER_DAYS: Final = (14, 30, 120)
"""The columns of ``ItemStatistics.newcomers``."""


@dataclass(frozen=True)
class History:
    """Who bought what: one element per (customer, item), sorted by customer, then item.

    Parameters
    ----------
    pointer
        int64 (n_customers + 1,): the elements of customer c are ``pointer[c]:pointer[c + 1]``.
    item
        int64 (pairs,).
    orders
        float32 (pairs,): distinct orders holding the item.
    last_days, first_days
        float32 (pairs,): days since the last and the first purchase.
    decayed
        float32 (pairs, 4): decayed orders, by `HALF_LIVES`.
    strength
        float32 (pairs,): decayed orders times the item's rebuy rate; orders the history.
    """

    pointer: I64
    item: I64
    orders: F32
    last_days: F32
    first_days: F32
    decayed: F32
    strength: F32


@dataclass(frozen=True)
class Affinity:
    """Customer x product type and customer x category, sorted by key = customer * n + group.

    Parameters
    ----------
    type_key, type_decayed, type_days
        Key, decayed orders (60 days), days since the last one.
    category_key, category_share
        Key, share of the customer's decayed purchases.
    n_types, n_categories
        Number of groups.
    """

    type_key: I64
    type_decayed: F32
    type_days: F32
    category_key: I64
    category_share: F32
    n_types: int
    n_categories: int


@dataclass(frozen=True)
class CustomerStatistics:
    """One element per customer.

    Parameters
    ----------
    visits
        float32: decayed orders, 60 days.
    mass
        float32: sum of the decayed purchases, 90 days.
    repeat_share
        float32: share of the items bought that were bought twice.
    location
        int64: row of ``ItemStatistics.popularity_at`` for the home location.
    home
        int64: the home location itself, an index of the fit's locations.
    """

    visits: F32
    mass: F32
    repeat_share: F32
    location: I64
    home: I64


@dataclass(frozen=True)
class ItemStatistics:
    """One element per item.

    Parameters
    ----------
    lines
        float32: transaction lines, the plainest popularity.
    popularity
        float32 (n_items, 3): decayed buyers per customer; buyers per active customer over 30
        and over 10 days.
    popularity_at
        float32 (rows, n_items): buyers per customer over 60 days, smoothed towards all
        locations. Row 0 is all of them.
    newcomers
        float32 (n_items, 3): customers who bought it for the first time, per customer, within
        `NEWCOMER_DAYS`.
    recent_at, newcomers_at
        float32 (rows, n_items): as ``popularity_at``, of the last 30 days: buyers, and those who
        bought it for the first time.
    places
        int64 (rows,): which location each row of ``popularity_at`` is.
    rebuy_rate, repeat_rate
        float32: bought again in the next 30 days; ever bought twice; both smoothed.
    gap_days
        float32: typical days between two purchases of it by one customer.
    share_of_type
        float32: share of its product type's buyers.
    type_code, category_code
        int64: groups of `Affinity`.
    by_popularity
        int64 (n_items,): items, the currently most popular first.
    """

    lines: F32
    popularity: F32
    popularity_at: F32
    newcomers: F32
    recent_at: F32
    newcomers_at: F32
    places: I64
    rebuy_rate: F32
    repeat_rate: F32
    gap_days: F32
    share_of_type: F32
    type_code: I64
    category_code: I64
    by_popularity: I64


@dataclass(frozen=True)
class RecommenderState:
    """Everything the recommender knows.

    Parameters
    ----------
    histories
        Every customer's purchases one by one, the input of the models.
    history, affinity, customers
        The same purchases, added up.
    items
        What is known of each item.
    models
        The family by name, of `FAMILY`; any may be missing.
    """

    histories: Histories
    history: History
    affinity: Affinity
    customers: CustomerStatistics
    items: ItemStatistics
    models: Mapping[str, Scorer]

    @property
    def n_customers(self) -> int:
        """Number of customers."""
        return int(self.history.pointer.size - 1)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return int(self.items.lines.size)

    def history_rows(self, customers: I64) -> tuple[I64, I64]:
        """Return the history of a block: (row in the block, position in the history)."""
        start, end = self.history.pointer[customers], self.history.pointer[customers + 1]
        length = end - start
        row = np.repeat(np.arange(customers.size), length)
        before = np.repeat(np.cumsum(length) - length, length)
        return row, np.arange(row.size) - before + start[row]
