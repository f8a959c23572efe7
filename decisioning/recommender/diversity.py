"""The order of a slate beyond relevance: calibrated to the customer, varied, not insistent.

Arrays in, order out. What is given up in relevance is set by ``Diversity``; at its defaults
nothing is, and the order is that of the scores.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_BLUR: Final = 0.01
"""Share of the target mixed into a slate (Steck's alpha): keeps the logarithm finite."""


@dataclass(frozen=True)
class Diversity:
    """How much of what.

    Parameters
    ----------
    calibration
        In [0, 1]: weight of a slate's likeness to ``Pool.target`` against relevance; Steck's
        lambda. 0: none.
    category_cap
        Most items of one category in a slate; 0: no cap. It gives way where the slate would be
        short otherwise.
    ignored_penalty
        In [0, 1]: the share of its relevance an item loses each time it was shown and ignored.
    variety
        In [0, 1]: weight against an item whose category the slate has already; the lambda of
        maximal marginal relevance. Spreads more at less cost than the cap, and promises nothing.
    """

    calibration: float = 0.0
    category_cap: int = 0
    ignored_penalty: float = 0.0
    variety: float = 0.0


@dataclass(frozen=True)
class Pool:
    """The candidates of one slate, each item once, all of which may be shown.

    Parameters
    ----------
    score
        float64 (candidates,): the ranker's, finite, of any scale.
    item
        int64 (candidates,): of equal worth the lower item goes first.
    category
        int64 (candidates,): group of each, 0 to n_categories - 1.
    ignored
        float64 (candidates,): how often it was shown and ignored (`ignored_counts`), at least 0.
    target
        float64 (n_categories,): share of each category in what the customer likes, at least 0;
        all 0 where nothing is known, which switches the calibration off.
    """

    score: F64
    item: I64
    category: I64
    ignored: F64
    target: F64


def diversified(pool: Pool, rules: Diversity, n: int) -> I64:
    """Order the candidates: a slate of n first, then the rest by score.

    Greedy maximisation of ``(1 - v) * ((1 - c) * relevance - c * KL(target | slate)) - v * there``:
    with v = 0 calibration by c (Steck 2018, "Calibrated recommendations", section 3), with c = 0
    maximal marginal relevance by v (Carbonell & Goldstein 1998), items of one category being
    alike. Relevance is the score scaled to [0, 1] within the pool; ``there`` is 1 where the slate
    has the category already.

    Returns
    -------
    int64 (candidates,), positions in the pool: a permutation, the same for the same items
    whatever their order in the pool.
    """
    relevance = _relevance(pool, rules.ignored_penalty)
    by_worth = np.lexsort((pool.item, -pool.score, -relevance))
    if not (rules.calibration or rules.category_cap or rules.variety):
        return by_worth
    chosen = _greedy(pool, rules, by_worth, relevance, min(n, by_worth.size))
    rest = by_worth[~np.isin(by_worth, chosen)]
    return np.concatenate([chosen, rest])


def ignored_counts(item: I64, age: F64, n_items: int, half_life: float) -> F64:
    """Return how often each item was shown and ignored of late.

    Parameters
    ----------
    item, age
        (exposures,): one customer's exposures without a response, and days since each.
    half_life
        Days after which an exposure counts half.

    Returns
    -------
    float64 (n_items,).
    """
    return np.asarray(np.bincount(item, np.exp2(-age / half_life), n_items), dtype=np.float64)


def _relevance(pool: Pool, penalty: float) -> F64:
    """Return scores scaled to [0, 1], less what was ignored; where nothing was, their order."""
    if pool.score.size == 0:
        return pool.score
    low = pool.score.min()
    spread = pool.score.max() - low
    scaled = (pool.score - low) / spread if spread > 0 else np.ones_like(pool.score)
    return np.asarray(scaled * (1.0 - penalty) ** pool.ignored)


def _greedy(pool: Pool, rules: Diversity, by_worth: I64, relevance: F64, n: int) -> I64:
    """Choose n one after another, each the best addition to those before it."""
    target = pool.target / max(pool.target.sum(), np.finfo(np.float64).tiny)
    weight = rules.calibration if target.any() else 0.0
    cap = rules.category_cap or n
    category = pool.category[by_worth]
    worth = (1.0 - rules.variety) * (1.0 - weight) * relevance[by_worth]
    counts = np.zeros(target.size)
    open_ = np.ones(by_worth.size, dtype=np.bool_)
    chosen = np.empty(n, dtype=np.int64)
    for k in range(n):
        capped = open_ & (counts[category] < cap)
        valued = (1.0 - rules.variety) * weight * _likeness(counts, target)
        value = worth + (valued - rules.variety * (counts > 0))[category]
        # The first of equals: candidates stand in the order of their worth, then of their items.
        best = int(np.argmax(np.where(capped if capped.any() else open_, value, -np.inf)))
        chosen[k] = by_worth[best]
        open_[best] = False
        counts[category[best]] += 1
    return chosen


def _likeness(counts: F64, target: F64) -> F64:
    """Return sum of p log q for the slate with one more of each category, float64 (categories,).

    It is -KL(p | q) but for a constant; q is the slate's distribution mixed with p.
    """
    size = counts.sum() + 1.0
    held = target > 0
    p = target[held]
    now = np.log((1.0 - _BLUR) * counts[held] / size + _BLUR * p)
    added = np.log((1.0 - _BLUR) * (counts[held] + 1.0) / size + _BLUR * p)
    gain = np.zeros_like(target)
    gain[held] = p * (added - now)
    return np.asarray(float(p @ now) + gain)
