"""Which purchase an item is offered for: the one that adds most to what the models say."""

from collections.abc import Mapping
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.candidates import SEARCHED
from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import Because, PairExplainer, Scorer, explains_pairs

I64 = NDArray[np.int64]

LEAST_SHARE: Final = 0.1
"""Of what speaks for an item; a purchase that adds less is not what it is offered for."""


def bought_before(models: Mapping[str, Scorer], histories: Histories, row: I64, items: I64) -> I64:
    """Return the purchase that each item is offered for, int64 (k,), -1 where none stands out.

    Asked are the models that put new items forward; of two, the one whose answer stands out more.

    Parameters
    ----------
    models
        Of a state, by name.
    row, items
        int64 (k,): a subject, a position in ``histories``, and one item each.
    """
    anchor = np.full(items.shape, -1, dtype=np.int64)
    best = np.full(items.shape, LEAST_SHARE, dtype=np.float32)
    for name in SEARCHED:
        if name in models:
            told = _told(models[name], histories, row, items)
            better = (told.item >= 0) & (told.share >= best) & (told.item != items)
            anchor[better], best[better] = told.item[better], told.share[better]
    return anchor


def _told(model: Scorer, histories: Histories, row: I64, item: I64) -> Because:
    if explains_pairs(type(model)):
        return cast("PairExplainer", model).explain_pairs(histories, row, item)
    return model.explain(histories.of(row), item)
