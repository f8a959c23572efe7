"""Recorded decisions as choices that were made by lot: what was taken, how likely, and what of it.

A choice is identified by action and discount: the same action at another price is another one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from serving.replay import redecide
from serving.rulebook import Rules
from serving.stores.ports import DecisionRecord, OutcomeRow

Counted = Literal["value", "clicked", "accepted", "purchased"]
LeftOut = Literal["control", "unrecorded_inputs", "several_at_once"]
Key = tuple[str, float]
_NOTHING: Key = ("", 0.0)
"""An empty slate: not even doing nothing was on offer."""
_SURE = 1e-9


class Choice(NamedTuple):
    """One decision that showed at most one action.

    Parameters
    ----------
    subject
        Whose.
    logged, target
        Probability of what was taken, in the log and under the rules that are asked about.
    unsupported
        Share that those rules give to what the log could not have taken.
    believed, believed_target
        What the service itself expected of what was taken, and of what those rules would take:
        a reward model that was made before the outcome.
    reward
        What came of it, in the unit of what is counted.
    """

    subject: str
    logged: float
    target: float
    unsupported: float
    believed: float
    believed_target: float
    reward: float


def read_choice(
    record: DecisionRecord,
    outcomes: Sequence[OutcomeRow],
    rules: Rules | None,
    counted: Counted,
    window: int,
) -> Choice | LeftOut:
    """Read a record of kind ``next_best_actions`` as a choice, or say why it is none.

    Slates of several are left out: the record holds how likely each action stands in the slate,
    not how likely the slate as a whole is.

    Parameters
    ----------
    outcomes
        Of this decision.
    rules
        Those asked about, without their control group; None for those that decided.
    counted
        ``value``: what outcomes brought, less the cost of the contact. Otherwise 1 when this
        outcome came, else 0.
    window
        Seconds after the decision in which outcomes count.

    Raises
    ------
    UnrecordedColumnError
        If a condition of ``rules`` reads what was not recorded.
    """
    body = record.body
    if "inputs" not in body:
        return "unrecorded_inputs"
    if body["arm"] == "control":
        return "control"
    logged = dict(_logged(body))
    target = dict(logged) if rules is None else dict(_target(body, rules))
    if max(sum(logged.values()), sum(target.values())) > 1 + _SURE or len(body["actions"]) > 1:
        return "several_at_once"
    for chances in (logged, target):
        chances[_NOTHING] = max(0.0, 1.0 - sum(chances.values()))
    taken = _taken(body)
    believed = _beliefs(body, counted)
    possible = {key for key, chance in logged.items() if chance > 0}
    return Choice(
        record.subject,
        logged.get(taken, 0.0),
        target.get(taken, 0.0),
        _share(chance for key, chance in target.items() if key not in possible),
        believed.get(taken, 0.0),
        sum(chance * believed.get(key, 0.0) for key, chance in target.items()),
        _reward(body, outcomes, counted, record.decided_at + window),
    )


def _logged(body: Mapping[str, Any]) -> Iterator[tuple[Key, float]]:
    for one in body["candidates"]:
        if one["action_probability"] is not None:
            yield _key(one), float(one["action_probability"])


def _target(body: Mapping[str, Any], rules: Rules) -> Iterator[tuple[Key, float]]:
    # The log is of customers outside control, and so is the question.
    decision = redecide(body, rules.actions, replace(rules.policy, control_share=0.0))
    for action, chance, discount in zip(
        rules.actions, decision.probability.tolist(), decision.discount.tolist(), strict=True
    ):
        if chance == chance:
            yield (action.action_id, discount if discount == discount else 0.0), chance


def _taken(body: Mapping[str, Any]) -> Key:
    return _key(body["actions"][0]) if body["actions"] else _NOTHING


def _key(one: Mapping[str, Any]) -> Key:
    return one["action_id"], one["discount"] or 0.0


def _beliefs(body: Mapping[str, Any], counted: Counted) -> dict[Key, float]:
    return {_key(one): _belief(one, counted) for one in body["candidates"]}


def _belief(one: Mapping[str, Any], counted: Counted) -> float:
    if one["kind"] == "none":
        return 0.0
    propensity = one["propensity"] or 0.0
    return float(propensity * one["value"] - one["cost"] if counted == "value" else propensity)


def _reward(
    body: Mapping[str, Any], outcomes: Sequence[OutcomeRow], counted: Counted, end: int
) -> float:
    came = [row for row in outcomes if row.occurred_at < end]
    if counted != "value":
        return float(any(row.outcome == counted for row in came))
    cost = sum(one["cost"] for one in body["actions"] if one["kind"] != "none")
    return float(sum(row.value or 0.0 for row in came) - cost)


def _share(chances: Iterator[float]) -> float:
    # What is left over of 1 by rounding is no share.
    total = sum(chances)
    return min(total, 1.0) if total > _SURE else 0.0
