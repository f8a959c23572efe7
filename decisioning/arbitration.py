"""Arbitration: order by priority, explore, apply the arm, cut the slate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.arms import CONTROL, RANDOM
from decisioning.compiled import Catalogue
from decisioning.draws import draws, mixed
from decisioning.exploration import Pool, explore, policy_slates
from decisioning.policy import DAY, Policy
from decisioning.scoring import Terms
from decisioning.slates import NOBODY, holds, random_slates

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Choice:
    """What arbitration made of the candidates that the gates allow.

    Parameters
    ----------
    drawn
        float64 (m, k), cents: the priority that decided, before the random arm; NaN where a
        candidate was not in play.
    probability
        float64 (m, k): that a candidate stands in the slate; NaN where it was not allowed.
    slate
        int64 (m, n): positions in the catalogue, best first, `NOBODY` where it ends.
    held_back
        bool (m,): the customer is in the control group, and this would be a contact.
    """

    drawn: Floats
    probability: Floats
    slate: I64
    held_back: Mask


def choose(
    block: ActionBlock,
    arm: NDArray[np.int8],
    allowed: Mask,
    room: I64,
    terms: Terms,
    catalogue: Catalogue,
    policy: Policy,
    situation: Situation,
    toll: Floats | None = None,
) -> Choice:
    """Arbitrate for m customers.

    Ties keep the order of action_id. An action that is worth less than nothing is never the
    policy's choice; doing nothing is, when nothing better is left. It never pads a slate.

    Parameters
    ----------
    arm
        int8 (m,): positions in ``ARMS``.
    allowed
        bool (m, k): passed every gate.
    room
        int64 (m,): how many contacts the caps have room for.
    toll
        float64 (m, k), cents: what a budget's price takes off each priority before the slate is
        cut. The random arm pays none.
    """
    held_back = (arm == CONTROL) & (situation.direction == "outbound")
    in_play = allowed & ~catalogue.is_none & ~held_back[:, None]
    pool = Pool(block.keys, in_play, doing_nothing(allowed, catalogue), room, toll)
    if policy.exploration == "thompson":
        drawn, slate, probability = explore(pool, block, terms, catalogue, policy, situation)
    else:
        drawn = np.where(in_play, terms.priority, np.nan)
        worth = np.where(in_play, terms.priority, -np.inf)
        slate = policy_slates(worth, pool, catalogue, policy, situation.n)
        probability = holds(slate, len(catalogue)).astype(np.float64)
    # A customer in the control group is never in the random arm, inbound either.
    share = np.where(arm == CONTROL, 0.0, policy.random_share)
    probability = with_random_arm(probability, pool, share)
    randomised = np.flatnonzero(arm == RANDOM)
    if randomised.size:
        slate[randomised] = _at_random(pool.take(randomised), catalogue, situation)
    return Choice(drawn, np.where(allowed, probability, np.nan), slate, held_back)


def doing_nothing(allowed: Mask, catalogue: Catalogue) -> I64:
    """Return the position of doing nothing for each customer, int64 (m,), `NOBODY` if refused."""
    columns = catalogue.nothing
    if columns.size == 0:
        return np.full(allowed.shape[0], NOBODY)
    open_ = allowed[:, columns]
    return np.where(open_.any(axis=1), columns[open_.argmax(axis=1)], NOBODY)


def with_random_arm(probability: Floats, pool: Pool, share: Floats) -> Floats:
    """Mix the policy's probabilities with those of the random arm: exact, see `random_slates`."""
    rows = np.flatnonzero(pool.nothing != NOBODY)
    actions = pool.in_play.sum(axis=1)
    candidates = actions + (pool.nothing != NOBODY)
    uniform_share = np.minimum(1.0, pool.room / np.maximum(candidates, 1))
    alone = (pool.room == 1) | (actions == 0)
    nothing_alone = np.where(alone, 1.0 / np.maximum(candidates, 1), 0.0)
    mixture = probability * (1.0 - share)[:, None]
    mixture += pool.in_play * (share * uniform_share)[:, None]
    mixture[rows, pool.nothing[rows]] += (share * nothing_alone)[rows]
    return np.asarray(mixture)


def _at_random(pool: Pool, catalogue: Catalogue, situation: Situation) -> I64:
    pairs = mixed(pool.keys[:, None], catalogue.keys[None, :])
    scores = draws(situation.seed, f"slate|{situation.as_of // DAY}", pairs)
    candidates = pool.in_play.copy()
    rows = np.flatnonzero(pool.nothing != NOBODY)
    candidates[rows, pool.nothing[rows]] = True
    order = catalogue.by_id  # equal scores, should they ever meet, keep the order of ids
    place = np.argsort(order)
    nothing = np.where(pool.nothing == NOBODY, NOBODY, place[pool.nothing])
    slates = random_slates(scores[:, order], candidates[:, order], nothing, pool.room, situation.n)
    return np.where(slates == NOBODY, NOBODY, order[slates])
