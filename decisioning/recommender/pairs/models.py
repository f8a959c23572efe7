"""What the models say: the score of each, one column a model."""

from typing import Final

import numpy as np

from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs


def model_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `MODELS`."""
    model = pairs.state.collaborative
    ials = np.einsum(
        "ij,ij->i", model.customer_factors[pairs.customer], model.item_factors[pairs.item]
    )
    return [np.asarray(ials, np.float32), pairs.candidates.neighbours, pairs.candidates.linear]


MODELS: Final = FeatureGroup("models", ("ials", "neighbours", "linear"), model_columns)
