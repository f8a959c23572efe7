"""The funnel for items: gates first, then the search for the best among what they allow.

Asked for n, the answer holds n items or all there are: stock, filters and exclusions shape the
search itself, and what popularity has left in stock fills the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from decisioning.because import bought_before
from decisioning.item_beyond import balance_of, depth, trial_of
from decisioning.item_block import Ground, ItemBlock, ItemDecision
from decisioning.item_candidates import down_to, passed, popular, refused_counts
from decisioning.item_cut import SIMILAR, Candidate, Lineup, cut
from decisioning.reasons import PASSED
from decisioning.recommender.candidates import WIDTHS, find_candidates
from decisioning.recommender.histories import Histories
from decisioning.recommender.pairs import LAST_DAYS, ORDERS, pair_features
from decisioning.recommender.state import RecommenderState

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Ranker = Callable[[NDArray[np.float32]], Floats]
"""float32 (pairs, features) to float64 (pairs,): the higher, the better."""

SHORTLIST: Final[Mapping[str, int]] = {"any": 40, "discover": 150, "replenish": 64}
"""Allowed pairs of a customer that a `Shortlister` looks at in full, at least, by goal.

On November 2017 of Complete Journey NDCG@10 of `any` is the same with 30, 40 and 64; of 679 slates
of 10 none of `discover` and `replenish` was another than that from all pairs with 150 and 60; of
`discover` with 60, 15 were.
"""

__all__ = [
    "Ground",
    "ItemBlock",
    "ItemDecision",
    "Ranker",
    "decide_items",
    "decision_of",
    "serves_goal",
]


def decision_of(
    lineup: Lineup,
    ground: Ground,
    verdicts: NDArray[np.int16],
    n: int,
    anchor: I64 | None = None,
) -> ItemDecision:
    """Cut a lineup for one request.

    Parameters
    ----------
    verdicts
        int16 (n_items,).
    anchor
        int64 (n_items,): the item that each one's reason names, -1 for none.
    """
    slate = cut(lineup, n)
    named = {} if anchor is None else {one.item: int(anchor[one.item]) for one in slate}
    return ItemDecision(
        slate=slate,
        dropped=lineup.dropped(),
        personalised=ground.personalised,
        fallback=ground.fallback,
        refused=refused_counts(verdicts),
        lineup=lineup,
        ground=ground,
        anchors={item: told for item, told in named.items() if told >= 0},
    )


def decide_items(
    block: ItemBlock, state: RecommenderState, rankers: Mapping[str, Ranker]
) -> list[ItemDecision]:
    """Decide for every request of the block, each independent of the others."""
    known, pointer = block.customers >= 0, state.history.pointer
    has_history = known.copy()
    customers = block.customers[known]
    has_history[known] = pointer[customers + 1] > pointer[customers]
    personal = known & block.personal & has_history
    rows = np.flatnonzero(personal)
    histories = state.histories.of(block.customers[rows])
    ranked = _rank(block, rows, state, rankers[block.goal], histories)
    decisions = []
    for row in range(block.customers.size):
        ground = Ground(bool(known[row]), bool(block.personal[row]), bool(has_history[row]))
        if ground.personalised:
            own = _named(ranked[row], block.verdicts[row], depth(block))
            fill = _fill(block, row, state, own)
            balance = balance_of(block, row, state, own)
            lineup = Lineup(own, fill, balance, trial_of(block, row, state))
        else:
            fill = ()
            if block.stands_in:
                fill = popular(*_at(block, row, state), frozenset(), block.n)
            lineup = Lineup(popular=fill, trial=trial_of(block, row, state))
        decisions.append(decision_of(lineup, ground, block.verdicts[row], block.n))
    return _explained(decisions, rows, state, histories)


def _explained(
    decisions: Sequence[ItemDecision], rows: I64, state: RecommenderState, histories: Histories
) -> list[ItemDecision]:
    """Name the purchase behind what similar customers put forward, all rows at once.

    ``histories`` are those of ``rows``, which are personal.
    """
    told = [
        (k, one.item)
        for k, row in enumerate(rows.tolist())
        for one in decisions[row].slate
        if one.reason == SIMILAR
    ]
    if not told:
        return list(decisions)
    asked, item = np.array(told, dtype=np.int64).T
    anchor = bought_before(state.models, histories, asked, item).tolist()
    anchors: list[dict[int, int]] = [{} for _ in decisions]
    for row, one, named in zip(rows[asked].tolist(), item.tolist(), anchor, strict=True):
        if named >= 0:
            anchors[row][one] = named
    return [replace(d, anchors=a) for d, a in zip(decisions, anchors, strict=True)]


_Best = Callable[[NDArray[np.float32], Mask, int], tuple[I64, Floats]]


class Shortlister(Protocol):
    """A ranker that finds the best of many for less than the scores of all."""

    def best(self, features: NDArray[np.float32], counted: Mask, k: int) -> tuple[I64, Floats]:
        """Score the pairs among which the k best of those counted are.

        Parameters
        ----------
        features
            float32 (pairs, features), of one customer.
        counted
            bool (pairs,).

        Returns
        -------
        Positions of the pairs scored, int64, rising, and their scores, float64.
        """
        ...


@dataclass(frozen=True)
class _Ranking:
    """One customer's candidates, best first, refused ones included; arrays of one length."""

    item: I64
    score: Floats
    orders: NDArray[np.float32]
    last_days: NDArray[np.float32]
    similar: Mask

    def candidates(self, places: I64, verdict: NDArray[np.int16]) -> tuple[Candidate, ...]:
        """Return those at some places, with what the gates say of them."""
        told = zip(
            self.item[places].tolist(),
            self.score[places].tolist(),
            verdict[places].tolist(),
            self.orders[places].astype(np.int64).tolist(),
            self.last_days[places].tolist(),
            self.similar[places].tolist(),
            strict=True,
        )
        return tuple(
            Candidate(item, score, code, bought, last if bought else None, similar)
            for item, score, code, bought, last, similar in told
        )


def _rank(
    block: ItemBlock, rows: I64, state: RecommenderState, ranker: Ranker, histories: Histories
) -> dict[int, _Ranking]:
    """Rank the candidates of the rows that may be personalised."""
    if rows.size == 0:
        return {}
    allowed = [passed(block.verdicts[row]) for row in rows.tolist()]
    customers, n = block.customers[rows], depth(block)
    widths = WIDTHS[block.goal]
    candidates = find_candidates(state, customers, allowed, n, histories, widths)
    features, similar = pair_features(state, candidates), candidates.similar
    bounds = np.searchsorted(candidates.row, np.arange(rows.size + 1)).tolist()
    ranked = {}
    for k, row in enumerate(rows.tolist()):
        part = slice(bounds[k], bounds[k + 1])
        item, mine = candidates.item[part], features[part]
        place, score = _ranking(mine, block.goal, ranker, allowed[k].take(item), n)
        orders, last = mine[:, ORDERS].take(place), mine[:, LAST_DAYS].take(place)
        ranked[row] = _Ranking(item[place], score, orders, last, similar[part].take(place))
    return ranked


def _ranking(
    features: NDArray[np.float32], goal: str, ranker: Ranker, counted: Mask, n: int
) -> tuple[I64, Floats]:
    """Put what one customer's search found in order, equal ones by item.

    Parameters
    ----------
    features
        float32 (pairs, features), the items rising.
    counted
        bool (pairs,): what the gates let pass.

    Returns
    -------
    Positions of what serves the goal, and scores; the best first.
    """
    place = np.flatnonzero(serves_goal(features, goal))
    if place.size < features.shape[0]:
        # A column's values stay side by side.
        features, counted = features.T.take(place, axis=1).T, counted[place]
    score = np.empty(0)
    # Asked by name: to ask whether it is a `Shortlister` takes microseconds.
    best: _Best | None = getattr(ranker, "best", None)
    if place.size and best is not None:
        kept, score = best(features, counted, max(3 * n, SHORTLIST[goal]))
        place = place[kept]
    elif place.size:
        score = ranker(features)
    # The items rise: a stable sort leaves equal ones in their order.
    order = np.argsort(-score, kind="stable")
    return place[order], score[order]


def serves_goal(features: NDArray[np.float32], goal: str) -> NDArray[np.bool_]:
    """Tell which pairs serve a goal: bool (pairs,)."""
    bought = features[:, ORDERS] > 0
    if goal == "any":
        return np.ones(bought.shape, dtype=np.bool_)
    return bought if goal == "replenish" else ~bought


def _named(ranking: _Ranking, verdicts: NDArray[np.int16], n: int) -> tuple[Candidate, ...]:
    """Return the n best allowed items and the refused ones that stood above the last of them."""
    verdict = verdicts[ranking.item]
    return ranking.candidates(down_to(verdict, n), verdict)


def _fill(
    block: ItemBlock, row: int, state: RecommenderState, own: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """Return what popularity adds to a short slate; a replenish slate has nothing to add."""
    taken = {c.item for c in own if c.verdict == PASSED}
    missing = block.n - len(taken)
    if missing == 0 or block.goal == "replenish":
        return ()
    if block.goal == "discover":
        customer = block.customers[row : row + 1]
        taken |= set(state.history.item[state.history_rows(customer)[1]].tolist())
    found = popular(*_at(block, row, state), frozenset(taken), missing)
    return tuple(c for c in found if c.verdict == PASSED)


def _at(
    block: ItemBlock, row: int, state: RecommenderState
) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Return the popularity and the verdicts of every item for one request."""
    return state.items.popularity_at[block.locations[row]], block.verdicts[row]
