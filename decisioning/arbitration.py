"""Arbitration for one customer: order by priority, apply the arm, cut the slate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import Situation
from decisioning.arms import CONTROL, RANDOM, action_probability
from decisioning.draws import shuffle_order
from decisioning.policy import DAY, Policy
from decisioning.reasons import CODE, PASSED

Floats = NDArray[np.float64]
Verdicts = NDArray[np.int16]


@dataclass(frozen=True)
class Choice:
    """What arbitration made of the actions that the gates allow; arrays of shape (k,)."""

    verdict: Verdicts
    probability: Floats
    slate: tuple[int, ...]


def choose(
    subject: str,
    arm: str,
    allowed: NDArray[np.bool_],
    is_none: NDArray[np.bool_],
    priority: Floats,
    policy: Policy,
    situation: Situation,
) -> Choice:
    """Arbitrate for one customer: order by priority, apply the arm, cut the slate.

    Ties keep the catalogue's order. An action that is worth less than nothing is never the
    policy's choice; doing nothing is, when nothing better is left. It never pads a slate.

    Parameters
    ----------
    allowed, is_none
        bool (k,): passed every gate; is of kind ``none``.
    priority
        float64 (k,), cents.
    """
    held_back = arm == CONTROL and situation.direction == "outbound"
    gated = np.flatnonzero(allowed & ~is_none & (not held_back))
    worth = gated[priority[gated] > 0]
    best = worth[np.argsort(-priority[worth], kind="stable")][: situation.n]
    nothing = np.flatnonzero(allowed & is_none)[:1]
    chosen = best if best.size else nothing
    slate = chosen
    if arm == RANDOM and gated.size:
        purpose = f"slate|{situation.as_of // DAY}"
        slate = gated[shuffle_order(situation.seed, purpose, subject, gated.size)][: situation.n]
    verdict = np.where(priority > 0, CODE["not_in_slate"], CODE["negative_value"])
    verdict[is_none] = CODE["not_in_slate"]
    if held_back:
        verdict[~is_none] = CODE["control_group"]
    verdict[slate] = PASSED
    # A customer in the control arm is never in the random one, inbound either.
    share = 0.0 if arm == CONTROL else policy.random_share
    probability = _probability(allowed, gated, chosen, situation.n, share)
    return Choice(verdict.astype(np.int16), probability, tuple(int(i) for i in slate))


def _probability(
    allowed: NDArray[np.bool_],
    gated: NDArray[np.int64],
    chosen: NDArray[np.int64],
    n: int,
    random_share: float,
) -> Floats:
    """Return each allowed action's probability of standing in the slate, NaN elsewhere."""
    probability = np.where(allowed, 0.0, np.nan)
    share = random_share if gated.size else 0.0
    probability[chosen] = 1.0 - share
    in_policy = np.isin(gated, chosen)
    probability[gated] = action_probability(gated.size, in_policy, n, share)
    return probability
