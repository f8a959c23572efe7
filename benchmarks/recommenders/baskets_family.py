"""The models that are asked for a next basket, each alone."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.recommenders.baskets import Score
from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import Scorer
from training.recommender.models.ease import EaseConfig, fit_ease
from training.recommender.models.gfcf import GfcfConfig, fit_gfcf
from training.recommender.models.ials import IalsConfig, fit_ials
from training.recommender.models.item_knn import ItemKnnConfig, fit_item_knn
from training.recommender.models.repurchase import fit_repurchase
from training.recommender.models.rp3beta import Rp3betaConfig, fit_rp3beta
from training.recommender.models.tifu import fit_tifu
from training.recommender.models.upcf import fit_upcf

F32 = NDArray[np.float32]
Fit = Callable[[Histories], Scorer]

THREADS: Final = 1
FAMILY: Final[Mapping[str, Fit]] = {
    "repurchase": fit_repurchase,
    "TIFU-KNN": fit_tifu,
    "UP-CF@r": fit_upcf,
    "item-kNN (BM25)": lambda h: fit_item_knn(h, ItemKnnConfig(threads=THREADS)),
    "RP3beta": lambda h: fit_rp3beta(h, Rp3betaConfig()),
    "GF-CF": lambda h: fit_gfcf(h, GfcfConfig()),
    "EASE": lambda h: fit_ease(h, EaseConfig()),
    "iALS": lambda h: fit_ials(h, IalsConfig(threads=THREADS)),
}
"""Name to how it is fitted. A table may fit one its own way, chosen on its validation."""


def fit_family(histories: Histories, family: Mapping[str, Fit] = FAMILY) -> dict[str, Scorer]:
    """Fit every model."""
    fits = tqdm(family.items(), desc="models", leave=False)
    return {name: fit(histories) for name, fit in fits}


def baselines(known: Histories) -> dict[str, Score]:
    """Return G-Top, P-Top and GP-Top: the items most frequent, in all, of one's own, and both.

    Frequency is the number of baskets. GP-Top puts one's own first and fills up with all.
    """
    everybody = np.asarray(known.matrix().sum(axis=0), dtype=np.float32).ravel()
    everybody /= 2 * max(float(everybody.max()), 1.0)

    def all_alike(histories: Histories) -> F32:
        return np.tile(everybody, (histories.n_subjects, 1))

    def own(histories: Histories) -> F32:
        return np.asarray(histories.matrix().toarray(), dtype=np.float32)

    return {
        "G-Top": all_alike,
        "P-Top": own,
        "GP-Top": lambda histories: own(histories) + all_alike(histories),
    }
