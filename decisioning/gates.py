"""The gates for actions, in the order of ``reasons.STAGES``: the first refusal stands."""

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.compiled import Catalogue
from decisioning.conditions import evaluate
from decisioning.consent import consent_gate
from decisioning.contact import contact_gate, journey_gate
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED

Verdicts = NDArray[np.int16]


def gate(
    block: ActionBlock, catalogue: Catalogue, policy: Policy, situation: Situation
) -> Verdicts:
    """Run the gates in order; the first refusal stands. Returns int16 (m, k)."""
    at, channel, direction = situation.as_of, situation.channel, situation.direction
    purposes = [a.purpose for a in catalogue]
    m = len(block.subjects)
    stages = (
        # Somebody unknown can still be left in peace.
        np.where(block.known[:, None] | catalogue.is_none, PASSED, CODE["unknown_subject"]),
        _active(catalogue, at),
        _eligibility(block, catalogue, channel),
        consent_gate(block.consents, purposes, channel, direction, at),
        _stock(block, catalogue),
        journey_gate(block.columns, m, catalogue, policy.journeys),
        contact_gate(block.contacts, catalogue, channel, direction, policy, at, block.utc_offset_s),
    )
    verdicts = np.full((m, len(catalogue)), PASSED, dtype=np.int16)
    for stage in stages:
        np.copyto(verdicts, stage, where=verdicts == PASSED, casting="same_kind")
    return verdicts


def _active(catalogue: Catalogue, as_of: int) -> Verdicts:
    active = [
        (a.valid_from is None or a.valid_from <= as_of)
        and (a.valid_until is None or as_of < a.valid_until)
        for a in catalogue
    ]
    return np.where(active, PASSED, CODE["not_active"]).astype(np.int16)


def _eligibility(block: ActionBlock, catalogue: Catalogue, channel: str) -> Verdicts:
    m = len(block.subjects)
    verdicts = np.full((m, len(catalogue)), PASSED, dtype=np.int16)
    for k, action in enumerate(catalogue):
        if channel not in action.channels:
            verdicts[:, k] = CODE["channel_not_supported"]
        elif action.eligible_when is not None:
            truth = evaluate(action.eligible_when, block.columns, m)
            refused = np.where(np.isnan(truth), CODE["condition_unknown"], CODE["condition_false"])
            verdicts[:, k] = np.where(truth == 1, PASSED, refused)
    return verdicts


def _stock(block: ActionBlock, catalogue: Catalogue) -> Verdicts:
    verdicts = np.full((len(block.subjects), len(catalogue)), PASSED, dtype=np.int16)
    for k, action in enumerate(catalogue):
        if action.items:
            verdicts[~block.sellable[action.items], k] = CODE["no_sellable_item"]
    return verdicts
