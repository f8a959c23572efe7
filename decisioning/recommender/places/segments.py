"""What is popular with people like a newcomer, as far as anything of them is known.

A cell is what some customers share: a shop, a channel, the way they came, a country. Its
popularity is that of its own customers, drawn towards the cell it lies in (a postal area lies in
a larger one, that in its country, every other cell in everybody); of several cells, the mean
counts, a linear opinion pool (Stone 1961). No cell holds fewer than `LEAST` customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.places.said import Said

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

KEPT: Final = 8
"""Answers that are kept, the latest: most who come are in few cells, and to add up the shares of
a large catalogue takes milliseconds."""
LEAST: Final = 20
"""Customers of a cell, at least: fewer would be told of by what is shown."""
SMOOTHING: Final = 20.0
"""Customers like those of the cell it lies in that are added to each cell."""
TOLD: Final = 5
"""Buyers in a cell from which an item is called popular there."""
EVERYBODY: Final = "popular"
REASONS: Final = {
    "location": "popular_here",
    "channel": "popular_on_channel",
    "referrer": "popular_same_way",
    "area": "popular_near_you",
    "language": "popular_same_language",
}
"""Reason code of each attribute that a cell may be of."""
OWN_SHOP: Final = "popular_your_shop"
DECLARED: Final = ("area", "language")
"""Attributes that customers declare: read only where ``personalisation`` is granted."""


@dataclass(frozen=True)
class Segments:
    """Cells, as of a moment; cell 0 is everybody.

    Parameters
    ----------
    names
        Strings (cells,): ``attribute=value``; empty for cell 0.
    parent
        int64 (cells,): the cell it lies in, a lower position; -1 for cell 0.
    customers
        float32 (cells,): how many it holds.
    buyers
        CSR float32 (cells, n_items): those who bought each item of late.
    declared
        int64 (n_customers, 2): cell of each customer by `DECLARED`, the smallest that holds
        enough; 0 for none.
    """

    names: NDArray[np.str_]
    parent: I64
    customers: F32
    buyers: sparse.csr_matrix
    declared: I64

    @cached_property
    def _cells(self) -> dict[str, int]:
        return {str(name): cell for cell, name in enumerate(self.names)}

    def cell(self, attribute: str, value: str | None) -> int:
        """Return the cell of a value, 0 where it is not known or holds too few."""
        return self._cells.get(f"{attribute}={value}", 0) if value else 0

    def attribute(self, cell: int) -> str:
        """Return what a cell is of; empty for everybody."""
        return str(self.names[cell]).partition("=")[0]

    @cached_property
    def told(self) -> dict[tuple[tuple[int, ...], bool], Said]:
        """What was last said of cells, the latest last; for `popular_with`."""
        return {}

    def counts(self, cell: int) -> F32:
        """Return the buyers of each item in a cell, float32 (n_items,)."""
        row = slice(self.buyers.indptr[cell], self.buyers.indptr[cell + 1])
        counts = np.zeros(self.buyers.shape[1], dtype=np.float32)
        counts[self.buyers.indices[row]] = self.buyers.data[row]
        return counts

    def rates(self, cell: int) -> F32:
        """Return buyers per customer, drawn towards the cell it lies in, float32 (n_items,)."""
        counts, customers = self.counts(cell), float(self.customers[cell])
        if self.parent[cell] < 0:
            return np.asarray(counts / np.float32(max(customers, 1.0)))
        outer = self.rates(int(self.parent[cell])) * np.float32(SMOOTHING)
        return np.asarray((counts + outer) / np.float32(customers + SMOOTHING))


def popular_with(segments: Segments, cells: Sequence[int], own_shop: bool = False) -> Said:
    """Tell what is popular with people of some cells.

    The reason of an item is the cell that most of its popularity there is owed to: where more of
    the customers bought it than elsewhere, and enough of them. Else it is popular with everybody.

    Parameters
    ----------
    cells
        What is known of somebody; cells of everybody count for nothing.
    own_shop
        Whether the location is the one where they usually buy, or that they declared.
    """
    told = [cell for cell in dict.fromkeys(cells) if cell]
    asked = (tuple(told), own_shop)
    said = segments.told.pop(asked, None) or _popular_with(segments, told, own_shop)
    segments.told[asked] = said
    for oldest in list(segments.told)[:-KEPT]:
        segments.told.pop(oldest, None)
    return said


def _popular_with(segments: Segments, told: Sequence[int], own_shop: bool) -> Said:
    base = segments.rates(0)
    rates = [segments.rates(cell) for cell in told]
    score = np.mean(rates or [base], axis=0, dtype=np.float64)
    reasons = [EVERYBODY, *(_reason(segments, cell, own_shop) for cell in told)]
    lead = np.full(base.size, np.float32(0))
    tier = np.where(score > 0, 0, -1)
    for k, (cell, rate) in enumerate(zip(told, rates, strict=True), start=1):
        counts = segments.counts(cell)
        own = counts / segments.customers[cell]
        better = (counts >= TOLD) & (own > base) & (rate - base > lead)
        tier[better], lead[better] = k, (rate - base)[better]
    return Said(np.asarray(score), tuple(reasons), tier, np.full(base.size, -1, dtype=np.int64))


def _reason(segments: Segments, cell: int, own_shop: bool) -> str:
    attribute = segments.attribute(cell)
    return OWN_SHOP if attribute == "location" and own_shop else REASONS[attribute]


def origin(referrer: str | None) -> str | None:
    """Return where a session came from: the host of an address, a word in lower case.

    None where nothing is told.
    """
    text = (referrer or "").strip().lower()
    if "://" in text:
        text = text.partition("://")[2]
    host = text.partition("/")[0].partition("?")[0].removeprefix("www.")
    return host or None


def language(locale: str | None) -> str | None:
    """Return the language of a locale: ``en`` of ``en-GB``."""
    return (locale or "").replace("_", "-").partition("-")[0].strip().lower() or None


def areas(country: str | None, postal_code: str | None) -> tuple[str, ...]:
    """Return the areas that an address lies in, the smallest first; no whole code is one.

    The first four and the first two characters of the postal code without its spaces, in their
    country, and the country.
    """
    land = (country or "").strip().upper()
    code = "".join((postal_code or "").split()).upper()
    parts = [f"{land} {code[:size]}" for size in (4, 2) if len(code) > size]
    return (*parts, land) if land else tuple(parts)
