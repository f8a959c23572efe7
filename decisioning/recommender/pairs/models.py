"""What the models say: the score of each, one column a model."""

from typing import Final

import numpy as np

from decisioning.recommender.family import FAMILY
from decisioning.recommender.pairs.group import F32, FeatureGroup, Pairs


def model_columns(pairs: Pairs) -> list[F32]:
    """Compute the features of `MODELS`; a model that the state lacks says 0 of everything."""
    nothing = np.zeros(pairs.item.size, dtype=np.float32)
    return [pairs.candidates.scores.get(name, nothing) for name in FAMILY]


MODELS: Final = FeatureGroup("models", FAMILY, model_columns)
