"""What each candidate is truly worth in a week, and the best of them: for regret and the oracle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock
from decisioning.catalogue import Action
from decisioning.ladders import above_floor
from decisioning.pricing import class_of, deepest
from training.simulation.truth import WeekTruth
from training.simulation.truth_file import TruthSpec

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Choice:
    """What is done for each of m customers.

    Parameters
    ----------
    action
        int64 (m,): position in the world's catalogue, -1 for nothing.
    discount, odds
        float64 (m,): the step; 0 and 1 without discount.
    """

    action: I64
    discount: Floats
    odds: Floats

    @property
    def rows(self) -> I64:
        """The customers who are contacted."""
        return np.flatnonzero(self.action >= 0)


@dataclass(frozen=True)
class Worth:
    """The truth of a week in cents, in the state that a policy brought its customers to.

    Parameters
    ----------
    truth
        The probabilities.
    opt_out
        float64 (m, k): probability that the contact makes the customer opt out.
    price, value, cost
        float64 (k,), cents.
    opt_out_cost
        Cents.
    """

    truth: WeekTruth
    opt_out: Floats
    price: Floats
    value: Floats
    cost: Floats
    opt_out_cost: float

    def gains(self, discount: Floats, odds: Floats) -> Floats:
        """Return what contacts truly add to doing nothing, float64 (m, k), cents.

        Margin of the responses that the contact causes, less the discount, which all who respond
        are paid, the contact's cost, and the opt-outs it leads to.
        """
        shown = self.truth.at_odds(odds)
        caused = (shown - self.truth.organic) * self.value
        paid = shown * discount * self.price
        return np.asarray(caused - paid - self.cost - self.opt_out * self.opt_out_cost)

    def of(self, choice: Choice) -> Floats:
        """Return what a choice truly adds, float64 (m,), cents; 0 for nothing."""
        taken = np.maximum(choice.action, 0)[:, None]
        gains = self.gains(choice.discount[:, None], choice.odds[:, None])
        return np.where(choice.action >= 0, np.take_along_axis(gains, taken, 1)[:, 0], 0.0)

    def best(self, steps: Sequence["Steps"], allowed: Mask) -> Choice:
        """Return the best choice among what is allowed, bool (m, k); nothing where all lose."""
        m = allowed.shape[0]
        best, at = np.zeros(m), np.arange(m)
        choice = Choice(np.full(m, -1), np.zeros(m), np.ones(m))
        for step in steps:
            gains = np.where(allowed & step.open, self.gains(step.discount, step.odds), -np.inf)
            action = gains.argmax(axis=1)
            better = gains[at, action] > best
            best = np.where(better, gains[at, action], best)
            choice = Choice(
                np.where(better, action, choice.action),
                np.where(better, step.discount[at, action], choice.discount),
                np.where(better, step.odds[at, action], choice.odds),
            )
        return choice


@dataclass(frozen=True)
class Steps:
    """One rung of every ladder: discount and odds, and to whom it is open, (m, k) each."""

    discount: Floats
    odds: Floats
    open: Mask


def choice_at(steps: Sequence[Steps], action: I64, discount: Floats) -> Choice:
    """Return the choice of an action and discount for each customer, with the rung's odds.

    Parameters
    ----------
    action, discount
        int64 and float64 (m,); -1 for nothing.
    """
    at, taken = np.arange(action.size), np.maximum(action, 0)
    odds = np.ones(action.size)
    for step in steps:
        hit = (step.discount[at, taken] == discount) & (discount > 0.0) & (action >= 0)
        odds[hit] = step.odds[at, taken][hit]
    return Choice(action, np.where(action >= 0, discount, 0.0), odds)


def worth_of(
    spec: TruthSpec, actions: Sequence[Action], truth: WeekTruth, recent: I64, reachable: Mask
) -> Worth:
    """Put a price on a week's truth.

    Parameters
    ----------
    recent
        int64 (m,): contacts of the last 28 days, each of which makes an opt-out more likely.
    reachable
        bool (m,): who has a consent to withdraw.
    """
    tired = 1.0 + spec.opt_out_growth * recent[:, None]
    opt_out = np.minimum(truth.opt_out * tired, 1.0) * reachable[:, None]
    price, value, cost = (
        np.array([getattr(a, name) for a in actions]) for name in ("price", "value", "cost")
    )
    return Worth(truth, opt_out, price, value, cost, spec.opt_out_cost * 100.0)


def ladders(actions: Sequence[Action], block: ActionBlock) -> list[Steps]:
    """Return the rungs open to each customer, none first: by class, floor and what items bear."""
    shape = (len(block.subjects), len(actions))
    depth = max((len(c.steps) for a in actions for c in a.price_classes), default=0)
    rungs = [
        Steps(np.zeros(shape), np.ones(shape), np.zeros(shape, np.bool_)) for _ in range(depth)
    ]
    for k, action in enumerate(actions):
        classes = class_of(action, block)
        bears = np.full(shape[0], np.inf)
        if action.items:
            bears = deepest(block.margins[action.items], action.floor_margin)
        for c, declared in enumerate(action.price_classes):
            for rung, step in zip(rungs, declared.steps, strict=False):
                mine = classes == c
                rung.discount[mine, k], rung.odds[mine, k] = step.discount, step.odds
                fits = above_floor(action, step.discount) & (step.discount <= bears)
                rung.open[mine, k] = (fits & (step.discount > 0.0))[mine]
    return [Steps(np.zeros(shape), np.ones(shape), np.ones(shape, np.bool_)), *rungs]
