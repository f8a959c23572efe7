"""Candidates for a block of customers: own history, what the models put forward, what is popular.

What may be sold is known here, inside the search: the best k of what is allowed are searched
for, instead of searching the best k and then losing some. The best k of everything are kept
too, so that a record can say what stock or a filter took away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from decisioning.recommender.histories import Histories
from decisioning.recommender.scorer import (
    PairScorer,
    Scorer,
    Speaker,
    scores_pairs,
    speaks,
)
from decisioning.recommender.search import first_open
from decisioning.recommender.spoken import Spoken, SpokenOfAll
from decisioning.recommender.state import RecommenderState

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

SEARCHED: Final = ("item_knn", "ease", "ease_recent")
"""The models that put new items forward; the others give their opinion of what was found."""


_NONE: Final = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Widths:
    """How many candidates are looked for; a request's time goes with their number.

    Parameters
    ----------
    history
        Of the customer's own history, the strongest.
    searched
        New items of each model that searches, the best; 0 searches for none.
    popular
        The most popular.
    """

    history: int
    searched: int
    popular: int


# Chosen on November 2017 of Complete Journey with rankers that learned from `EVERY_GOAL`: with
# twice as many of each, NDCG@10 of `any` is .0003 lower (paired standard error .0004). What a goal
# rules out is not looked for.
WIDTHS: Final[Mapping[str, Widths]] = {
    "any": Widths(30, 15, 10),
    "discover": Widths(0, 100, 60),
    "replenish": Widths(120, 0, 0),
}
EVERY_GOAL: Final = Widths(80, 150, 100)
"""For pairs that rankers of all goals learn from."""


@dataclass(frozen=True)
class Candidates:
    """Pairs of customer and item, sorted by row, then item.

    Parameters
    ----------
    customers
        int64 (m,): the block.
    row
        int64 (pairs,): position in the block.
    item
        int64 (pairs,).
    scores
        float32 (pairs,) by model: what each says of the pair.
    """

    customers: I64
    row: I64
    item: I64
    scores: Mapping[str, F32]

    @property
    def similar(self) -> Mask:
        """Whether a model that searches speaks for the pair, bool (pairs,)."""
        speaks = np.zeros(self.item.shape, dtype=np.bool_)
        for name in SEARCHED:
            if name in self.scores:
                speaks |= self.scores[name] > 0
        return speaks

    def take(self, mask: Mask) -> "Candidates":
        """Return the pairs of a mask."""
        scores = {name: score[mask] for name, score in self.scores.items()}
        return Candidates(self.customers, self.row[mask], self.item[mask], scores)


def find_candidates(
    state: RecommenderState,
    customers: I64,
    allowed: Mask | Sequence[Mask],
    n: int = 0,
    histories: Histories | None = None,
    widths: Widths = EVERY_GOAL,
) -> Candidates:
    """Find candidates for a block.

    Parameters
    ----------
    customers
        int64 (m,), known customers.
    allowed
        bool (m, n_items), or (1, n_items) for the same in every row: may be offered; or a row's
        mask a customer.
    n
        Places to fill: no search ends before it has found so many.
    histories
        The customers', where they are at hand: what models work out of them is kept there.
    """
    m = customers.size
    histories = state.histories.of(customers) if histories is None else histories
    searched = {k: _spoken(state.models[k], histories) for k in SEARCHED if k in state.models}
    if isinstance(allowed, np.ndarray):
        allowed = np.broadcast_to(allowed, (m, state.n_items))
    items = [
        _found(state, customer, [s[k] for s in searched.values()], allowed[k], n, widths)
        for k, customer in enumerate(customers.tolist())
    ]
    row = np.repeat(np.arange(m), [found.size for found in items])
    item = np.concatenate([_NONE, *items])
    scores = {
        name: _at(searched[name], items) if name in searched else _said(model, histories, row, item)
        for name, model in state.models.items()
    }
    return Candidates(customers, row, item, scores)


def _spoken(model: Scorer, histories: Histories) -> list[Spoken]:
    """Return what a model that searches says of each subject."""
    if speaks(type(model)):
        few = cast("Speaker", model)
        return [few.spoken(histories, row) for row in range(histories.n_subjects)]
    return [SpokenOfAll(scores) for scores in model.score(histories)]


def _at(spoken: list[Spoken], items: list[I64]) -> F32:
    """Return the scores of each row's items, (pairs,)."""
    told = [said.at(item) for said, item in zip(spoken, items, strict=True)]
    return np.concatenate([np.empty(0, dtype=np.float32), *told])


def _found(
    state: RecommenderState,
    customer: int,
    spoken: list[Spoken],
    allowed: Mask,
    n: int,
    widths: Widths,
) -> I64:
    """Return what the searches find for one customer, sorted.

    Parameters
    ----------
    spoken
        What each model that searches says.
    """
    start, end = state.history.pointer[customer : customer + 2].tolist()
    seen, found = state.history.item[start:end], [_NONE]
    if widths.history:
        order = seen[np.argsort(-state.history.strength[start:end], kind="stable")]
        found.append(first_open(order, allowed, max(n, widths.history)))
    if widths.popular:
        found.append(first_open(state.items.by_popularity, allowed, max(n, widths.popular)))
    if widths.searched:
        k = max(n, widths.searched)
        found += [said.best_new(seen, allowed, k) for said in spoken]
    return _distinct(np.concatenate(found))


def _distinct(item: I64) -> I64:
    """Sort and drop what comes again; NumPy's own takes ten times as long for a thousand."""
    item.sort()
    first = np.empty(item.size, dtype=np.bool_)
    first[:1] = True
    np.not_equal(item[1:], item[:-1], out=first[1:])
    return np.asarray(item[first])


def _said(model: Scorer, histories: Histories, row: I64, item: I64) -> F32:
    if scores_pairs(type(model)):
        return cast("PairScorer", model).score_pairs(histories, row, item)
    return model.score(histories)[row, item]
