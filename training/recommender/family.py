"""Fit the family: which models, how, and on whom."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import Scorer
from training.recommender.models.ease import EaseConfig, fit_ease
from training.recommender.models.ials import IalsConfig, fit_ials
from training.recommender.models.item_knn import ItemKnnConfig, fit_item_knn


@dataclass(frozen=True)
class FamilyConfig:
    """Which models are fitted, and how each is.

    Parameters
    ----------
    names
        The models, of `FITS`.
    """

    names: tuple[str, ...] = ("ials", "item_knn", "ease")
    ials: IalsConfig = field(default_factory=IalsConfig)
    item_knn: ItemKnnConfig = field(default_factory=ItemKnnConfig)
    ease: EaseConfig = field(default_factory=EaseConfig)


FITS: Final[dict[str, Callable[[Histories, FamilyConfig], Scorer]]] = {
    "ials": lambda histories, config: fit_ials(histories, config.ials),
    "item_knn": lambda histories, config: fit_item_knn(histories, config.item_knn),
    "ease": lambda histories, config: fit_ease(histories, config.ease),
}


def fit_family(
    histories: Histories, trains: NDArray[np.bool_], config: FamilyConfig
) -> dict[str, Scorer]:
    """Fit the models named, by name.

    Parameters
    ----------
    trains
        bool (subjects,): who is learned from. The others are only scored: what the models say of
        them follows from their own histories, which shaped nothing.
    """
    learned = histories.of(np.flatnonzero(trains))
    # One thread: how many a machine has must not decide the last bits of a model, and BLAS threads
    # inside those of implicit slow it down tenfold.
    with threadpool_limits(1, "blas"):
        return {name: FITS[name](learned, config) for name in config.names}
