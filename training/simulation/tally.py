"""What a run came to, week by week."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decisioning.arms import ARMS
from training.simulation.players import Player
from training.simulation.run import Play, Week
from training.simulation.world import World

Floats = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """One policy in one world; w weeks, k actions of the world's catalogue. Money in cents.

    Parameters
    ----------
    value
        float64 (w,): what the contacts truly add to doing nothing, in expectation.
    realised
        float64 (w,): the same with the outcomes that were drawn, against what would have been
        bought without contact by the same draws; less what the shelf could not serve.
    best
        float64 (w,): what the best choices add that the gates allowed to the same customers.
    contacts, opt_outs, refused, left_out
        int64 (w,): contacts; consents withdrawn; candidates refused as nothing could be sold;
        responses that met an empty shelf.
    arms
        int64 (w, 3): customers by arm.
    by_action
        int64 (w, k): contacts.
    reachable
        int64 (w,): customers who allow marketing after the week.
    """

    name: str
    value: Floats
    realised: Floats
    best: Floats
    contacts: I64
    opt_outs: I64
    refused: I64
    left_out: I64
    arms: I64
    by_action: I64
    reachable: I64

    @property
    def regret(self) -> Floats:
        """What the best allowed choices would have added besides, float64 (w,), never negative."""
        return self.best - self.value


def play(world: World, player: Player, step: Callable[[Play, Week], object] | None = None) -> Tally:
    """Let a policy play a world.

    Parameters
    ----------
    step
        Called after every week.
    """
    game, weeks = Play(world, player), []
    for week in game.weeks():
        weeks.append((_figures(world, week), int(game.people.marketing.sum())))
        if step:
            step(game, week)
    return _tally(player.name, weeks)


def _figures(world: World, week: Week) -> tuple[Floats, I64, I64, I64]:
    choice, k = week.log.choice, len(world.rules.actions)
    money = (week.worth.of(choice).sum(), _realised(world, week), week.worth.of(week.best).sum())
    rows = choice.rows
    counts = (
        rows.size,
        int(week.log.opted_out.sum()),
        week.refused_for_stock,
        int(week.left_out.sum()),
    )
    arms = np.bincount(week.decisions.arm, minlength=len(ARMS))
    return np.array(money), np.array(counts), arms, np.bincount(choice.action[rows], minlength=k)


def _realised(world: World, week: Week) -> float:
    log, worth = week.log, week.worth
    rows = log.choice.rows
    done = log.choice.action[rows]
    served = log.bought[rows, done] & ~week.left_out[rows]
    organic = (world.responses(week.number) < worth.truth.organic)[rows, done]
    margin = worth.value[done] * (served.astype(float) - organic)
    paid = served * log.choice.discount[rows] * worth.price[done]
    left = log.opted_out[rows] * worth.opt_out_cost
    return float((margin - paid - worth.cost[done] - left).sum())


def _tally(name: str, weeks: Sequence[tuple[tuple[Floats, I64, I64, I64], int]]) -> Tally:
    money = np.array([figures[0] for figures, _ in weeks])
    counts = np.array([figures[1] for figures, _ in weeks])
    return Tally(
        name=name,
        value=money[:, 0],
        realised=money[:, 1],
        best=money[:, 2],
        contacts=counts[:, 0],
        opt_outs=counts[:, 1],
        refused=counts[:, 2],
        left_out=counts[:, 3],
        arms=np.array([figures[2] for figures, _ in weeks]),
        by_action=np.array([figures[3] for figures, _ in weeks]),
        reachable=np.array([reachable for _, reachable in weeks]),
    )
