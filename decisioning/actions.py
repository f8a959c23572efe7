"""The funnel for actions: customers x actions in, decisions out, every drop with its reason.

Read it top to bottom: `decide_actions` runs the gates in the order of ``reasons.STAGES``, then
scores what is left, arbitrates, applies the arms, and cuts the slate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decisioning.arms import CONTROL, RANDOM, action_probability, assign_arms
from decisioning.calibration import Propensity, from_prior
from decisioning.conditions import evaluate
from decisioning.consent import ConsentRecord, consent_gate
from decisioning.contact import Contact, contact_gate, contact_room
from decisioning.draws import shuffle_order
from decisioning.policy import DAY, Action, Policy
from decisioning.reasons import CODE, PASSED

Floats = NDArray[np.float64]
Verdicts = NDArray[np.int16]


@dataclass(frozen=True)
class ActionBlock:
    """A block of m customers, all at the same channel and moment.

    Parameters
    ----------
    subjects
        External ids, length m.
    known
        bool (m,): we have this customer.
    columns
        Snapshot columns and scores by name, float64 (m,); NaN is null, and every personal
        column is null for a customer who did not grant ``personalisation``.
    consents, contacts
        Ledgers, length m.
    sellable
        By goal, bool (m,): at least one item of that goal can be sold to this customer now.
    propensities
        By model name, a `Propensity` of shape (m,); NaN where the model could not score.
    """

    subjects: tuple[str, ...]
    known: NDArray[np.bool_]
    columns: Mapping[str, Floats]
    consents: tuple[Sequence[ConsentRecord], ...]
    contacts: tuple[Sequence[Contact], ...]
    sellable: Mapping[str, NDArray[np.bool_]]
    propensities: Mapping[str, Propensity]


@dataclass(frozen=True)
class Situation:
    """What holds for the whole block: where, which way, when, how many, which seed.

    ``as_of`` is epoch seconds UTC; ``utc_offset_s`` the policy time zone's offset then.
    """

    channel: str
    direction: str
    as_of: int
    utc_offset_s: int
    n: int
    seed: int


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
    propensity = _propensities(block, actions)
    weights = _context_weights(actions, policy, situation.channel)
    priority = _priorities(propensity.mean, actions, weights)
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


def _propensities(block: ActionBlock, actions: Sequence[Action]) -> Propensity:
    """Propensity (m, k): the model's where it could score, the action's prior elsewhere."""
    m = len(block.subjects)
    mean, low, high = (np.empty((m, len(actions))) for _ in range(3))
    for k, action in enumerate(actions):
        prior = from_prior(action.prior, m)
        model = block.propensities.get(action.model, prior)
        scored = ~np.isnan(model.mean)
        mean[:, k] = np.where(scored, model.mean, prior.mean)
        low[:, k] = np.where(scored, model.low, prior.low)
        high[:, k] = np.where(scored, model.high, prior.high)
    return Propensity(mean, low, high)


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


def _context_weights(actions: Sequence[Action], policy: Policy, channel: str) -> Floats:
    return np.array([policy.context_weights.get((channel, a.kind), 1.0) for a in actions])


def _priorities(propensity: Floats, actions: Sequence[Action], weights: Floats) -> Floats:
    """Priority (m, k) in cents: (P x value - cost) x C x L.

    Value net of cost, times propensity, context weight and lever: the cost is paid for every
    contact, the value comes with the response only. Doing nothing is worth exactly 0.
    """
    value = np.array([a.value for a in actions])
    cost = np.array([a.cost for a in actions])
    lever = np.array([a.lever for a in actions])
    return np.asarray((propensity * value - cost) * weights * lever)


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
