"""Features of a (customer, item) pair: a file a group, `pair_features` the entry."""

from decisioning.recommender.pairs.group import FeatureGroup, Pairs, find_history
from decisioning.recommender.pairs.groups import (
    GROUPS,
    LAST_DAYS,
    ORDERS,
    PAIR_FEATURES,
    pair_features,
)

__all__ = [
    "GROUPS",
    "LAST_DAYS",
    "ORDERS",
    "PAIR_FEATURES",
    "FeatureGroup",
    "Pairs",
    "find_history",
    "pair_features",
]
