"""The customer and the kind of thing: product type and category."""

from typing import Final

import numpy as np

from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs
from decisioning.recommender.state import NEVER


def affinity_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `AFFINITY`."""
    affinity, items, item = pairs.state.affinity, pairs.state.items, pairs.item
    of_type, has_type = pairs.find_group(
        affinity.type_key, affinity.n_types, items.type_code.take(item)
    )
    of_category, has_category = pairs.find_group(
        affinity.category_key, affinity.n_categories, items.category_code.take(item)
    )
    return [
        np.where(has_type, affinity.type_decayed.take(of_type), np.float32(0)),
        np.where(has_type, affinity.type_days.take(of_type), NEVER),
        np.where(has_category, affinity.category_share.take(of_category), np.float32(0)),
    ]


AFFINITY: Final = FeatureGroup(
    "affinity", ("type_decayed", "type_days", "category_share"), affinity_columns
)
