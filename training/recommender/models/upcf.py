"""Fit UP-CF@r: what the subjects known bought, ever and lately."""

from dataclasses import dataclass

import numpy as np

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.upcf import UpCf, recent_popularity
from training.recommender.models.tifu import sample


@dataclass(frozen=True)
class UpCfConfig:
    """Settings within the ranges the paper searched.

    Parameters
    ----------
    recency, asymmetry, locality, neighbours
        As in `UpCf`.
    most_known
        Subjects kept as possible neighbours; of more, a sample is drawn by the seed.
    """

    recency: int = 25
    asymmetry: float = 0.75
    locality: float = 5.0
    neighbours: int = 300
    most_known: int = 20_000
    seed: int = 7


def fit_upcf(histories: Histories, config: UpCfConfig = UpCfConfig()) -> UpCf:
    """Fit on the subjects who have a history."""
    known = sample(histories, config.most_known, config.seed)
    popularity, bought = recent_popularity(known, config.recency)
    return UpCf(
        bought.T.tocsr(),
        np.diff(bought.indptr).astype(np.int64),
        popularity,
        config.recency,
        config.asymmetry,
        config.locality,
        config.neighbours,
    )
