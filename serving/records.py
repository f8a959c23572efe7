"""The bodies of decision records: the answer, every candidate, and what a replay needs."""

from collections.abc import Sequence
from typing import Any

from bundle.contents import Bundle
from serving.action_answers import candidates_record
from serving.action_decisions import DecidedActions, Fill
from serving.action_inputs import inputs_record
from serving.item_decisions import DecidedItems, refused_counts
from serving.item_lineup import lineup_record
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.stores.ports import ContactRow
from serving.world import People

Body = dict[str, Any]


def actions_body(
    bundle: Bundle,
    people: People,
    request: NextBestActionsRequest,
    decided: DecidedActions,
    columns: Sequence[str],
    fills: Sequence[Fill],
) -> Body:
    """Return what the record of a decision on actions holds beside the answer.

    Parameters
    ----------
    people
        A block of one.
    columns
        Those that the conditions of the bundle read.
    fills
        What fills each action of the slate.
    """
    slate = [bundle.actions[k].action_id for k in decided.decision.slate]
    filled = {
        action: _cut_from(bundle, fill.request, fill.decided)
        for action, fill in zip(slate, fills, strict=True)
        if fill.request is not None and fill.decided is not None
    }
    inputs = inputs_record(
        decided.inputs, decided.situation, people.consents[0], bundle.actions, columns
    )
    return _common(bundle, people, request) | {
        "candidates": candidates_record(bundle.actions, decided.decision),
        "inputs": inputs | {"fills": filled},
    }


def items_body(
    bundle: Bundle,
    people: People,
    request: RecommendationsRequest,
    decided: DecidedItems,
) -> Body:
    """Return what the record of a decision on items holds beside the answer."""
    return _common(bundle, people, request) | {
        "refused": refused_counts(decided.decision),
        "inputs": _cut_from(bundle, request, decided),
    }


def _cut_from(bundle: Bundle, request: RecommendationsRequest, decided: DecidedItems) -> Body:
    """Return what a slate of items was cut from, and why it is personal or not."""
    return decided.decision.ground._asdict() | {
        "n": request.n,
        "lineup": lineup_record(decided.decision.lineup, bundle.items.ids),
    }


def contacts_made(
    people: People, request: NextBestActionsRequest, answer: Body, now: int
) -> list[ContactRow]:
    """Return the contacts that an outbound decision makes; they count at once.

    Not when somebody reports them as shown: two decisions in a row would both find room
    under a cap that has room for one.
    """
    if request.direction != "outbound":
        return []
    return [
        ContactRow(
            people.customer_ids[0],
            request.channel,
            action["action_id"],
            action["kind"],
            "shown",
            now,
            answer["decision_id"],
        )
        for action in answer["actions"]
        if action["kind"] != "none"
    ]


def _common(
    bundle: Bundle, people: People, request: NextBestActionsRequest | RecommendationsRequest
) -> Body:
    return {
        "request": request.model_dump(mode="json"),
        # The newest consent statement that the decision saw, 0 for none.
        "consent_version": max((record.sequence for record in people.consents[0]), default=0),
        "seed": bundle.policy.seed,
    }
