"""A policy plays the weeks of a world: decided, answered, written down, learned from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from decisioning.action_block import ActionBlock, Situation
from decisioning.actions import Decisions, decide_actions
from decisioning.arms import ARMS
from decisioning.calibration import Propensity, Uplift
from decisioning.policy import DAY
from decisioning.reasons import CODE
from training.simulation.customers import moment
from training.simulation.log import WeekLog
from training.simulation.people import ACCEPTED, PURCHASED, REJECTED, SHOWN, People
from training.simulation.players import Plan, Player
from training.simulation.shelf import GOALS, Shelf
from training.simulation.world import World
from training.simulation.worth import Choice, Steps, Worth, choice_at, ladders, worth_of

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

_Scores = TypeVar("_Scores", Propensity, Uplift)
_CONTROL, _RANDOM = ARMS.index("control"), ARMS.index("random")


@dataclass(frozen=True)
class Week:
    """One week under a policy; m customers, k actions of the world's catalogue.

    Parameters
    ----------
    block, plan, decisions
        What was decided, about whom and by what.
    worth, best
        What is true, and the best choice that the gates allowed.
    log
        What the shop sees of it.
    left_out
        bool (m,): wanted what the contact offered, and others had bought the last one.
    """

    number: int
    block: ActionBlock
    plan: Plan
    decisions: Decisions
    worth: Worth
    best: Choice
    log: WeekLog
    left_out: Mask

    @property
    def refused_for_stock(self) -> int:
        """Candidates dropped as none of their items could be sold."""
        return int((self.decisions.verdict == CODE["no_sellable_item"]).sum())


class Play:
    """The state that a policy has brought a world to.

    Parameters
    ----------
    world
        Not changed.
    player
        Learns as the weeks go by.
    """

    def __init__(self, world: World, player: Player) -> None:
        self.world, self.player = world, player
        rules = world.rules
        self.people = People(rules.truth, rules.actions, rules.channel, world.seed, world.m)
        reserve = rules.policy.stock_reserve
        self._shelf = Shelf(rules.truth.stock, world.seed, world.m, reserve)
        self._is_none = np.array([a.kind == "none" for a in rules.actions])
        self._goals = np.array([GOALS.index(a.items) if a.items else -1 for a in rules.actions])
        serves = [a.kind in ("service", "feedback_request") for a in rules.actions]
        self._outcomes = np.where(serves, ACCEPTED, PURCHASED)

    def weeks(self) -> Iterator[Week]:
        """Play every week of the world."""
        for number in range(self.world.weeks):
            yield self._week(number)

    def _week(self, number: int) -> Week:
        self._shelf.deliver(number)
        columns = self._columns(number)
        plan = self.player.plan(columns)
        block = self._block(plan, columns, number)
        decisions = decide_actions(block, plan.actions, plan.policy, self.situation(number))
        worth = self._worth(number)
        steps = ladders(self.world.rules.actions, block)
        best = worth.best(steps, decisions.allowed)
        choice = best if plan.knows_the_truth else self.choice(decisions, steps)
        log = self._log(number, columns, decisions, choice, worth)
        left_out = self._write(number, log)
        self.player.learn(log)
        return Week(number, block, plan, decisions, worth, best, log, left_out)

    def situation(self, week: int) -> Situation:
        """Return the situation of a week's decisions."""
        return Situation(
            channel=self.world.rules.channel,
            direction="outbound",
            as_of=moment(week),
            n=1,
            seed=self.world.seed,
        )

    def _block(self, plan: Plan, columns: Mapping[str, Floats], week: int) -> ActionBlock:
        m = self.world.m
        return ActionBlock(
            subjects=self.world.subjects,
            keys=self.world.keys,
            known=np.ones(m, dtype=np.bool_),
            columns=columns,
            consents=self.people.consents(),
            contacts=self.people.contacts(),
            sellable=self._shelf.sellable(),
            margins=self._shelf.margins(),
            responses={n: self._allowed(p) for n, p in plan.responses.items()},
            uplifts={n: self._allowed(u) for n, u in plan.uplifts.items()},
            utc_offset_s=np.zeros(m, dtype=np.int64),
        )

    def _columns(self, week: int) -> dict[str, Floats]:
        """Return the snapshot, null for those who did not grant personalisation."""
        personal = self.people.personalisation
        told = self.world.customers.columns(week)
        return {name: np.where(personal, column, np.nan) for name, column in told.items()}

    def _allowed(self, scores: _Scores) -> _Scores:
        """Return scores that are null for those who did not grant personalisation."""
        personal = self.people.personalisation
        told = {f.name: getattr(scores, f.name) for f in fields(scores)}
        return type(scores)(**{n: np.where(personal, v, np.nan) for n, v in told.items()})

    def _worth(self, week: int) -> Worth:
        rules = self.world.rules
        recent = self.people.recent(moment(week))
        truth = self.world.truth.week(week)
        return worth_of(rules.truth, rules.actions, truth, recent, self.people.marketing)

    def choice(self, decisions: Decisions, steps: Sequence[Steps]) -> Choice:
        """Return what decisions come to: the first of each slate, with its rung."""
        first, at = decisions.slate[:, 0], np.arange(self.world.m)
        contacted = (first >= 0) & ~self._is_none[first]
        discount = decisions.terms.prices.discount[at, first]
        return choice_at(steps, np.where(contacted, first, -1), np.where(contacted, discount, 0.0))

    def _log(
        self,
        number: int,
        columns: Mapping[str, Floats],
        decisions: Decisions,
        choice: Choice,
        worth: Worth,
    ) -> WeekLog:
        nobody = choice.action < 0
        rows, done = choice.rows, choice.action[choice.rows]
        chance = worth.truth.organic.copy()
        chance[rows, done] = worth.truth.at_odds(choice.odds[:, None])[rows, done]
        leaves = np.zeros(self.world.m, dtype=np.bool_)
        leaves[rows] = self.world.opt_outs(number)[rows, done] < worth.opt_out[rows, done]
        experiment = (decisions.arm == _CONTROL) | (nobody & (decisions.arm == _RANDOM))
        first = decisions.slate[:, 0]
        return WeekLog(
            columns=columns,
            choice=choice,
            probability=np.where(
                first >= 0, decisions.probability[np.arange(first.size), first], np.nan
            ),
            arm=decisions.arm,
            bought=self.world.responses(number) < chance,
            opted_out=leaves,
            untouched=decisions.allowed & experiment[:, None],
            may_learn=self.people.personalisation,
        )

    def _write(self, number: int, log: WeekLog) -> Mask:
        """Write contacts, answers and opt-outs; sell what was responded to."""
        at, choice = moment(number), log.choice
        rows = choice.rows
        done = choice.action[rows]
        responded = log.bought[rows, done]
        self.people.note(rows, done, SHOWN, at)
        for outcome in (ACCEPTED, PURCHASED):
            mine = responded & (self._outcomes[done] == outcome)
            self.people.note(rows[mine], done[mine], outcome, at + DAY)
        leaves = log.opted_out[rows]
        self.people.note(rows[leaves], done[leaves], REJECTED, at + DAY)
        self.people.withdraw(rows[leaves], at + DAY)
        goals = self._goals[done]
        return self._shelf.take({g: rows[responded & (goals == i)] for i, g in enumerate(GOALS)})
