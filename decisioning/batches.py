"""A batch of decisions within budgets: wishes first, then who gets what, then the decisions.

1. Everybody is decided as if there were no budget: the *wishes*.
2. The random arm's wishes are kept, the smaller keys first where a capacity cannot bear them all;
   what is left goes to the policy arm by `decisioning.assignment`.
3. Everybody is decided again, each action paying the shadow price of what it uses; what the
   assignment changed for close calls is then put in place.

Step 3 looks at stores as they are then, so a consent withdrawn between the steps binds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import Situation
from decisioning.actions import slate_room
from decisioning.arbitration import doing_nothing, with_random_arm
from decisioning.arms import CONTROL, RANDOM
from decisioning.assignment import Assignment, Candidates, Capacities, assign
from decisioning.compiled import Catalogue
from decisioning.decisions import Decisions
from decisioning.draws import U64
from decisioning.exploration import Pool
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED
from decisioning.scoring import Tolls, expected_spend
from decisioning.slates import NOBODY, best_slates, holds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Wishes:
    """What m customers would get if there were no budget.

    Parameters
    ----------
    keys
        uint64 (m,).
    randomised
        bool (m,): in the random arm.
    room
        int64 (m,): how many contacts the slate and the caps have room for.
    worth
        float64 (m, k), cents: the priority that decides, which exploration draws; NaN where not
        in play.
    expected
        float64 (m, k), cents: the expected priority.
    spend
        float64 (m, k), cents: contact cost and expected discount.
    held
        bool (m, k): stands in the slate, doing nothing left out.
    """

    keys: U64
    randomised: Flags
    room: Ints
    worth: Floats
    expected: Floats
    spend: Floats
    held: Flags

    @classmethod
    def of(cls, decisions: Decisions, policy: Policy, situation: Situation) -> "Wishes":
        """Read the wishes out of decisions that were taken without prices."""
        catalogue, block = decisions.catalogue, decisions.block
        held = holds(decisions.slate, len(catalogue)) & ~catalogue.is_none
        return cls(
            keys=block.keys,
            randomised=decisions.arm == RANDOM,
            room=slate_room(block, catalogue, policy, situation, decisions.allowed),
            worth=decisions.drawn,
            expected=decisions.terms.priority,
            spend=expected_spend(decisions.terms, catalogue),
            held=held,
        )

    @classmethod
    def joined(cls, parts: "Sequence[Wishes]") -> "Wishes":
        """Join the wishes of blocks, in their order."""
        return cls(
            *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls))
        )


@dataclass(frozen=True)
class Shares:
    """Who gets what within the budgets.

    Parameters
    ----------
    chosen
        bool (m, k), both arms.
    tolls
        What each action pays at the shadow prices.
    policy_arm
        The assignment of the policy arm, within what the random arm left.
    expected
        Cents: what it is expected to add. Its total counts what exploration drew, which is more.
    used
        float64 (r,): of each capacity, by both arms.
    refused
        How many customers of the random arm the capacities could not bear.
    """

    chosen: Flags
    tolls: Tolls
    policy_arm: Assignment
    expected: float
    used: Floats
    refused: int


def share_out(wishes: Wishes, limits: Capacities, catalogue: Catalogue, policy: Policy) -> Shares:
    """Choose who gets what: the random arm first, then the most worth for the policy arm."""
    at_random, used, refused = _random_arm(wishes, limits)
    left = replace(limits, limit=np.maximum(limits.limit - used, 0.0))
    candidates = Candidates(
        worth=wishes.worth,
        allowed=~np.isnan(wishes.worth) & ~wishes.randomised[:, None],
        spend=wishes.spend,
        room=wishes.room,
        keys=wishes.keys,
    )
    found = assign(candidates, left, catalogue, policy.max_per_kind)
    a_contact = np.where(limits.in_money, 0.0, found.prices) @ limits.members
    a_cent = np.where(limits.in_money, found.prices, 0.0) @ limits.members
    return Shares(
        chosen=found.chosen | at_random,
        tolls=Tolls(a_contact, a_cent),
        policy_arm=found,
        expected=math.fsum(wishes.expected[found.chosen]),
        used=used + found.used,
        refused=refused,
    )


def _random_arm(wishes: Wishes, limits: Capacities) -> tuple[Flags, Floats, int]:
    """Keep the random arm's slates in the order of keys while each capacity bears them."""
    kept = np.zeros_like(wishes.held)
    used, refused = np.zeros(limits.limit.size), 0
    rows = np.flatnonzero(wishes.randomised & wishes.held.any(axis=1))
    for row in rows[np.argsort(wishes.keys[rows], kind="stable")]:
        slate = wishes.held[row]
        unit = np.where(limits.in_money[:, None], wishes.spend[row], 1.0)
        after = used + (limits.members * unit)[:, slate].sum(axis=1)
        if (after > limits.limit).any():
            refused += 1
            continue
        used, kept[row] = after, slate
    return kept, used, refused


def keep_within(
    priced: Decisions, chosen: Flags, wished: Flags, policy: Policy, situation: Situation
) -> Decisions:
    """Put what the assignment chose in the place of what the prices alone suggest.

    Parameters
    ----------
    priced
        Decisions taken at the tolls of `Shares`.
    chosen, wished
        bool (m, k): of `Shares` and `Wishes`, for these customers.

    Returns
    -------
    The decisions with these slates. An action that was wished for and is not chosen has the
    verdict ``budget_spent``. Probabilities hold at the shadow prices; where the assignment put
    another slate than they suggest, a close call, the policy arm's choice counts as certain. So
    does what is left to a customer of the random arm whose draw the budgets could not bear.
    """
    catalogue, k = priced.catalogue, len(priced.catalogue)
    pool, suggested = _pool(priced, policy, situation), holds(priced.slate, k)
    slate = _slates(priced, chosen & priced.allowed, pool)
    moved = (holds(slate, k) != suggested).any(axis=1)
    slate = np.where(moved[:, None], slate, priced.slate)
    held = np.where(moved[:, None], holds(slate, k), suggested)
    is_policy = (priced.arm != CONTROL) & (priced.arm != RANDOM)
    share = np.where(is_policy, policy.random_share, 0.0)
    certain = with_random_arm(held.astype(np.float64), pool, share)
    probability = np.where(moved[:, None] & priced.allowed, certain, priced.probability)
    verdict = priced.verdict.copy()
    verdict[priced.allowed & (verdict == PASSED)] = CODE["not_in_slate"]
    verdict[priced.allowed & wished & ~held & ~catalogue.is_none] = CODE["budget_spent"]
    verdict[held] = PASSED
    return replace(priced, verdict=verdict, probability=probability, slate=slate)


def _slates(priced: Decisions, chosen: Flags, pool: Pool) -> Ints:
    """Return what is chosen by the priority that decided, best first; doing nothing where empty."""
    order = priced.catalogue.by_id
    worth = np.where(chosen, priced.drawn, -np.inf)[:, order]
    kinds, n = priced.catalogue.kind[order], priced.slate.shape[1]
    # The random arm takes what is worth less than nothing too.
    found = best_slates(worth, pool.room, n, kinds, max_per_kind=0, least=-np.inf)
    slate = np.where(found == NOBODY, NOBODY, order[found])
    slate[:, 0] = np.where(slate[:, 0] == NOBODY, pool.nothing, slate[:, 0])
    return slate


def _pool(priced: Decisions, policy: Policy, situation: Situation) -> Pool:
    catalogue = priced.catalogue
    held_back = (priced.arm == CONTROL) & (situation.direction == "outbound")
    return Pool(
        keys=priced.block.keys,
        in_play=priced.allowed & ~catalogue.is_none & ~held_back[:, None],
        nothing=doing_nothing(priced.allowed, catalogue),
        room=slate_room(priced.block, catalogue, policy, situation, priced.allowed),
    )
