"""Decisions on actions, as answers and records write them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decisioning.actions import ActionDecision
from decisioning.catalogue import Action
from decisioning.reasons import CODE, PASSED, REASONS, sentence

Floats = NDArray[np.float64]


def actions_answer(
    actions: Sequence[Action],
    decision: ActionDecision,
    channel: str,
    items: Sequence[list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Return the slate as the API writes it; ``items`` holds what fills each action."""
    told = zip(decision.slate, _terms(actions, decision, decision.slate), items, strict=True)
    return [
        terms
        | {"channel": channel, "rank": rank, "items": list(filled), "reason": _why(decision, k)}
        for rank, (k, terms, filled) in enumerate(told, start=1)
    ]


def _why(decision: ActionDecision, k: int) -> str:
    if decision.arm == "random":
        return "random_arm"
    if not decision.drawn[k] > 0:
        return "nothing_better"
    best = np.nanmax(decision.priority) == decision.priority[k]
    return "highest_priority" if best or decision.drawn[k] == decision.priority[k] else "explored"


def candidates_record(actions: Sequence[Action], decision: ActionDecision) -> list[dict[str, Any]]:
    """Return every candidate with its verdict and terms: the body of the decision record."""
    every = range(len(actions))
    beside = _rows(
        every, decision.response, decision.strength, decision.gain / 100.0, decision.drawn / 100.0
    )
    rank = {k: place for place, k in enumerate(decision.slate, start=1)}
    told = zip(
        _terms(actions, decision, every),
        beside,
        decision.verdict.tolist(),
        strict=True,
    )
    return [
        terms
        | {
            "response": response,
            "strength": strength,
            "gain": gain,
            "drawn": drawn,
            "stage": REASONS[verdict].stage,
            "verdict": REASONS[verdict].code,
            "rank": rank.get(k),
        }
        for k, (terms, (response, strength, gain, drawn), verdict) in enumerate(told)
    ]


def dropped_actions(actions: Sequence[Action], decision: ActionDecision) -> list[dict[str, Any]]:
    """Return every action that is not in the slate, with stage, reason and sentence."""
    dropped = []
    for k, action in enumerate(actions):
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


def _terms(
    actions: Sequence[Action], decision: ActionDecision, at: Sequence[int]
) -> list[dict[str, Any]]:
    """Return the terms of the actions at some positions; money in the shop's currency."""
    rows = _rows(
        at,
        decision.propensity,
        decision.low,
        decision.high,
        decision.uplift,
        decision.discount,
        decision.context_weight,
        decision.priority / 100.0,
        decision.probability,
    )
    declared = decision.price_class.tolist()
    return [_written(actions[k], declared[k], row) for k, row in zip(at, rows, strict=True)]


def _written(action: Action, declared: int, row: list[float | None]) -> dict[str, Any]:
    propensity, low, high, uplift, discount, weight, priority, probability = row
    is_none = action.kind == "none"
    return {
        "action_id": action.action_id,
        "label": action.label_en,
        "kind": action.kind,
        "propensity": None if is_none else propensity,
        "propensity_low": None if is_none else low,
        "propensity_high": None if is_none else high,
        "uplift": None if is_none else uplift,
        "value": action.value / 100.0,
        "cost": action.cost / 100.0,
        "discount": discount,
        "price_class": action.price_classes[declared].name if declared >= 0 else None,
        "context_weight": weight,
        "lever": action.lever,
        "priority": priority,
        "action_probability": probability,
    }


def _rows(at: Sequence[int], *columns: Floats) -> list[list[float | None]]:
    """Return some rows of columns (k,), as JSON can hold them: None for NaN."""
    # What is not itself is NaN; all at once, for a record has a thousand numbers.
    return [
        [None if value != value else value for value in row]
        for row in np.array(columns).T[list(at)].tolist()
    ]
