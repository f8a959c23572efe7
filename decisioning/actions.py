"""The funnel for actions: customers x actions in, decisions out, every drop with its reason.

Read it top to bottom: `decide_actions` runs the gates, scores what is left, arbitrates, applies the
arms, and cuts the slate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.arbitration import choose
from decisioning.arms import assign_arms
from decisioning.catalogue import Action
from decisioning.contact import Contact, contact_room
from decisioning.gates import gate
from decisioning.policy import Policy
from decisioning.reasons import PASSED
from decisioning.scoring import context_weights, priorities, propensities

Floats = NDArray[np.float64]
Verdicts = NDArray[np.int16]


@dataclass(frozen=True)
class ActionDecision:
    """The decision for one customer over all k actions of the catalogue.

    Parameters
    ----------
    arm
        ``policy``, ``control`` or ``random``.
    verdict
        int16 (k,), positions in ``REASONS``.
    propensity, low, high, context_weight, priority, probability
        float64 (k,); NaN where the action did not get so far.
    slate
        Positions of the chosen actions, best first.
    """

    arm: str
    verdict: Verdicts
    propensity: Floats
    low: Floats
    high: Floats
    context_weight: Floats
    priority: Floats
    probability: Floats
    slate: tuple[int, ...]


def decide_actions(
    block: ActionBlock, actions: Sequence[Action], policy: Policy, situation: Situation
) -> list[ActionDecision]:
    """Decide for every customer of the block.

    Parameters
    ----------
    actions
        The catalogue, length k, its order breaking ties.

    Returns
    -------
    One decision a customer, in the order of the block, independent of its size.
    """
    verdicts = gate(block, actions, policy, situation)
    propensity = propensities(block, actions)
    weights = context_weights(actions, policy, situation.channel)
    priority = priorities(propensity.mean, actions, weights)
    arms = assign_arms(block.subjects, policy, situation.seed, situation.as_of)
    is_none = np.array([a.kind == "none" for a in actions])
    decisions = []
    for row, subject in enumerate(block.subjects):
        allowed = verdicts[row] == PASSED
        here = _within_caps(situation, block.contacts[row], actions, allowed, policy)
        choice = choose(subject, arms[row], allowed, is_none, priority[row], policy, here)
        terms = (propensity.mean, propensity.low, propensity.high, priority)
        mean, low, high, worth = (np.where(allowed, term[row], np.nan) for term in terms)
        shown_weights = np.where(allowed, weights, np.nan)
        verdict = np.where(allowed, choice.verdict, verdicts[row])
        decisions.append(
            ActionDecision(
                arms[row],
                verdict,
                mean,
                low,
                high,
                shown_weights,
                worth,
                choice.probability,
                choice.slate,
            )
        )
    return decisions


def _within_caps(
    situation: Situation,
    ledger: Sequence[Contact],
    actions: Sequence[Action],
    allowed: NDArray[np.bool_],
    policy: Policy,
) -> Situation:
    """Shorten an outbound slate to what the caps leave: each of its actions is a contact."""
    if situation.direction != "outbound":
        return situation
    offered = [action for action, ok in zip(actions, allowed, strict=True) if ok]
    room = contact_room(ledger, offered, situation.channel, situation.n, policy, situation.as_of)
    return replace(situation, n=room)
