"""Fit the decayed directed transitions of `decisioning.recommender.models.transitions`."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from decisioning.recommender.histories import Histories
from decisioning.recommender.models.transitions import Transitions
from training.recommender.models.pruning import largest

I64 = NDArray[np.int64]
Steps = Literal["click", "basket", "together"]


@dataclass(frozen=True)
class TransitionsConfig:
    """What follows what, and how fast that stops speaking.

    Parameters
    ----------
    window
        How many steps ahead a transition reaches.
    step_decay
        What one step more is worth, above 0, at most 1.
    steps
        ``click``: from each element to the next ones. ``basket``: from every item of a basket to
        every item of the next ones, what was bought together having no order. ``together``:
        from every item of a basket to the others of the same.
    half_life
        Of the past when scoring, in the unit of `Histories.age`.
    session_half_life
        Of the subjects when fitting, as a share of all of them: subjects are in the order of
        time, and 0.5 lets the first count a quarter of the last. 0: all the same.
    shrink
        Transitions that an item must have before half of the chance is believed.
    popularity_power
        Chances are divided by how often the next item is reached, to this power.
    kept
        Largest chances kept per item.
    """

    window: int = 10
    step_decay: float = 0.7
    steps: Steps = "click"
    half_life: float = 0.7
    session_half_life: float = 0.0
    shrink: float = 0.0
    popularity_power: float = 0.0
    kept: int = 500


def fit_transitions(histories: Histories, config: TransitionsConfig) -> Transitions:
    """Count what follows what within each subject, decayed by distance.

    Parameters
    ----------
    histories
        Of the subjects learned from, in the order of time if ``session_half_life`` is given.
    """
    late = _lateness(histories.n_subjects, config.session_half_life)
    counts = {"click": _by_click, "basket": _by_basket, "together": _together}
    return Transitions(
        _chances(counts[config.steps](histories, late, config), config), config.half_life
    )


def _lateness(n: int, half_life: float) -> NDArray[np.float64]:
    """Return what each subject counts, the last one 1."""
    age = np.arange(n)[::-1] / max(n, 1)
    return np.asarray(0.5 ** (age / half_life)) if half_life else np.ones(n)


def _by_click(
    histories: Histories, late: NDArray[np.float64], config: TransitionsConfig
) -> sparse.csr_matrix:
    row, n = histories.row, histories.n_items
    total = sparse.csr_matrix((n, n))
    for distance in range(1, config.window + 1):
        here = np.flatnonzero(row[:-distance] == row[distance:])
        if here.size == 0:
            break
        weight = late[row[here]] * histories.weight[here] * histories.weight[here + distance]
        weight = weight * config.step_decay ** (distance - 1)
        pair = (histories.item[here], histories.item[here + distance])
        total = total + sparse.coo_matrix((weight, pair), shape=(n, n)).tocsr()
    return total


def _by_basket(
    histories: Histories, late: NDArray[np.float64], config: TransitionsConfig
) -> sparse.csr_matrix:
    baskets, owner = _baskets(histories)
    total = sparse.csr_matrix((histories.n_items, histories.n_items))
    for distance in range(1, config.window + 1):
        here = np.flatnonzero(owner[:-distance] == owner[distance:])
        if here.size == 0:
            break
        scale = sparse.diags(late[owner[here]] * config.step_decay ** (distance - 1))
        total = total + baskets[here].T @ scale @ baskets[here + distance]
    return sparse.csr_matrix(total)


def _together(
    histories: Histories, late: NDArray[np.float64], config: TransitionsConfig
) -> sparse.csr_matrix:
    del config  # a basket has no steps
    baskets, owner = _baskets(histories)
    total = sparse.csr_matrix(baskets.T @ sparse.diags(late[owner]) @ baskets)
    total.setdiag(0)
    total.eliminate_zeros()
    return total


def _baskets(histories: Histories) -> tuple[sparse.csr_matrix, I64]:
    """Return baskets x items, the weights of a basket shared among them, and whose each is."""
    row = histories.row
    new = (np.diff(row, prepend=-1) > 0) | (np.diff(histories.basket, prepend=-1) != 0)
    start = np.flatnonzero(new)
    size = np.diff(start, append=row.size)
    share = histories.weight / np.repeat(size, size)
    shape = (start.size, histories.n_items)
    held = sparse.csr_matrix((share, histories.item, np.r_[start, row.size]), shape)
    return held, row[start]


def _chances(count: sparse.csr_matrix, config: TransitionsConfig) -> sparse.csr_matrix:
    """Turn counts into shrunk chances, the largest of each row kept."""
    count.sort_indices()
    total = np.asarray(count.sum(axis=1)).ravel() + config.shrink
    reached = np.asarray(count.sum(axis=0)).ravel()
    row = np.repeat(np.arange(count.shape[0]), np.diff(count.indptr))
    value = (
        count.data
        / total[row]
        / np.maximum(reached[count.indices], 1e-9) ** (config.popularity_power)
    )
    chances = sparse.csr_matrix((value, count.indices, count.indptr), shape=count.shape)
    return sparse.csr_matrix(largest(chances, config.kept), dtype=np.float32)
