"""The policies that are compared: by what beliefs and rules each has `decide_actions` decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from decisioning.calibration import Propensity, Uplift
from decisioning.catalogue import Action, PriceStep, Prior
from decisioning.policy import Policy
from training.simulation.learner import Learner
from training.simulation.log import WeekLog

Floats = NDArray[np.float64]

LEARNING: Final = "learning policy"
UNCURIOUS: Final = "uplift, no exploration"
GREEDY: Final = "response model, greedy"
RANDOM: Final = "random"
SHIPPED: Final = "log's rates, no model"
ORACLE: Final = "oracle"


@dataclass(frozen=True)
class Plan:
    """What a policy brings to a week's decision.

    Parameters
    ----------
    actions
        The world's catalogue in its order, with what the policy believes of it.
    responses, uplifts
        By model name, of all m customers.
    knows_the_truth
        What is done is then the best of what the gates allow, whatever the decision says.
    """

    actions: Sequence[Action]
    policy: Policy
    responses: Mapping[str, Propensity] = field(default_factory=dict)
    uplifts: Mapping[str, Uplift] = field(default_factory=dict)
    knows_the_truth: bool = False


class Player(Protocol):
    """A policy that plays the weeks of a world."""

    name: str

    def plan(self, columns: Mapping[str, Floats]) -> Plan:
        """Say how this week is decided, given the customers' columns, float64 (m,) each."""

    def learn(self, log: WeekLog) -> None:
        """Take in how the week went."""


class Learning:
    """A policy that learns responses, and what they would have been without contact, as it goes.

    Parameters
    ----------
    policy
        Its rules: arms and exploration included.
    opt_out_cost
        Cents.
    by_uplift
        Whether it asks what a contact causes; a response model taken at its word does not.
    """

    def __init__(
        self,
        name: str,
        actions: Sequence[Action],
        policy: Policy,
        opt_out_cost: float,
        *,
        by_uplift: bool = True,
    ) -> None:
        self.name, self._policy = name, policy
        self._opt_out_cost, self._by_uplift = opt_out_cost, by_uplift
        self._learner = Learner(actions)

    def plan(self, columns: Mapping[str, Floats]) -> Plan:
        """Decide by what was learned so far."""
        learner = self._learner
        return Plan(
            learner.priced(self._opt_out_cost),
            self._policy,
            learner.responses(columns),
            learner.uplifts(columns) if self._by_uplift else {},
        )

    def learn(self, log: WeekLog) -> None:
        """Take in how the week went."""
        self._learner.learn(log)


class Constant:
    """A policy that learns nothing."""

    def __init__(self, name: str, plan: Plan) -> None:
        self.name, self._plan = name, plan

    def plan(self, columns: Mapping[str, Floats]) -> Plan:
        """Decide as ever."""
        return self._plan

    def learn(self, log: WeekLog) -> None:
        """Learn nothing."""


def named_players(actions: Sequence[Action], policy: Policy, opt_out_cost: float) -> list[Player]:
    """Return the policies that are compared with the fixed actions and with each other.

    `LEARNING` is the policy as it stands in its file. `UNCURIOUS` is the same without exploration
    and random arm, `GREEDY` a response model without any experiment, `RANDOM` draws among what
    the gates allow, doing nothing included, and `ORACLE` knows the truth and does what is best
    this week.
    """
    quiet = without_experiments(policy)
    uncurious = replace(quiet, control_share=policy.control_share)
    return [
        Learning(LEARNING, actions, policy, opt_out_cost),
        Learning(UNCURIOUS, actions, uncurious, opt_out_cost),
        Learning(GREEDY, actions, quiet, opt_out_cost, by_uplift=False),
        Constant(RANDOM, Plan(actions, replace(quiet, random_share=1.0))),
        Constant(ORACLE, Plan(actions, quiet, knows_the_truth=True)),
    ]


def fixed_players(actions: Sequence[Action], policy: Policy) -> list[Constant]:
    """Return a policy for each action and rung of its ladder, taken for all the gates allow."""
    rules = without_experiments(policy)
    players = []
    for action in actions:
        if action.kind == "none":
            continue
        discounts = {s.discount for c in action.price_classes for s in c.steps} | {0.0}
        for discount in sorted(discounts):
            name = f"{action.action_id}{f' -{discount:.0%}' if discount else ''}"
            own = [_certain(a, discount) if a is action else _idle(a) for a in actions]
            players.append(Constant(name, Plan(own, rules)))
    return players


def without_experiments(policy: Policy) -> Policy:
    """Return the rules without control group, random arm and exploration."""
    return replace(policy, control_share=0.0, random_share=0.0, exploration="none")


def _idle(action: Action) -> Action:
    """Return the action at a loss, so that it is never taken; doing nothing stays as it is."""
    if action.kind == "none":
        return action
    return replace(action, model="", value=0.0, cost=1.0, price_classes=())


def _certain(action: Action, discount: float) -> Action:
    """Return the action with beliefs under which it is always taken, at one rung where it can be.

    Where the rung is not open to a customer (class, floor, what the items bear) the action is
    taken without discount.
    """
    classes = tuple(
        replace(
            c,
            steps=tuple(
                PriceStep(s.discount, 1.0 if s.discount == 0.0 else 1e9)
                for s in c.steps
                if s.discount in (0.0, discount)
            ),
        )
        for c in action.price_classes
    )
    return replace(
        action,
        model="",
        prior=Prior(mean=0.1 if discount else 1.0 - 1e-9, strength=1e9),
        price_classes=classes if discount else (),
    )
