"""The funnel for actions: customers x actions in, decisions out, every drop with its reason.

Read it top to bottom: `decide_actions` runs the gates, scores what is left, and arbitrates, which
explores, applies the arms and cuts the slate.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.arbitration import Choice, choose
from decisioning.arms import assign_arms
from decisioning.catalogue import Action
from decisioning.compiled import Catalogue
from decisioning.contact import contact_room
from decisioning.decisions import ActionDecision, Decisions, joined
from decisioning.gates import gate
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED
from decisioning.scoring import Tolls, score
from decisioning.slates import holds

__all__ = ["ActionDecision", "Decisions", "decide_actions"]

Mask = NDArray[np.bool_]
_AT_ONCE: Final = 2_048
"""Customers worked on at once: their arrays stay in a processor's cache."""


def decide_actions(
    block: ActionBlock,
    actions: Sequence[Action],
    policy: Policy,
    situation: Situation,
    tolls: Tolls | None = None,
) -> Decisions:
    """Decide for every customer of the block.

    Parameters
    ----------
    actions
        The catalogue, length k; pass a `Catalogue` to have its columns worked out once only.
    tolls
        Prices of the budgets that a batch has to keep, see `decisioning.batches`.

    Returns
    -------
    The decisions in the order of the block. What is decided for a customer depends on nobody
    else in it, nor on the order of customers or actions.
    """
    catalogue = Catalogue.of(actions)
    m = len(block.subjects)
    if m <= _AT_ONCE:
        return _decide(block, catalogue, policy, situation, tolls)
    parts = [
        _decide(block.rows(start, min(start + _AT_ONCE, m)), catalogue, policy, situation, tolls)
        for start in range(0, m, _AT_ONCE)
    ]
    return joined(parts, block)


def _decide(
    block: ActionBlock,
    catalogue: Catalogue,
    policy: Policy,
    situation: Situation,
    tolls: Tolls | None,
) -> Decisions:
    verdict = gate(block, catalogue, policy, situation)
    allowed = verdict == PASSED
    terms = score(block, catalogue, policy, situation.channel)
    arm = assign_arms(block.keys, policy, situation.seed, situation.as_of)
    room = slate_room(block, catalogue, policy, situation, allowed)
    toll = None if tolls is None else tolls.on(terms, catalogue)
    choice = choose(block, arm, allowed, room, terms, catalogue, policy, situation, toll)
    _mark_dropped(verdict, allowed, terms.priority > 0, choice, catalogue)
    made = (arm, verdict, terms, choice.drawn, choice.probability, choice.slate)
    return Decisions(block, catalogue, *made)


def slate_room(
    block: ActionBlock,
    catalogue: Catalogue,
    policy: Policy,
    situation: Situation,
    allowed: Mask,
) -> NDArray[np.int64]:
    """Return how long each slate may be: outbound, each of its actions is a contact, int64 (m,)."""
    if situation.direction != "outbound":
        return np.full(len(block.subjects), situation.n)
    return contact_room(
        block.contacts, catalogue, allowed, situation.channel, policy, situation.n, situation.as_of
    )


def _mark_dropped(
    verdict: NDArray[np.int16], allowed: Mask, pays: Mask, choice: Choice, catalogue: Catalogue
) -> None:
    """Write why each allowed candidate does not stand in the slate."""
    reason = np.where(pays | catalogue.is_none, CODE["not_in_slate"], CODE["negative_value"])
    reason[choice.held_back[:, None] & ~catalogue.is_none] = CODE["control_group"]
    dropped = allowed & ~holds(choice.slate, len(catalogue))
    np.copyto(verdict, reason, where=dropped, casting="same_kind")
