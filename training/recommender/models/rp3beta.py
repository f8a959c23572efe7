"""Fit RP3beta: two steps of the walk between items, the largest probabilities kept."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.rp3beta import Rp3beta, step
from training.recommender.models.pruning import product


@dataclass(frozen=True)
class Rp3betaConfig:
    """Hyper-parameters.

    Parameters
    ----------
    alpha
        Power of every step's probability.
    beta
        Power of the popularity that a probability is divided by.
    neighbours
        Kept per item.
    half_life
        Days after which an interaction counts half; infinite: it never fades.
    """

    alpha: float = 0.6
    beta: float = 0.3
    neighbours: int = 200
    half_life: float = np.inf


def fit_rp3beta(histories: Histories, config: Rp3betaConfig) -> Rp3beta:
    """Fit on log(1 + decayed weight) of every subject and item."""
    weights = log_weights(histories, config.half_life)
    back = step(sparse.csr_matrix(weights.T), config.alpha)
    forth = step(weights, config.alpha)
    degree = np.bincount(weights.indices, weights.data, histories.n_items)
    # The popularity scales columns: before the pruning, so that it has a say in what is kept.
    damped = np.where(degree > 0, degree, 1.0) ** -config.beta
    walked = product(
        back, forth @ sparse.diags(damped.astype(np.float32)), config.neighbours, diagonal=False
    )
    return Rp3beta(walked, config.half_life, config.alpha)
