"""Items that nobody bought yet, given what is known of the items most like them.

What the models say of such an item, and how popular it is taken to be, are means over its nearest
neighbours in content: the nearest-neighbour mapping of Gantner et al. 2010, "Learning
attribute-to-feature mappings for cold-start recommendations". The ranker then scores it as it does
any other. It keeps 0 lines: no training row, calibration or figure takes part in this.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.models.ials import Ials
from decisioning.recommender.models.item_item import ItemItem
from decisioning.recommender.scorer import Scorer
from decisioning.recommender.state import ItemStatistics, RecommenderState
from training.recommender.models.content import ContentConfig, ItemText, alike

NEAREST: Final = 10
"""Sold items that an unsold one borrows from."""
_NEAR: Final = ContentConfig(neighbours=100)
"""So many that most often ten of them are sold."""


def lent(state: RecommenderState, texts: Sequence[ItemText]) -> RecommenderState:
    """Return the state with what unsold items borrow from the sold ones like them.

    An item that is like none stays unknown. Where it sells at a location is not borrowed: nothing
    is called popular that nobody bought.

    Parameters
    ----------
    texts
        What the catalogue says of each item; none where it was not read.
    """
    new = np.flatnonzero(state.items.lines == 0)
    if new.size == 0 or len(texts) == 0:
        return state
    weights = _weights(texts, new, state.items.lines > 0)
    return replace(
        state,
        items=_items(state.items, weights),
        models={name: _model(model, weights) for name, model in state.models.items()},
    )


def _weights(
    texts: Sequence[ItemText], new: NDArray[np.int64], sold: NDArray[np.bool_]
) -> sparse.csr_matrix:
    """Return CSR (n_items, n_items): a row per unsold item over sold ones, summing to 1 or 0."""
    near = alike(texts, new, _NEAR).tocoo()
    kept = sold[near.col]
    row, column, value = near.row[kept], near.col[kept], near.data[kept]
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    first = np.arange(row.size) - np.searchsorted(row, row) < NEAREST
    row, column, value = row[first], column[first], value[first]
    total = np.bincount(row, value, new.size)[row]
    shape = (sold.size, sold.size)
    shares = (value / total).astype(np.float32)
    return sparse.csr_matrix((shares, (new[row], column)), shape=shape)


def _items(items: ItemStatistics, weights: sparse.csr_matrix) -> ItemStatistics:
    return replace(
        items,
        popularity=items.popularity + weights @ items.popularity,
        newcomers=items.newcomers + weights @ items.newcomers,
        share_of_type=items.share_of_type + weights @ items.share_of_type,
    )


def _model(model: Scorer, weights: sparse.csr_matrix) -> Scorer:
    """Return a model that says of an unsold item what it says of its neighbours, in the mean."""
    if isinstance(model, ItemItem):
        both = sparse.csr_matrix(model.similarity + model.similarity @ weights.T)
        both.sort_indices()
        return replace(model, similarity=both)
    if isinstance(model, Ials):
        borrowed = weights @ model.item_factors
        return replace(model, item_factors=model.item_factors + borrowed)
    return model
