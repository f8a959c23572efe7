"""Budgets of a batch: what everybody would get, who gets it, and what that used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.actions import decide_actions
from decisioning.assignment import Capacities, capacities
from decisioning.batches import Shares, Wishes, keep_within, share_out
from decisioning.scoring import Tolls
from serving.action_block import action_block
from serving.action_decisions import DecidedActions
from serving.requests import NextBestActionsRequest
from serving.world import People, World

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class BudgetUse:
    """One budget of a batch; contacts, or money in the shop's currency.

    Parameters
    ----------
    name
        As in the policy.
    unit
        ``contacts`` or ``money``.
    used, limit
        What the batch uses of what there is.
    shadow_price
        What one more contact, or one more unit of money, would add, in the shop's currency.
    """

    name: str
    unit: str
    used: float
    limit: float
    shadow_price: float


@dataclass(frozen=True)
class BudgetReport:
    """How the budgets of a batch were used.

    Parameters
    ----------
    budgets
        Each of them.
    expected_value
        What the policy arm's contacts are expected to add, in the shop's currency.
    share_of_bound
        Their worth, as exploration drew it, as a share of what no assignment can exceed.
    random_refused
        Customers of the random arm whose slate the budgets could not bear.
    """

    budgets: tuple[BudgetUse, ...]
    expected_value: float
    share_of_bound: float
    random_refused: int


@dataclass(frozen=True)
class Allotment:
    """What the budgets leave to some customers, in their order.

    Parameters
    ----------
    chosen, wished
        bool (m, k): what they get, and what they would get without budgets.
    tolls
        Shadow prices, as what each action pays.
    """

    chosen: Flags
    wished: Flags
    tolls: Tolls

    def rows(self, start: int, stop: int) -> "Allotment":
        """Return the part of some customers in a row."""
        return Allotment(self.chosen[start:stop], self.wished[start:stop], self.tolls)


def limits_of(world: World, request: NextBestActionsRequest) -> Capacities | None:
    """Return the budgets that bind this request, None if none does: they are about contacts."""
    policy = world.bundle.policy
    limits = capacities(policy.budgets, world.bundle.actions, request.channel)
    return limits if limits.names and request.direction == "outbound" else None


def allot(
    world: World,
    blocks: Iterable[Sequence[str]],
    request: NextBestActionsRequest,
    limits: Capacities,
    now: int,
) -> tuple[Allotment, BudgetReport]:
    """Share the budgets out among all customers, whatever the blocks they come in."""
    policy, actions = world.bundle.policy, world.bundle.actions
    parts = []
    for customers in blocks:
        people = world.people([(customer, None) for customer in customers])
        block, situation = action_block(world, people, request, now)
        parts.append(
            Wishes.of(decide_actions(block, actions, policy, situation), policy, situation)
        )
    wishes = Wishes.joined(parts)
    shares = share_out(wishes, limits, actions, policy)
    return Allotment(shares.chosen, wishes.held, shares.tolls), _report(shares, limits)


def decide_within(
    world: World, people: People, request: NextBestActionsRequest, now: int, part: Allotment
) -> list[DecidedActions]:
    """Decide for a block of people within what was allotted to them."""
    policy = world.bundle.policy
    block, situation = action_block(world, people, request, now)
    priced = decide_actions(block, world.bundle.actions, policy, situation, part.tolls)
    kept = keep_within(priced, part.chosen, part.wished, policy, situation)
    return [DecidedActions(kept, block, situation, row) for row in range(len(people.subjects))]


def _report(shares: Shares, limits: Capacities) -> BudgetReport:
    unit = np.where(limits.in_money, 100.0, 1.0)
    # A price is cents a contact, or cents a cent, which is the same in any currency.
    price = shares.policy_arm.prices / np.where(limits.in_money, 1.0, 100.0)
    rows = zip(
        limits.names,
        limits.in_money.tolist(),
        (shares.used / unit).tolist(),
        (limits.limit / unit).tolist(),
        price.tolist(),
        strict=True,
    )
    return BudgetReport(
        budgets=tuple(
            BudgetUse(name, "money" if in_money else "contacts", used, limit, worth)
            for name, in_money, used, limit, worth in rows
        ),
        expected_value=shares.expected / 100.0,
        share_of_bound=shares.policy_arm.share_of_bound,
        random_refused=shares.refused,
    )
