"""Past decisions recomputed from their records: under the same rules, or under others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from decisioning.actions import ActionDecision, decide_actions
from decisioning.catalogue import Action
from decisioning.item_cut import cut
from decisioning.items import Ground
from decisioning.policy import Policy
from features.errors import CatalogueError
from serving.action_answers import actions_answer, candidates_record, dropped_actions
from serving.action_inputs import block_of, columns_read
from serving.differences import Difference, differences
from serving.item_lineup import lineup_of
from serving.problems import Problem
from serving.rulebook import Rulebook, Rules
from serving.stores.ports import DecisionRecord

Json = Any
_ITEM = ("item_id", "rank", "score", "action_probability", "reason")
_TEXTS = ("label", "detail")
"""Words for people; they may be put better later without changing a decision."""


def replay_answer(record: DecisionRecord, rulebook: Rulebook) -> dict[str, Json]:
    """Decide again from a record: the answer of ``POST /v1/decisions/{id}/replay``.

    Raises
    ------
    Problem
        409, when the record cannot be decided again.
    """
    if "inputs" not in record.body:
        raise _not_replayable(
            "it was recorded before records held what they were decided on",
            "look it up with GET; every decision taken by this version can be replayed",
        )
    try:
        if record.kind == "recommendations":
            replay = replay_items(record.body)
        else:
            replay = replay_actions(record.body, _rules(record.body["policy_version"], rulebook))
    except (KeyError, TypeError, ValueError, AttributeError, UnrecordedColumnError) as error:
        raise _not_replayable(
            f"its record does not hold together ({error!r})",
            "look it up with GET, and restore the store from a backup if it was altered",
        ) from error
    return {
        "decision_id": record.decision_id,
        "identical": not replay.differences,
        "differences": [vars(one) for one in replay.differences],
        "decision": replay.decision,
    }


def _rules(policy_version: str, rulebook: Rulebook) -> Rules:
    try:
        rules = rulebook.find(policy_version)
    except CatalogueError as error:
        raise _not_replayable(
            f"this program reads the rules of policy version {policy_version} no longer"
            f" ({error.message})",
            "replay it with the program that decided",
        ) from error
    if rules is None:
        raise _not_replayable(
            f"the rules of policy version {policy_version} were never kept in this store",
            "serve a bundle of that policy version once, with NEXTBEST_BUNDLE",
        )
    return rules


def _not_replayable(why: str, remedy: str) -> Problem:
    return Problem(409, "not_replayable", f"The decision cannot be replayed: {why}.", remedy=remedy)


class UnrecordedColumnError(Exception):
    """A rule reads a column that the record does not hold, as other rules decided then."""


@dataclass(frozen=True)
class Replay:
    """What came of deciding again.

    Parameters
    ----------
    decision
        The decision as it comes out now, written as the record writes it.
    differences
        Where it does not agree with the record, bit for bit; empty when it does.
    """

    decision: dict[str, Json]
    differences: tuple[Difference, ...]


def replay_actions(record: Mapping[str, Json], rules: Rules) -> Replay:
    """Decide on actions again from what was read then, and cut their items again.

    Parameters
    ----------
    record
        The body of the decision's record.
    rules
        Those of the record's ``policy_version``.

    Raises
    ------
    KeyError, TypeError
        If the record is not what this program or an earlier one wrote.
    """
    decision = redecide(record, rules.actions, rules.policy)
    items = [_filled(record, rules.actions[k].action_id) for k in decision.slate]
    channel = record["inputs"]["situation"]["channel"]
    replayed = {
        "arm": decision.arm,
        "actions": actions_answer(rules.actions, decision, channel, items),
        "candidates": candidates_record(rules.actions, decision),
        "dropped": dropped_actions(rules.actions, decision),
    }
    return Replay(replayed, _compared(_named(record, replayed), _keyed(replayed)))


def replay_items(record: Mapping[str, Json]) -> Replay:
    """Cut a slate of items again from the lineup that was recorded.

    Raises
    ------
    KeyError, TypeError
        If the record is not what this program or an earlier one wrote.
    """
    inputs = record["inputs"]
    who = (inputs["known"], inputs["consented"], inputs["has_history"])
    ground = Ground(*who, needed=inputs.get("needed", True))
    replayed = {
        "items": _cut_again(inputs),
        "personalised": ground.personalised,
        "fallback": ground.fallback,
    }
    recorded = {name: record[name] for name in replayed}
    recorded["items"] = [
        {name: one.get(name, 1.0) if name == "action_probability" else one[name] for name in _ITEM}
        for one in record["items"]
    ]
    return Replay(replayed, _compared(recorded, replayed))


def _cut_again(inputs: Mapping[str, Json]) -> list[dict[str, Json]]:
    lineup, ids = lineup_of(inputs["lineup"])
    return [
        dict(zip(_ITEM, (ids[one.item], rank, one.score, one.probability, one.reason), strict=True))
        for rank, one in enumerate(cut(lineup, inputs["n"]), start=1)
    ]


def _filled(record: Mapping[str, Json], action_id: str) -> list[dict[str, Json]]:
    """Return the items of an action, cut again; names, stock and prices are those of then."""
    inputs = record["inputs"]["fills"].get(action_id)
    if inputs is None:
        return []
    told = [one["items"] for one in record["actions"] if one["action_id"] == action_id]
    then = {one["item_id"]: one for items in told for one in items}
    return [then.get(one["item_id"], {}) | one for one in _cut_again(inputs)]


def redecide(
    record: Mapping[str, Json], actions: Sequence[Action], policy: Policy
) -> ActionDecision:
    """Decide a recorded decision again, under any catalogue and policy.

    The random draws are those of then. ``probability`` of the decision is, by action of this
    catalogue, the probability with which these rules would have put it in the slate.

    Raises
    ------
    UnrecordedColumnError
        If a condition reads a column that no condition read then.
    """
    lacking = sorted(set(columns_read(actions, policy)) - set(record["inputs"]["columns"]))
    if lacking:
        raise UnrecordedColumnError(", ".join(lacking))
    block, situation = block_of(record["inputs"], actions)
    return decide_actions(block, actions, policy, situation).row(0)


def _compared(recorded: Json, replayed: Json) -> tuple[Difference, ...]:
    return tuple(differences(recorded, replayed, ignored=_TEXTS))


def _named(record: Mapping[str, Json], replayed: Mapping[str, Json]) -> dict[str, Json]:
    return _keyed({name: record[name] for name in replayed})


def _keyed(decision: Mapping[str, Json]) -> dict[str, Json]:
    """Write lists of candidates by action_id, so that a path says which one differs."""
    return {
        name: {str(one["action_id"]): one for one in value} if isinstance(value, list) else value
        for name, value in decision.items()
    }
