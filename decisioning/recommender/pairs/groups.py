"""Features of a (customer, item) pair, group by group.

Every value depends on its own pair only, so a customer gets the same features alone, in a block,
and in the ranker's training set.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from decisioning.recommender.candidates import Candidates
from decisioning.recommender.pairs.affinity import AFFINITY
from decisioning.recommender.pairs.customer import CUSTOMER
from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs
from decisioning.recommender.pairs.history import HISTORY
from decisioning.recommender.pairs.item import ITEM
from decisioning.recommender.pairs.models import MODELS
from decisioning.recommender.pairs.newcomers import NEWCOMERS
from decisioning.recommender.state import RecommenderState

GROUPS: Final = (HISTORY, ITEM, MODELS, AFFINITY, CUSTOMER, NEWCOMERS)
PAIR_FEATURES: Final = tuple(name for group in GROUPS for name in group.features)
ORDERS: Final = PAIR_FEATURES.index("orders")
LAST_DAYS: Final = PAIR_FEATURES.index("days_since_last")


def pair_features(
    state: RecommenderState, candidates: Candidates, groups: Sequence[FeatureGroup] = GROUPS
) -> F32:
    """Compute the features of every pair.

    Returns
    -------
    float32 (pairs, features of the groups), in their order, column by column; no NaN.
    """
    pairs = Pairs(state, candidates)
    # A column's values side by side: what reads them reads column by column.
    told = np.empty((sum(len(group.features) for group in groups), pairs.item.size), np.float32)
    columns = (column for group in groups for column in group.columns(pairs))
    for k, column in enumerate(columns):
        told[k] = column
    return told.T
