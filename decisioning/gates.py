"""The gates for actions, in the order of ``reasons.STAGES``: the first refusal stands."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.catalogue import Action
from decisioning.conditions import evaluate
from decisioning.consent import consent_gate
from decisioning.contact import contact_gate
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED

Verdicts = NDArray[np.int16]


def gate(
    block: ActionBlock, actions: Sequence[Action], policy: Policy, situation: Situation
) -> Verdicts:
    """Run the gates in order; the first refusal stands. Returns int16 (m, k)."""
    shape = (len(block.subjects), len(actions))
    is_none = np.array([a.kind == "none" for a in actions])
    stages = (
        # Somebody unknown can still be left in peace.
        np.where(block.known[:, None] | is_none, PASSED, CODE["unknown_subject"]),
        _active(actions, situation.as_of)[None, :],
        _eligibility(block, actions, situation.channel),
        consent_gate(
            block.consents,
            [a.purpose for a in actions],
            situation.channel,
            situation.direction,
            situation.as_of,
        ),
        _stock(block, actions),
        contact_gate(
            block.contacts,
            actions,
            situation.channel,
            situation.direction,
            policy,
            situation.as_of,
            situation.utc_offset_s,
        ),
    )
    verdicts = np.full(shape, PASSED, dtype=np.int16)
    for stage in stages:
        verdicts = np.where(verdicts == PASSED, np.broadcast_to(stage, shape), verdicts)
    return verdicts


def _active(actions: Sequence[Action], as_of: int) -> Verdicts:
    active = [
        (a.valid_from is None or a.valid_from <= as_of)
        and (a.valid_until is None or as_of < a.valid_until)
        for a in actions
    ]
    return np.where(active, PASSED, CODE["not_active"]).astype(np.int16)


def _eligibility(block: ActionBlock, actions: Sequence[Action], channel: str) -> Verdicts:
    m = len(block.subjects)
    verdicts = np.full((m, len(actions)), PASSED, dtype=np.int16)
    for k, action in enumerate(actions):
        if channel not in action.channels:
            verdicts[:, k] = CODE["channel_not_supported"]
        elif action.eligible_when is not None:
            truth = evaluate(action.eligible_when, block.columns, m)
            verdicts[truth == 0, k] = CODE["condition_false"]
            verdicts[np.isnan(truth), k] = CODE["condition_unknown"]
    return verdicts


def _stock(block: ActionBlock, actions: Sequence[Action]) -> Verdicts:
    verdicts = np.full((len(block.subjects), len(actions)), PASSED, dtype=np.int16)
    for k, action in enumerate(actions):
        if action.items:
            verdicts[~block.sellable[action.items], k] = CODE["no_sellable_item"]
    return verdicts
