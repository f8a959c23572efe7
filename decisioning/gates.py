"""The gates for actions, in the order of ``reasons.STAGES``: the first refusal stands."""

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.compiled import Catalogue
from decisioning.consent import consent_gate
from decisioning.contact import contact_gate, journey_gate
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED

Verdicts = NDArray[np.int16]
Mask = NDArray[np.bool_]


def gate(
    block: ActionBlock, catalogue: Catalogue, policy: Policy, situation: Situation
) -> Verdicts:
    """Run the gates in order; the first refusal stands. Returns int16 (m, k)."""
    at, channel, direction = situation.as_of, situation.channel, situation.direction
    m = len(block.subjects)
    stages = (
        # Somebody unknown can still be left in peace.
        np.where(block.known[:, None] | catalogue.is_none, PASSED, CODE["unknown_subject"]),
        _active(catalogue, at),
        _eligibility(block, catalogue, channel),
        consent_gate(block.consents, catalogue, channel, direction, at),
        _stock(block, catalogue),
        journey_gate(block.columns, m, catalogue, policy.journeys),
        contact_gate(block.contacts, catalogue, channel, direction, policy, at, block.utc_offset_s),
    )
    verdicts = np.zeros((m, len(catalogue)), dtype=np.int16)
    for stage in stages:
        if stage.any():
            np.copyto(verdicts, stage, where=verdicts == PASSED, casting="same_kind")
    return verdicts


def _active(catalogue: Catalogue, as_of: int) -> Verdicts:
    starts, ends = catalogue.valid
    return np.where((starts <= as_of) & (as_of < ends), PASSED, CODE["not_active"])


def _eligibility(block: ActionBlock, catalogue: Catalogue, channel: str) -> Verdicts:
    m = len(block.subjects)
    made = catalogue.on_channel[channel]
    verdicts = np.zeros((m, len(catalogue)), dtype=np.int16)
    verdicts[:, ~made] = CODE["channel_not_supported"]
    asked = catalogue.eligibility[channel]
    if asked.positions.size:
        held = asked.ask(block.columns, m)
        refused = np.where(held.false, CODE["condition_false"], CODE["condition_unknown"])
        verdicts[:, asked.positions] = np.where(held.true, PASSED, refused).T
    return verdicts


def _stock(block: ActionBlock, catalogue: Catalogue) -> Verdicts:
    verdicts = np.zeros((len(block.subjects), len(catalogue)), dtype=np.int16)
    for goal, positions in catalogue.filled.items():
        verdict = np.where(block.sellable[goal], PASSED, CODE["no_sellable_item"])
        verdicts[:, positions] = verdict[:, None]
    return verdicts
