"""What slates are like beyond accuracy: how popular, how wide, how new, how varied."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

DECILES: Final = 10


@dataclass(frozen=True)
class Catalogue:
    """What slates are measured against, as of their moment.

    Parameters
    ----------
    purchases
        int64 (n_items,): purchases of each item so far.
    buyers
        int64 (n_items,): customers who bought it.
    categories
        int64 (n_items,): group of each item.
    n_customers
        Customers who could have bought.
    """

    purchases: I64
    buyers: I64
    categories: I64
    n_customers: int


@dataclass(frozen=True)
class PopularityBias:
    """Share of slates by popularity of the items, against their share of purchases.

    Parameters
    ----------
    recommended, bought
        float64 (10,): shares by tenth of the catalogue, the most bought tenth first; sum to 1,
        or all 0 where nothing was bought.
    """

    recommended: F64
    bought: F64

    @property
    def lift(self) -> F64:
        """Return recommended over bought, float64 (10,); NaN where nothing was bought."""
        lift = np.full(DECILES, np.nan)
        np.divide(self.recommended, self.bought, out=lift, where=self.bought > 0)
        return lift


@dataclass(frozen=True)
class Beyond:
    """One report over m slates.

    Parameters
    ----------
    bias
        Popularity bias.
    gini
        Inequality of how often items are shown, 0 (all alike) to 1 (one item only).
    coverage
        Share of the catalogue that is shown to somebody.
    novelty
        Mean self-information of what is shown, bits.
    diversity
        Mean share of pairs within a slate that are of different categories; NaN when no slate
        has two items.
    """

    bias: PopularityBias
    gini: float
    coverage: float
    novelty: float
    diversity: float

    def figures(self) -> dict[str, float]:
        """Name the figures; ``popularity_lift`` is that of the most bought tenth.

        What is not a number is left out.
        """
        told = {
            "coverage": self.coverage,
            "gini": self.gini,
            "novelty_bits": self.novelty,
            "diversity": self.diversity,
            "popularity_lift": float(self.bias.lift[0]),
        }
        return {name: value for name, value in told.items() if np.isfinite(value)}


def measure_beyond(slates: I64, catalogue: Catalogue) -> Beyond:
    """Measure slates.

    Parameters
    ----------
    slates
        int64 (m, k): items, best first, -1 where there are fewer.

    Raises
    ------
    ValueError
        If no slate has an item: there is nothing to measure.
    """
    shown = np.bincount(slates[slates >= 0], minlength=catalogue.purchases.size)
    if not shown.any():
        raise ValueError("slates: no slate has an item; measure slates that were filled.")
    return Beyond(
        bias=popularity_bias(shown, catalogue.purchases),
        gini=gini(shown),
        coverage=float((shown > 0).mean()),
        novelty=novelty(shown, catalogue),
        diversity=intra_list_diversity(slates, catalogue.categories),
    )


def popularity_bias(shown: I64, purchases: I64) -> PopularityBias:
    """Compare exposure with demand by popularity (after Abdollahpouri et al. 2019).

    Their three groups of items are ten here, of equally many items each (but for one).
    """
    order = np.argsort(-purchases, kind="stable")
    tenth = np.empty(order.size, dtype=np.int64)
    tenth[order] = np.arange(order.size) * DECILES // order.size
    return PopularityBias(*(_shares(tenth, count) for count in (shown, purchases)))


def gini(shown: I64) -> float:
    """Gini coefficient of exposure (Fleder & Hosanagar 2009).

    ``sum of (2 j - n - 1) x_j / (n sum x)``, x ascending, j from 1.
    """
    ascending, n = np.sort(shown), shown.size
    rank = 2.0 * np.arange(1, n + 1) - n - 1
    return float((rank * ascending).sum() / (n * ascending.sum()))


def novelty(shown: I64, catalogue: Catalogue) -> float:
    """Mean self-information of what is shown, in bits (Zhou et al. 2010).

    ``-log2 p``, p the share of customers who bought the item, with one customer added who bought
    everything: an item nobody bought has a finite value.
    """
    share = (catalogue.buyers + 1.0) / (catalogue.n_customers + 1.0)
    return float(np.average(-np.log2(share), weights=shown))


def intra_list_diversity(slates: I64, categories: I64) -> float:
    """Mean over slates of the share of pairs of different categories (Smyth & McClave 2001).

    Ziegler et al. (2005) call its complement the intra-list similarity.
    """
    real = slates >= 0
    category = np.where(real, categories[slates], -1)
    pair = real[:, :, None] & real[:, None, :] & ~np.eye(slates.shape[1], dtype=np.bool_)
    differs = pair & (category[:, :, None] != category[:, None, :])
    pairs = pair.sum(axis=(1, 2))
    some = pairs > 0
    return float((differs.sum(axis=(1, 2))[some] / pairs[some]).mean()) if some.any() else np.nan


def _shares(group: I64, count: I64) -> F64:
    total = max(int(count.sum()), 1)
    return np.asarray(np.bincount(group, count, DECILES) / total, dtype=np.float64)
