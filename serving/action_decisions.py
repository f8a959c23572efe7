"""Requests for actions, decided by the core, and the items that fill what it chose."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from decisioning.action_block import ActionBlock, Situation
from decisioning.actions import ActionDecision, decide_actions
from decisioning.decisions import Decisions
from decisioning.pricing import deepest
from serving.action_block import action_block, items_request
from serving.item_decisions import DecidedItems, decide_requests, items_answer
from serving.requests import NextBestActionsRequest, RecommendationsRequest
from serving.world import People, World


@dataclass(frozen=True)
class DecidedActions:
    """One customer's decision out of a block.

    Parameters
    ----------
    decisions, block, situation
        Those of the whole block.
    row
        Which customer of it.
    """

    decisions: Decisions
    block: ActionBlock
    situation: Situation
    row: int

    @cached_property
    def decision(self) -> ActionDecision:
        """What the core decided."""
        return self.decisions.row(self.row)

    @cached_property
    def inputs(self) -> ActionBlock:
        """What it decided on: a block of this customer alone."""
        return self.block.rows(self.row, self.row + 1)


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
    block, situation = action_block(world, people, request, as_of)
    decisions = decide_actions(block, world.bundle.actions, world.bundle.policy, situation)
    return [DecidedActions(decisions, block, situation, row) for row in range(len(people.subjects))]


@dataclass(frozen=True)
class Fill:
    """What fills an action.

    Parameters
    ----------
    items
        As answers write them.
    request, decided
        What was asked for, and the decision on it; None for an action without items.
    """

    items: list[dict[str, Any]]
    request: RecommendationsRequest | None = None
    decided: DecidedItems | None = None


def fill_slate(
    world: World, people: People, decided: DecidedActions, request: NextBestActionsRequest
) -> list[Fill]:
    """Fill every action of the slate of a block of one person.

    Actions that ask for the same items at no discount share one decision on them.
    """
    held: dict[tuple[str, int], Fill] = {}
    fills = []
    for k in decided.decision.slate:
        action = world.bundle.actions[k]
        if decided.decision.discount[k] > 0:
            fills.append(fill_action(world, people, decided, k, request))
            continue
        asked = (action.items, action.n_items)
        if asked not in held:
            held[asked] = fill_action(world, people, decided, k, request)
        fills.append(held[asked])
    return fills


def fill_action(
    world: World, people: People, decided: DecidedActions, k: int, request: NextBestActionsRequest
) -> Fill:
    """Fill the k-th action with items for a block of one person, through the same gates.

    At a discount, an item that would sell under the floor margin is refused as one out of
    stock is: inside the search.
    """
    action, discount = world.bundle.actions[k], float(decided.decision.discount[k])
    if not action.items:
        return Fill([])
    wanted = items_request(people.subjects[0], action.items, max(action.n_items, 1), request)
    bears = None
    if discount > 0:
        bears = deepest(world.bundle.items.margin, action.floor_margin) >= discount
    found = decide_requests(world, people, [wanted], decided.situation.as_of, bears)[0]
    items = items_answer(world.bundle, found)
    if discount > 0:
        for item, ranked in zip(items, found.decision.slate, strict=True):
            item["price"] = _price(world, ranked.item, discount)
    return Fill(items, wanted, found)


def _price(world: World, item: int, discount: float) -> float:
    """Return what an item costs at a discount, in the shop's currency, to the cent."""
    return float(np.round(world.bundle.items.list_price[item] * (1.0 - discount))) / 100.0
