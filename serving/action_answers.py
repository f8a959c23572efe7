"""Decisions on actions, as answers and records write them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from decisioning.actions import ActionDecision
from decisioning.catalogue import Action
from decisioning.reasons import CODE, PASSED, REASONS, sentence
from serving.action_inputs import number


def actions_answer(
    actions: Sequence[Action],
    decision: ActionDecision,
    channel: str,
    items: Sequence[list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Return the slate as the API writes it; ``items`` holds what fills each action."""
    return [
        _terms(actions[k], decision, k)
        | {"channel": channel, "rank": rank, "items": list(filled), "reason": _why(decision, k)}
        for rank, (k, filled) in enumerate(zip(decision.slate, items, strict=True), start=1)
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
    return [
        _terms(action, decision, k)
        | {
            "response": number(decision.response[k]),
            "strength": number(decision.strength[k]),
            "gain": _money(decision.gain[k]),
            "drawn": _money(decision.drawn[k]),
            "stage": REASONS[int(decision.verdict[k])].stage,
            "verdict": REASONS[int(decision.verdict[k])].code,
            "rank": decision.slate.index(k) + 1 if k in decision.slate else None,
        }
        for k, action in enumerate(actions)
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


def _terms(action: Action, decision: ActionDecision, k: int) -> dict[str, Any]:
    is_none = action.kind == "none"
    declared = decision.price_class[k]
    return {
        "action_id": action.action_id,
        "label": action.label_en,
        "kind": action.kind,
        "propensity": None if is_none else number(decision.propensity[k]),
        "propensity_low": None if is_none else number(decision.low[k]),
        "propensity_high": None if is_none else number(decision.high[k]),
        "uplift": None if is_none else number(decision.uplift[k]),
        "value": action.value / 100.0,
        "cost": action.cost / 100.0,
        "discount": number(decision.discount[k]),
        "price_class": action.price_classes[declared].name if declared >= 0 else None,
        "context_weight": number(decision.context_weight[k]),
        "lever": action.lever,
        "priority": _money(decision.priority[k]),
        "action_probability": number(decision.probability[k]),
    }


def _money(cents: float) -> float | None:
    return number(cents / 100.0)
