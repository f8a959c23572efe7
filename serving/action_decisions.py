"""Requests for actions, as a block for the core; its decisions, as answers and records."""

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bundle.contents import Bundle
from decisioning.action_block import ActionBlock, Situation
from decisioning.actions import ActionDecision, decide_actions
from decisioning.catalogue import Action
from decisioning.conditions import column_names
from decisioning.reasons import CODE, PASSED, REASONS, sentence
from serving.item_decisions import decide_requests, item_verdicts, items_answer, location_of
from serving.requests import NextBestActionsRequest, RecommendationsRequest, Subject
from serving.world import People, World

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DecidedActions:
    """The core's decision for one customer, and what it read of that customer.

    ``columns`` holds the snapshot columns and probabilities that conditions read.
    """

    decision: ActionDecision
    columns: dict[str, float]


def decide_actions_for(
    world: World, people: People, request: NextBestActionsRequest, as_of: int
) -> list[DecidedActions]:
    """Decide for a block of people who share channel, direction, length and context.

    Parameters
    ----------
    request
        What they share; its own subject is not read.
    as_of
        The moment, epoch seconds UTC.
    """
    bundle = world.bundle
    profiles = world.profiles(people, request.channel, as_of)
    scores = world.propensities(profiles)
    columns = world.columns(profiles, scores)
    block = ActionBlock(
        # A linked visitor is the customer: an arm belongs to the person, not to the cookie.
        subjects=tuple(c or s for c, s in zip(people.customer_ids, people.subjects, strict=True)),
        known=people.indices >= 0,
        columns=columns,
        consents=people.consents,
        contacts=world.contacts(people, as_of),
        sellable=_sellable(world, people, request, as_of),
        propensities=scores,
    )
    situation = Situation(
        channel=request.channel,
        direction=request.direction,
        as_of=as_of,
        utc_offset_s=utc_offset(bundle.policy.time_zone, as_of),
        n=request.n,
        seed=bundle.policy.seed,
    )
    read = _columns_read(bundle)
    return [
        DecidedActions(decision, {name: float(columns[name][row]) for name in read})
        for row, decision in enumerate(
            decide_actions(block, bundle.actions, bundle.policy, situation)
        )
    ]


def utc_offset(zone: str, moment: int) -> int:
    """Return a time zone's offset at a moment, seconds east of UTC."""
    local = dt.datetime.fromtimestamp(moment, tz=zoneinfo.ZoneInfo(zone))
    offset = local.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _columns_read(bundle: Bundle) -> list[str]:
    conditions = [a.eligible_when for a in bundle.actions if a.eligible_when is not None]
    return sorted(set().union(*(column_names(c) for c in conditions)))


def _sellable(
    world: World, people: People, request: NextBestActionsRequest, as_of: int
) -> dict[str, NDArray[np.bool_]]:
    """Tell, by goal, whose slate would hold at least one sellable item; bool (m,) each."""
    bundle, m = world.bundle, len(people.subjects)
    personal = people.allow("personalisation", request.channel, as_of)
    wanted = _items_request(people.subjects[0], "any", 1, request)
    any_item, bought, other = (np.zeros(m, dtype=np.bool_) for _ in range(3))
    for row, index in enumerate(np.where(personal, people.indices, -1).tolist()):
        place = location_of(bundle, request.channel, request.context.location_id, index)
        allowed = item_verdicts(bundle, wanted, world.stock.view(place), as_of) == PASSED
        any_item[row] = bought[row] = other[row] = bool(allowed.any())
        if index >= 0 and _has_history(bundle, index):
            history = bundle.state.history
            mine = history.item[history.pointer[index] : history.pointer[index + 1]]
            bought[row] = bool(allowed[mine].any())
            other[row] = int(allowed.sum()) > int(allowed[mine].sum())
    # Without consent or history the items of an action are what is popular, whatever its goal.
    return {"any": any_item, "discover": other, "replenish": bought}


def _has_history(bundle: Bundle, index: int) -> bool:
    pointer = bundle.state.history.pointer
    return bool(pointer[index + 1] > pointer[index])


def _items_request(
    customer: str, goal: str, n: int, request: NextBestActionsRequest
) -> RecommendationsRequest:
    """Ask for the items of an action as a request for items would."""
    return RecommendationsRequest(
        subject=Subject(customer_id=customer),
        channel=request.channel,
        n=n,
        goal=goal,  # type: ignore[arg-type]
        context=request.context,
    )


def action_items(
    world: World, people: People, action: Action, request: NextBestActionsRequest, as_of: int
) -> list[dict[str, Any]]:
    """Fill an action with items for a block of one person, through the same gates."""
    if not action.items:
        return []
    wanted = _items_request(people.subjects[0], action.items, max(action.n_items, 1), request)
    decided = decide_requests(world, people, [wanted], as_of)[0]
    return items_answer(world.bundle, decided)


def actions_answer(
    bundle: Bundle, decided: DecidedActions, channel: str, items: Sequence[list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Return the slate as the API writes it; ``items`` holds what fills each action."""
    decision = decided.decision
    return [
        _terms(bundle.actions[k], decision, k)
        | {"channel": channel, "rank": rank, "items": list(filled), "reason": _why(decided, k)}
        for rank, (k, filled) in enumerate(zip(decision.slate, items, strict=True), start=1)
    ]


def _why(decided: DecidedActions, k: int) -> str:
    if decided.decision.arm == "random":
        return "random_arm"
    scored = decided.decision.priority[k]
    return "highest_priority" if scored > 0 else "nothing_better"


def candidates_record(bundle: Bundle, decision: ActionDecision) -> list[dict[str, Any]]:
    """Return every candidate with its verdict and terms: the body of the decision record."""
    return [
        _terms(action, decision, k)
        | {
            "stage": REASONS[int(decision.verdict[k])].stage,
            "verdict": REASONS[int(decision.verdict[k])].code,
            "rank": decision.slate.index(k) + 1 if k in decision.slate else None,
        }
        for k, action in enumerate(bundle.actions)
    ]


def dropped_actions(bundle: Bundle, decision: ActionDecision) -> list[dict[str, Any]]:
    """Return every action that is not in the slate, with stage, reason and sentence."""
    dropped = []
    for k, action in enumerate(bundle.actions):
        verdict = int(decision.verdict[k])
        if verdict == PASSED or (action.kind == "none" and verdict == CODE["not_in_slate"]):
            continue
        reason = REASONS[verdict]
        dropped.append(
            {
                "action_id": action.action_id,
                "stage": reason.stage,
                "reason": reason.code,
                "detail": sentence(verdict),
            }
        )
    return dropped


def _terms(action: Action, decision: ActionDecision, k: int) -> dict[str, Any]:
    is_none = action.kind == "none"
    return {
        "action_id": action.action_id,
        "label": action.label_en,
        "kind": action.kind,
        "propensity": None if is_none else number(decision.propensity[k]),
        "propensity_low": None if is_none else number(decision.low[k]),
        "propensity_high": None if is_none else number(decision.high[k]),
        "uplift": None,
        "value": action.value / 100.0,
        "cost": action.cost / 100.0,
        "context_weight": number(decision.context_weight[k]),
        "lever": action.lever,
        "priority": number(decision.priority[k] / 100.0),
        "action_probability": number(decision.probability[k]),
    }


def number(value: float) -> float | None:
    """Return a number JSON can hold: None for NaN."""
    return None if np.isnan(value) else float(value)
