"""All tables of the places in one fit."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.places.segments import Segments
from decisioning.recommender.places.shelves import Shelves
from training.recommender.interactions import Interactions
from training.recommender.places.arrivals import fit_ages, fit_alike
from training.recommender.places.complements import ComplementsConfig, fit_complements
from training.recommender.places.trending import TrendingConfig, fit_trending


@dataclass(frozen=True)
class ShelvesConfig:
    """How the tables of the places are fitted."""

    complements: ComplementsConfig = field(default_factory=ComplementsConfig)
    trending: TrendingConfig = field(default_factory=TrendingConfig)


def fit_shelves(
    interactions: Interactions,
    places: NDArray[np.int64],
    launched: NDArray[np.float64],
    segments: Segments,
    as_of: int,
    config: ShelvesConfig,
) -> Shelves:
    """Fit from what lies strictly before a moment and may be learned from.

    Parameters
    ----------
    places
        int64 (rows,): ``RecommenderState.items.places``.
    launched
        float64 (n_items,): epoch seconds, NaN unknown; see ``arrivals.load_launches``.
    segments
        See ``segments.fit_segments``.
    """
    age = fit_ages(interactions, launched, as_of)
    return Shelves(
        complements=fit_complements(interactions, as_of, config.complements),
        trending=fit_trending(interactions, places, as_of, config.trending),
        age_days=age,
        alike=fit_alike(interactions, age),
        cell_names=segments.names,
        cell_parent=segments.parent,
        cell_customers=segments.customers,
        cell_buyers=segments.buyers,
        cell_declared=segments.declared,
    )
