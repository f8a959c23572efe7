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
from training.recommender.models.gfcf import GfcfConfig, fit_gfcf
from training.recommender.models.ials import IalsConfig, fit_ials
from training.recommender.models.item_knn import ItemKnnConfig, fit_item_knn
from training.recommender.models.repurchase import RepurchaseConfig, fit_repurchase
from training.recommender.models.rp3beta import Rp3betaConfig, fit_rp3beta
from training.recommender.models.tifu import TifuConfig, fit_tifu
from training.recommender.models.upcf import UpCfConfig, fit_upcf

RECENT: Final = EaseConfig(items=4000, half_life=60.0)
"""EASE on what was bought of late: what goes with this season's basket."""


@dataclass(frozen=True)
class FamilyConfig:
    """Which models are fitted, and how each is.

    Parameters
    ----------
    names
        The models, of `FITS`.
    """

    names: tuple[str, ...] = ("ials", "item_knn", "ease", "ease_recent")
    ials: IalsConfig = field(default_factory=IalsConfig)
    item_knn: ItemKnnConfig = field(default_factory=ItemKnnConfig)
    ease: EaseConfig = field(default_factory=EaseConfig)
    ease_recent: EaseConfig = RECENT
    rp3beta: Rp3betaConfig = field(default_factory=Rp3betaConfig)
    gfcf: GfcfConfig = field(default_factory=GfcfConfig)
    tifu: TifuConfig = field(default_factory=TifuConfig)
    upcf: UpCfConfig = field(default_factory=UpCfConfig)
    repurchase: RepurchaseConfig = field(default_factory=RepurchaseConfig)


FITS: Final[dict[str, Callable[[Histories, FamilyConfig], Scorer]]] = {
    "ials": lambda histories, config: fit_ials(histories, config.ials),
    "item_knn": lambda histories, config: fit_item_knn(histories, config.item_knn),
    "ease": lambda histories, config: fit_ease(histories, config.ease),
    "ease_recent": lambda histories, config: fit_ease(histories, config.ease_recent),
    "rp3beta": lambda histories, config: fit_rp3beta(histories, config.rp3beta),
    "gfcf": lambda histories, config: fit_gfcf(histories, config.gfcf),
    "tifu": lambda histories, config: fit_tifu(histories, config.tifu),
    "upcf": lambda histories, config: fit_upcf(histories, config.upcf),
    "repurchase": lambda histories, config: fit_repurchase(histories, config.repurchase),
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
