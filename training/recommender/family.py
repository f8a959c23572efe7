"""Fit the family: which models, how, and on whom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import Scorer
from training.recommender.models.content import ContentConfig, ItemText, fit_content
from training.recommender.models.ease import EaseConfig, fit_ease
from training.recommender.models.gfcf import GfcfConfig, fit_gfcf
from training.recommender.models.ials import IalsConfig, fit_ials
from training.recommender.models.item_knn import ItemKnnConfig, fit_item_knn
from training.recommender.models.popularity import PopularityConfig, fit_popularity
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
    content: ContentConfig = field(default_factory=ContentConfig)
    popular: PopularityConfig = field(default_factory=PopularityConfig)


@dataclass(frozen=True)
class Learned:
    """What models are fitted on: the subjects who may be learned from, and the catalogue.

    Parameters
    ----------
    histories
        Of m subjects.
    homes
        int64 (m,): the location where each goes most; 0 where that is unknown.
    texts
        What the catalogue says of each item; only ``content`` reads it.
    """

    histories: Histories
    homes: NDArray[np.int64]
    texts: Sequence[ItemText] = ()


FITS: Final[dict[str, Callable[[Learned, FamilyConfig], Scorer]]] = {
    "ials": lambda learned, config: fit_ials(learned.histories, config.ials),
    "item_knn": lambda learned, config: fit_item_knn(learned.histories, config.item_knn),
    "ease": lambda learned, config: fit_ease(learned.histories, config.ease),
    "ease_recent": lambda learned, config: fit_ease(learned.histories, config.ease_recent),
    "rp3beta": lambda learned, config: fit_rp3beta(learned.histories, config.rp3beta),
    "gfcf": lambda learned, config: fit_gfcf(learned.histories, config.gfcf),
    "tifu": lambda learned, config: fit_tifu(learned.histories, config.tifu),
    "upcf": lambda learned, config: fit_upcf(learned.histories, config.upcf),
    "repurchase": lambda learned, config: fit_repurchase(learned.histories, config.repurchase),
    "content": lambda learned, config: fit_content(
        learned.histories, learned.texts, config.content
    ),
    "popular": lambda learned, config: fit_popularity(
        learned.histories, config.popular, learned.homes
    ),
}


def fit_family(learned: Learned, config: FamilyConfig) -> dict[str, Scorer]:
    """Fit the models named, by name.

    Whoever is not learned from is only scored: what the models say of them follows from their own
    histories, which shaped nothing.
    """
    # One thread: how many a machine has must not decide the last bits of a model, and BLAS threads
    # inside those of implicit slow it down tenfold.
    with threadpool_limits(1, "blas"):
        return {name: FITS[name](learned, config) for name in config.names}
