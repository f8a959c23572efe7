"""Recorded decisions as choices made by lot: what was shown, how likely, and what came of it.

A choice is identified by action and discount: the same action at another price is another one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np

from serving.replay import redecide
from serving.rulebook import Rules
from serving.stores.ports import DecisionRecord, OutcomeRow

Counted = Literal["value", "clicked", "accepted", "purchased"]
LeftOut = Literal["control", "unrecorded_inputs"]
Key = tuple[str, float]
Chances = dict[Key, float]
_NOTHING: Key = ("", 0.0)
"""Doing nothing, by whatever action it is called, or an empty slate."""
_SURE = 1e-9


class Choice(NamedTuple):
    """One action that a decision showed; see :class:`training.off_policy.log.Log`.

    Parameters
    ----------
    subject
        Whose.
    logged, target
        Probability that it is shown, in the log and under the rules that are asked about.
    unsupported
        Share that those rules give to what the log could not have shown.
    believed, believed_target
        What the service itself expected of it, and of all that those rules would show: a reward
        model that was made before the outcome.
    reward
        What came of it, in the unit of what is counted.
    share
        How much of its decision it is.
    places
        How many actions those rules are expected to show, of those that the log can show, times
        ``share``.
    """

    subject: str
    logged: float
    target: float
    unsupported: float
    believed: float
    believed_target: float
    reward: float
    share: float
    places: float


def read_choices(
    record: DecisionRecord,
    outcomes: Sequence[OutcomeRow],
    rules: Rules | None,
    counted: Counted,
    window: int,
) -> list[Choice] | LeftOut:
    """Read a record of kind ``next_best_actions`` as choices, or say why it holds none.

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

    Returns
    -------
    One for each action shown; one for an empty slate too.

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
    logged = _logged(body)
    target = dict(logged) if rules is None else _target(body, rules)
    _add_nothing(body, logged, target)
    believed = {_key(one): _belief(one, counted) for one in body["candidates"]}
    shown = [_key(one) for one in body["actions"]] or [_NOTHING]
    came = [row for row in outcomes if row.occurred_at < record.decided_at + window]
    rewards = _rewards(body, came, counted) or [0.0]
    possible = {key for key, chance in logged.items() if chance > 0}
    # What comes of doing nothing is known: it needs no support.
    unsupported = _share(p for key, p in target.items() if key not in {*possible, _NOTHING})
    expected = sum(chance * believed.get(key, 0.0) for key, chance in target.items())
    places = sum(target.get(key, 0.0) for key in possible) / len(shown)
    return [
        Choice(
            record.subject, logged[key], target.get(key, 0.0), unsupported, believed.get(key, 0.0),
            expected, reward, 1 / len(shown), places,
        )
        for key, reward in zip(shown, rewards, strict=True)
    ]  # fmt: skip


def _add_nothing(body: Mapping[str, Any], logged: Chances, target: Chances) -> None:
    """Give doing nothing what is left of 1, where at most one action was asked for.

    Of longer slates the record does not hold how likely they are to be empty; as nothing comes
    of an empty slate, it is laid as one that was sure, and that the other rules never show.
    """
    if body["inputs"]["situation"]["n"] == 1:
        for chances in (logged, target):
            chances[_NOTHING] = 0.0
            chances[_NOTHING] = max(0.0, 1.0 - sum(chances.values()))
    elif not body["actions"]:
        logged[_NOTHING], target[_NOTHING] = 1.0, 0.0


def _logged(body: Mapping[str, Any]) -> Chances:
    return _summed((_key(one), one["action_probability"] or 0.0) for one in body["candidates"])


def _target(body: Mapping[str, Any], rules: Rules) -> Chances:
    # The log is of customers outside control, and so is the question.
    decision = redecide(body, rules.actions, replace(rules.policy, control_share=0.0))
    chances = np.nan_to_num(decision.probability).tolist()
    discounts = np.nan_to_num(decision.discount).tolist()
    return _summed(
        (_NOTHING if action.kind == "none" else (action.action_id, discount), chance)
        for action, chance, discount in zip(rules.actions, chances, discounts, strict=True)
    )


def _summed(parts: Iterable[tuple[Key, float]]) -> Chances:
    chances: Chances = {}
    for key, chance in parts:
        chances[key] = chances.get(key, 0.0) + chance
    return chances


def _key(one: Mapping[str, Any]) -> Key:
    return _NOTHING if one["kind"] == "none" else (one["action_id"], one["discount"] or 0.0)


def _belief(one: Mapping[str, Any], counted: Counted) -> float:
    if one["kind"] == "none":
        return 0.0
    propensity = one["propensity"] or 0.0
    return float(propensity * one["value"] - one["cost"] if counted == "value" else propensity)


def _rewards(body: Mapping[str, Any], came: Sequence[OutcomeRow], counted: Counted) -> list[float]:
    """Return what came of each action of the slate."""
    answers = [
        [row for row in came if _answered(row, body) == k] for k in range(len(body["actions"]))
    ]
    return [_reward(one, rows, counted) for one, rows in zip(body["actions"], answers, strict=True)]


def _answered(row: OutcomeRow, body: Mapping[str, Any]) -> int:
    """Return which action of the slate an outcome answers; the first when it names none of them."""
    for k, one in enumerate(body["actions"]):
        filled = (item["item_id"] for item in one["items"])
        if row.action_id == one["action_id"] or (row.item_id and row.item_id in filled):
            return k
    return 0


def _reward(action: Mapping[str, Any], came: Sequence[OutcomeRow], counted: Counted) -> float:
    if counted != "value":
        return float(any(row.outcome == counted for row in came))
    cost = 0.0 if action["kind"] == "none" else action["cost"]
    return float(sum(row.value or 0.0 for row in came) - cost)


def _share(chances: Iterator[float]) -> float:
    # What is left over of 1 by rounding is no share.
    total = sum(chances)
    return min(total, 1.0) if total > _SURE else 0.0
