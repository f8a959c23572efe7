"""What the policy arm chooses: the best expected slate, or the best of a draw of posteriors."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.compiled import Catalogue
from decisioning.draws import U64
from decisioning.policy import DAY, Policy
from decisioning.pricing import shifted
from decisioning.scoring import Terms, responses, uplift_deviations
from decisioning.slates import NOBODY, best_slates, holds
from decisioning.thompson import (
    REPLICATES,
    beta_draws,
    normal_draws,
    picked_replicate,
    replicate_keys,
)

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

_CELLS: Final = 250_000
"""Candidates x replicates worked on at once: what fits a processor's cache."""


@dataclass(frozen=True)
class Pool:
    """What m customers may be given.

    Parameters
    ----------
    keys
        uint64 (m,): of the subjects.
    in_play
        bool (m, k): actions that may be chosen, doing nothing left out.
    nothing
        int64 (m,): position of doing nothing, `NOBODY` where not even that is allowed.
    room
        int64 (m,): how many contacts the caps have room for.
    toll
        float64 (m, k), cents: what a budget's price takes off each priority; None for nothing.
    """

    keys: U64
    in_play: Mask
    nothing: I64
    room: I64
    toll: Floats | None = None

    def take(self, rows: I64 | slice) -> "Pool":
        """Return some of the customers."""
        toll = None if self.toll is None else self.toll[rows]
        return Pool(self.keys[rows], self.in_play[rows], self.nothing[rows], self.room[rows], toll)


def policy_slates(
    worth: Floats, pool: Pool, catalogue: Catalogue, policy: Policy, n: int, replicates: int = 1
) -> I64:
    """Return the best slate of each row, doing nothing where nothing is worth more than 0.

    Parameters
    ----------
    worth
        float64 (m x replicates, k), cents; -inf for what is not in play.

    Returns
    -------
    int64 (m x replicates, n), positions in the catalogue, `NOBODY` where a slate ends.
    """
    order = catalogue.by_id
    return _slates(worth[:, order], order, pool, catalogue, policy, n, replicates)


def _slates(
    worth: Floats,
    order: I64,
    pool: Pool,
    catalogue: Catalogue,
    policy: Policy,
    n: int,
    replicates: int,
) -> I64:
    """Return the best slates of some actions, int64 (c,) positions in the order of action_id."""
    if pool.toll is not None:
        worth = worth - np.repeat(pool.toll[:, order], replicates, axis=0)
    room = np.repeat(pool.room, replicates)
    found = best_slates(worth, room, n, catalogue.kind[order], policy.max_per_kind)
    # One more place at the end, for -1: where a slate ends.
    slates = np.append(order, NOBODY)[found]
    empty = slates[:, 0] == NOBODY
    slates[empty, 0] = np.repeat(pool.nothing, replicates)[empty]
    return slates


def explore(
    pool: Pool,
    block: ActionBlock,
    terms: Terms,
    catalogue: Catalogue,
    policy: Policy,
    situation: Situation,
) -> tuple[Floats, I64, Floats]:
    """Thompson sampling; see `decisioning.thompson`.

    Returns
    -------
    The priorities of the replicate that decided, float64 (m, k), NaN where not in play; its
    slates, int64 (m, n); each candidate's probability to stand in the slate, float64 (m, k).
    """
    m, k = pool.in_play.shape
    drawn, probability = np.full((m, k), np.nan), np.zeros((m, k))
    slates = np.full((m, situation.n), NOBODY)
    (strength,) = responses(block, catalogue, "strength")
    deviation = uplift_deviations(block, catalogue)
    step = max(1, _CELLS // (k * REPLICATES))
    for start in range(0, m, step):
        part = slice(start, min(start + step, m))
        some = pool.take(part)
        known = Spread(strength[part], deviation[part])
        # What nobody may get takes no part.
        order = catalogue.by_id[np.any(some.in_play[:, catalogue.by_id], axis=0)]
        worth = _replicates(some, order, part, known, terms, catalogue, situation)
        flat = worth.reshape(worth.shape[0] * REPLICATES, order.size)
        found = _slates(flat, order, some, catalogue, policy, situation.n, REPLICATES)
        held = holds(found, k).reshape(-1, REPLICATES, k)
        probability[part] = held.sum(axis=1) / REPLICATES
        rows = np.arange(held.shape[0])
        picked = picked_replicate(situation.seed, situation.as_of // DAY, some.keys)
        slates[part] = found.reshape(-1, REPLICATES, situation.n)[rows, picked]
        told = np.where(some.in_play[:, order], worth[rows, picked], np.nan)
        drawn[part, order] = told
    return drawn, slates, probability


@dataclass(frozen=True)
class Spread:
    """How wide the posteriors are: strength of the propensities, deviation of the uplifts."""

    strength: Floats
    deviation: Floats


def _replicates(
    pool: Pool,
    order: I64,
    part: slice,
    spread: Spread,
    terms: Terms,
    catalogue: Catalogue,
    situation: Situation,
) -> Floats:
    """Priorities in every replicate, float64 (m, REPLICATES, c); -inf where not in play.

    Where control data exist the uplift is drawn, else the propensity. The discount stays the
    one that the expected margin chose: a price is not drawn by lot.

    Parameters
    ----------
    order
        int64 (c,): positions of the actions that anybody may get.
    """
    row, at = np.nonzero(pool.in_play[:, order])
    k = order[at]
    keys = replicate_keys(situation.seed, situation.as_of // DAY, pool.keys[row], catalogue.keys[k])
    response = terms.response[part][row, k]
    uplift, deviation = terms.uplift[part][row, k], spread.deviation[row, k]
    shown, base = _drawn(response, spread.strength[row, k], uplift, deviation, keys)
    shown = _at_odds(shown, terms.prices.odds[part][row, k])
    discount = terms.prices.discount[part][row, k]
    gain = (shown - base) * terms.value[k][:, None]
    gain -= shown * (discount * catalogue.price[k])[:, None] + catalogue.cost[k][:, None]
    gain *= (terms.context_weight * terms.lever)[k][:, None]
    worth = np.full((pool.room.size, REPLICATES, order.size), -np.inf)
    worth[row, :, at] = gain
    return worth


def _drawn(
    response: Floats, strength: Floats, uplift: Floats, deviation: Floats, keys: U64
) -> tuple[Floats, Floats]:
    """Draw P(response | shown) and P(response | not shown) of c candidates, float64 (c, r) each."""
    known = ~np.isnan(uplift)
    if not known.any():
        return beta_draws(response, strength, keys), np.zeros(keys.shape)
    shown = np.repeat(response[:, None], keys.shape[1], axis=1)
    base = np.zeros_like(shown)
    base[known] = shown[known] - normal_draws(uplift[known], deviation[known], keys[known])
    shown[~known] = beta_draws(response[~known], strength[~known], keys[~known])
    return shown, base


def _at_odds(shown: Floats, odds: Floats) -> Floats:
    """Return draws (c, r) at the odds of their candidates' prices (c,), see `shifted`."""
    moved = np.flatnonzero(odds != 1.0)
    if moved.size:
        shown[moved] = shifted(shown[moved], odds[moved][:, None])
    return shown
