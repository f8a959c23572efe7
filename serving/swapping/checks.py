"""The self-check: a bundle decides for a sample before it may decide for anybody.

What the gates promise is asked again here, of the decisions and not of the code that took them: a
bundle whose models or rules are spoilt in a way that its hashes do not show must not be served.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from decisioning.catalogue import GOALS
from decisioning.reasons import PASSED
from decisioning.stock import stock_gate
from features.errors import BundleError
from serving.action_decisions import DecidedActions, decide_actions_for
from serving.decider import Decider
from serving.item_decisions import DecidedItems, decide_requests
from serving.requests import NextBestActionsRequest, RecommendationsRequest, Subject
from serving.swapping.arrays import spoilt_array
from serving.world import People, World

SAMPLE: Final = 16
_N: Final = 10
_ASKED: Final = (("web", "inbound"), ("email", "outbound"))
_STRANGER: Final = "self-check"


def self_check(decider: Decider, now: int) -> None:
    """Take decisions on items and actions for a sample of customers and one unknown visitor.

    Nothing is recorded and nobody is contacted. What the decisions read is in memory afterwards:
    the bundle is warm.

    Raises
    ------
    BundleError
        If a decision breaks a gate, holds a number that is none, or is empty although there is
        something to sell; the message says which.
    StoreUnavailableError
        If the store cannot be read now: that says nothing about the bundle.
    """
    world = decider.world
    spoilt = spoilt_array(world.bundle)
    if spoilt is not None:
        raise _failed(decider, f"{spoilt} holds what is no number")
    world.stock.refresh()
    world.sought("what anybody may search for")
    people = world.people([*((c, None) for c in _sample(world)), (None, _STRANGER)])
    for fault in (*_item_faults(world, people, now), *_action_faults(world, people, now)):
        raise _failed(decider, fault)


def _failed(decider: Decider, fault: str) -> BundleError:
    return BundleError(
        f"The bundle {decider.bundle_version} failed its self-check: {fault}.",
        "keep the bundle in use, and train again (`nextbest train`).",
    )


def _sample(world: World) -> list[str]:
    ids = world.bundle.customers.ids
    rows = np.unique(np.linspace(0, max(ids.size - 1, 0), min(SAMPLE, ids.size)).astype(np.int64))
    return [str(one) for one in ids[rows]]


def _item_faults(world: World, people: People, now: int) -> Iterator[str]:
    allowed = people.allow("personalisation", "web", now)
    for goal in GOALS:
        asked = [
            RecommendationsRequest(
                subject=Subject(visitor_id=_STRANGER), channel="web", n=_N, goal=goal
            )
        ] * len(people.subjects)
        for row, one in enumerate(decide_requests(world, people, asked, now)):
            fault = _item_fault(world, one, goal, bool(allowed[row]), now)
            if fault:
                yield f"goal {goal}, sample {row}: {fault}"


def _item_fault(
    world: World, decided: DecidedItems, goal: str, allowed: bool, now: int
) -> str | None:
    bundle, slate = world.bundle, decided.decision.slate
    items = np.array([one.item for one in slate], dtype=np.int64)
    told = stock_gate(decided.stock, bundle.items.discontinued, bundle.policy, now)
    sellable = int(np.count_nonzero(told == PASSED))
    if not np.isfinite([(one.score, one.probability) for one in slate]).all():
        return "a score is no number"
    if (told[items] != PASSED).any():
        return "an item is offered that the stock gate refuses"
    if np.unique(items).size != items.size:
        return "an item is offered twice"
    if goal == "any" and items.size != min(_N, sellable):
        return f"{items.size} items are offered of {sellable} that can be sold"
    if decided.decision.personalised and not allowed:
        return "a slate is personal without consent"
    return None


def _action_faults(world: World, people: People, now: int) -> Iterator[str]:
    for channel, direction in _ASKED:
        request = NextBestActionsRequest.model_validate(
            {
                "subject": {"visitor_id": _STRANGER},
                "channel": channel,
                "direction": direction,
                "dry_run": True,
            }
        )
        for one in decide_actions_for(world, people, request, now):
            fault = _action_fault(world, one) or _reach_fault(world, people, one, now)
            if fault:
                yield f"{direction} actions by {channel}, sample {one.row}: {fault}"


def _action_fault(world: World, decided: DecidedActions) -> str | None:
    decision = decided.decision
    chosen = [k for k in decision.slate if world.bundle.actions[k].kind != "none"]
    terms = np.array([decision.priority, decision.propensity, decision.value])[:, chosen]
    if not np.isfinite(terms).all():
        return "a term of a priority is no number"
    propensity = decision.propensity[chosen]
    if ((propensity < 0.0) | (propensity > 1.0)).any():
        return "a propensity is outside 0 to 1"
    return None


def _reach_fault(world: World, people: People, decided: DecidedActions, now: int) -> str | None:
    """Look at whom a contact would reach, and how; that is for contacts that we make."""
    channel, made = decided.situation.channel, decided.situation.direction == "outbound"
    for k in decided.decision.slate:
        action = world.bundle.actions[k]
        if action.kind == "none":
            continue
        if channel not in action.channels:
            return f"action {action.action_id} is offered on a channel that it does not have"
        if made and not people.one(decided.row).allow(action.purpose, channel, now)[0]:
            return f"action {action.action_id} is offered without consent"
    return None
