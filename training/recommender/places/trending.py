"""Trending: what sells better of late than it did, here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.recommender.interactions import Interactions, days_before

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class TrendingConfig:
    """Windows and caution.

    Parameters
    ----------
    recent_days, base_days
        The last days, and the days before them that they are compared with.
    prior
        Expected buyers added to the standard error: three sales of a rarity are no trend.
    """

    recent_days: float = 14.0
    base_days: float = 56.0
    prior: float = 3.0


def fit_trending(
    interactions: Interactions, places: I64, as_of: int, config: TrendingConfig
) -> NDArray[np.float32]:
    """Compare the buyers of late with those to be expected, item by item and place by place.

    What is to be expected is the item's buyers of the base window there, scaled by how the
    place's whole trade went, drawn towards the item's buyers everywhere. The score is
    ``(recent - expected) / sqrt(expected + prior)``, 0 where it is not above 0.

    Parameters
    ----------
    places
        int64 (rows,): location of each row; the first is 0, all of them.

    Returns
    -------
    float32 (rows, n_items).
    """
    age = days_before(as_of, interactions.at)
    mask = interactions.before(as_of) & interactions.trains[interactions.customer]
    late = mask & (age <= config.recent_days)
    base = mask & (age > config.recent_days) & (age <= config.recent_days + config.base_days)
    recent = np.stack([_buyers(interactions, late, place) for place in places.tolist()])
    before = np.stack([_buyers(interactions, base, place) for place in places.tolist()])
    everywhere = before[0] / max(before[0].sum(), 1.0)
    total = before.sum(axis=1, keepdims=True)
    # As if one purchase per item had been seen in the base window, spread as everywhere.
    spread = (before + everywhere) / (total + 1.0)
    expected = spread * recent.sum(axis=1, keepdims=True)
    score = (recent - expected) / np.sqrt(expected + config.prior)
    return np.asarray(np.maximum(score, 0.0), dtype=np.float32)


def _buyers(interactions: Interactions, mask: NDArray[np.bool_], place: int) -> F64:
    """Distinct buyers of each item at a location, 0 for all; float64 (n_items,)."""
    here = mask & (interactions.location == place) if place else mask
    n_items = len(interactions.items)
    pair = np.unique(interactions.customer[here] * n_items + interactions.item[here])
    return np.bincount(pair % n_items, minlength=n_items).astype(np.float64)
