"""Fit iALS by ``implicit``; only the factors of the items are kept."""

from dataclasses import dataclass

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.ials import Ials


@dataclass(frozen=True)
class IalsConfig:
    """Hyper-parameters; the defaults were chosen on November 2017 of Complete Journey.

    Parameters
    ----------
    factors, iterations, regularisation, alpha
        Of Hu, Koren & Volinsky (2008).
    half_life
        Days after which an interaction counts half; infinite: it never fades.
    threads
        Of ``implicit``.
    seed
        Of the first factors.
    """

    factors: int = 64
    iterations: int = 10
    regularisation: float = 10.0
    alpha: float = 4.0
    half_life: float = np.inf
    threads: int = 2
    seed: int = 7


def fit_ials(histories: Histories, config: IalsConfig) -> Ials:
    """Fit on log(1 + decayed weight) of every subject and item."""
    # implicit has threads of its own; BLAS threads inside them slow it down tenfold.
    with threadpool_limits(1, "blas"):
        als = AlternatingLeastSquares(
            factors=config.factors,
            regularization=config.regularisation,
            alpha=config.alpha,
            iterations=config.iterations,
            num_threads=config.threads,
            random_state=config.seed,
        )
        als.fit(log_weights(histories, config.half_life), show_progress=False)
        factors = np.ascontiguousarray(als.item_factors, dtype=np.float32)
        gram = factors.T @ factors
    return Ials(factors, gram, config.regularisation, config.alpha, config.half_life)
