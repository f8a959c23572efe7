"""Fit BM25 item-kNN by ``implicit``."""

import warnings
from dataclasses import dataclass

import numpy as np
from implicit.nearest_neighbours import BM25Recommender
from implicit.utils import ParameterWarning
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.evidence import log_weights
from decisioning.recommender.models.item_knn import ItemKnn


@dataclass(frozen=True)
class ItemKnnConfig:
    """Hyper-parameters; the defaults were chosen on November 2017 of Complete Journey.

    Parameters
    ----------
    neighbours
        Kept per item.
    k1, b
        Of BM25: how soon a weight saturates, how much a frequent buyer counts less.
    half_life
        Days after which an interaction counts half; infinite: it never fades.
    threads
        Of ``implicit``.
    """

    neighbours: int = 100
    k1: float = 1.2
    b: float = 0.75
    half_life: float = np.inf
    threads: int = 2


def fit_item_knn(histories: Histories, config: ItemKnnConfig) -> ItemKnn:
    """Fit on log(1 + decayed weight) of every subject and item."""
    weights = log_weights(histories, config.half_life)
    if weights.nnz == 0:  # BM25 divides by the mean weight
        nothing = sparse.csr_matrix((histories.n_items, histories.n_items), dtype=np.float32)
        return ItemKnn(nothing, config.half_life)
    knn = BM25Recommender(K=config.neighbours, K1=config.k1, B=config.b, num_threads=config.threads)
    with warnings.catch_warnings():
        # implicit weighs into a COO matrix and then warns about its own choice.
        warnings.simplefilter("ignore", ParameterWarning)
        knn.fit(weights, show_progress=False)
    return ItemKnn(sparse.csr_matrix(knn.similarity.astype(np.float32)), config.half_life)
