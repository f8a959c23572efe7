"""What the learning policy's own log says of another policy, beside the truth."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from decisioning.actions import Decisions, decide_actions
from decisioning.arms import ARMS
from training.off_policy.estimators import Name
from training.off_policy.log import Log, RewardModel
from training.off_policy.value import PolicyValue, evaluate
from training.simulation.players import without_experiments
from training.simulation.run import Play, Week
from training.simulation.worth import Choice, Worth, ladders

Floats = NDArray[np.float64]

LEVEL: Final = 0.9
ESTIMATORS: Final[tuple[Name, ...]] = ("ips", "snips", "dr")
SAMPLE: Final = 4
_CONTROL: Final = ARMS.index("control")


@dataclass(frozen=True)
class Measured:
    """One week's estimates of the greedy policy's value, and its true value.

    The policy measured is what the learner would do by its means alone, without exploration and
    arms; it was settled before the week's outcomes. Rewards are what the shop sees of the action
    taken: margin of a response less discount and cost of contact, organic responses included.
    The control group is left out, as nothing was drawn for it. The estimate sees one customer in
    `SAMPLE`, the truth is that of all: intervals speak of customers like these, not of these.

    Parameters
    ----------
    values
        By estimator, cents per customer, with 90 % intervals; empty when refused.
    truth
        Cents per customer: the expected reward of the policy's actions.
    effective
        Effective number of customers; NaN when refused unread.
    refusal
        Why there is no figure, empty when there is.
    """

    week: int
    values: dict[str, PolicyValue]
    truth: float
    effective: float
    refusal: str

    def covers(self, estimator: Name) -> bool:
        """Tell whether the interval holds the truth."""
        found = self.values[estimator]
        return found.low <= self.truth <= found.high


def measure(game: Play, week: Week) -> Measured:
    """Estimate what the learner's greedy policy would have brought in a week, from its log."""
    rules = game.world.rules
    situation = game.situation(week.number)
    greedy = without_experiments(week.plan.policy)
    target = decide_actions(week.block, week.plan.actions, greedy, situation)
    choice = game.choice(target, ladders(rules.actions, week.block))
    drawn = np.flatnonzero((week.log.arm != _CONTROL) & ~np.isnan(week.log.probability))
    sample = drawn[game.world.keys[drawn] % SAMPLE == 0]
    answer = evaluate(_log(week, target, choice, sample), ESTIMATORS, level=LEVEL)
    return Measured(
        week=week.number,
        values={one.estimator: one for one in answer.values},
        truth=float(_expected(week.worth, choice)[drawn].mean()),
        effective=answer.support.effective if answer.support else np.nan,
        refusal=answer.refusal.message if answer.refusal else "",
    )


def _log(week: Week, target: Decisions, choice: Choice, rows: NDArray[np.int64]) -> Log:
    done = week.log.choice
    agrees = (done.action == choice.action) & (done.discount == choice.discount)
    model = RewardModel(
        _predicted(week, target, done)[rows], _predicted(week, target, choice)[rows]
    )
    return Log(
        reward=_seen(week)[rows],
        logged=week.log.probability[rows],
        target=agrees[rows].astype(np.float64),
        customers=rows,
        model=model,
        unsupported=_unsupported(week, target)[rows],
    )


def _seen(week: Week) -> Floats:
    """Return what the shop earned by the action taken, float64 (m,), cents."""
    done = week.log.choice
    at, action = np.arange(done.action.size), np.maximum(done.action, 0)
    return _reward(week.worth, done, week.log.bought[at, action].astype(np.float64))


def _expected(worth: Worth, choice: Choice) -> Floats:
    at, action = np.arange(choice.action.size), np.maximum(choice.action, 0)
    return _reward(worth, choice, worth.truth.at_odds(choice.odds[:, None])[at, action])


def _predicted(week: Week, target: Decisions, choice: Choice) -> Floats:
    """Return what the learner, who has not seen the week, expects of a choice."""
    at, action = np.arange(choice.action.size), np.maximum(choice.action, 0)
    return _reward(week.worth, choice, target.terms.propensity[at, action])


def _reward(worth: Worth, choice: Choice, responds: Floats) -> Floats:
    action = np.maximum(choice.action, 0)
    margin = worth.value[action] - choice.discount * worth.price[action]
    return np.where(choice.action >= 0, responds * margin - worth.cost[action], 0.0)


def _unsupported(week: Week, target: Decisions) -> Floats:
    """Return 1 where the log could never have done what the target does, float64 (m,)."""
    first = target.slate[:, 0]
    logged = week.decisions.probability[np.arange(first.size), first]
    return ((first >= 0) & ~(logged > 0)).astype(np.float64)
