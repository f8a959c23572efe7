"""A log of decisions of the core, as the store keeps them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from decisioning.actions import decide_actions
from decisioning.catalogue import Action, Prior
from decisioning.compiled import Catalogue
from decisioning.policy import Policy
from serving.action_answers import actions_answer, candidates_record
from serving.action_inputs import columns_read, inputs_record
from serving.rulebook import Rules
from serving.stores.ports import DecisionRecord
from tests.decisioning.support import NOTHING, make_action, make_block, situation

# Unsure priors, so that the draws disagree; worth about the same at 0.1 of 10.00.
A = make_action("a", prior=Prior(0.10, 5.0))
B = make_action("b", prior=Prior(0.10, 5.0))
C = make_action("c", prior=Prior(0.08, 5.0))
SHOP = [A, B, C, NOTHING]
EXPLORING = Policy(exploration="thompson", random_share=0.1, control_share=0.0, seed=1)


@dataclass(frozen=True)
class Log:
    """Records of one day, one customer each, and the rules that made them."""

    records: Sequence[DecisionRecord]
    rules: Rules


def log_of(
    block: Any, actions: Sequence[Action], policy: Policy, here: Any
) -> list[DecisionRecord]:
    laid = block.laid(actions)
    decisions = decide_actions(laid, actions, policy, here)
    columns = columns_read(actions, policy)
    records = []
    for row, subject in enumerate(block.subjects):
        decision = decisions.row(row)
        alone, consents = laid.rows(row, row + 1), block.consents[row]
        items: list[list[dict[str, Any]]] = [[] for _ in decision.slate]
        body = {
            "arm": decision.arm,
            "actions": actions_answer(actions, decision, here.channel, items),
            "candidates": candidates_record(actions, decision),
            "inputs": inputs_record(alone, here, consents, actions, columns),
        }
        kept = json.loads(json.dumps(body))
        records.append(DecisionRecord(f"d{row}", here.as_of, "nba", subject, here.channel, kept))
    return records


def day(
    customers: int = 300, policy: Policy = EXPLORING, actions: Sequence[Action] = SHOP, n: int = 1
) -> Log:
    block = make_block([f"c{k}" for k in range(customers)])
    here = situation(n=n)
    return Log(log_of(block, actions, policy, here), Rules(Catalogue.of(actions), policy))
