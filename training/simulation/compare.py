"""Policies side by side, in the same worlds; differences are paired by seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from training.simulation.measured import Measured, measure
from training.simulation.players import (
    LEARNING,
    SHIPPED,
    Player,
    fixed_players,
    named_players,
)
from training.simulation.run import Play, Week
from training.simulation.shipped import Shipped
from training.simulation.tally import Tally, play
from training.simulation.world import Rules, World

Floats = NDArray[np.float64]

BEST_FIXED: Final = "best fixed action"
EDGE: Final = 4
"""Weeks at either end that are compared to see whether regret falls."""
_MEASURED_FROM: Final = 1
"""In the first week nothing has been learned that could be measured."""


class Spread(NamedTuple):
    """A mean over seeds with its 95 % interval (Student's t); NaN bounds for one seed."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """The policies' tallies over the same seeds.

    Parameters
    ----------
    seeds
        In order.
    customers
        Of each world.
    named, fixed
        Tallies by policy, one a seed; fixed are the policies of a single action.
    measured
        Off-policy estimates from the learning policy's log, by seed.
    """

    seeds: tuple[int, ...]
    customers: int
    named: dict[str, tuple[Tally, ...]]
    fixed: dict[str, tuple[Tally, ...]]
    measured: tuple[tuple[Measured, ...], ...]

    @property
    def shown(self) -> dict[str, tuple[Tally, ...]]:
        """The named policies, and among the fixed ones each seed's best in hindsight."""
        best = tuple(
            max((tallies[s] for tallies in self.fixed.values()), key=lambda t: t.value.sum())
            for s in range(len(self.seeds))
        )
        return {**self.named, BEST_FIXED: best} if self.fixed else dict(self.named)

    def total(self, tallies: Sequence[Tally]) -> Floats:
        """Return each seed's value over all weeks, float64 (seeds,), cents per customer."""
        return np.array([t.value.sum() for t in tallies]) / self.customers

    def ahead(self, other: str) -> Spread:
        """Return by how much the learning policy's total exceeds another's, paired by seed."""
        shown = self.shown
        return spread(self.total(shown[LEARNING]) - self.total(shown[other]))

    def regret(self, name: str) -> Floats:
        """Return regret by seed and week, float64 (seeds, weeks), cents per customer."""
        return np.array([t.regret for t in self.shown[name]]) / self.customers

    def regret_fell(self) -> Spread:
        """Return the learning policy's regret a week: the last weeks' less the first weeks'."""
        regret = self.regret(LEARNING)
        edge = min(EDGE, regret.shape[1])
        return spread(regret[:, -edge:].mean(axis=1) - regret[:, :edge].mean(axis=1))


def spread(values: Floats) -> Spread:
    """Return mean and 95 % interval of a figure over seeds, float64 (seeds,)."""
    mean, n = float(values.mean()), values.size
    if n < 2:
        return Spread(mean, np.nan, np.nan)
    half = float(student.ppf(0.975, n - 1)) * float(values.std(ddof=1)) / np.sqrt(n)
    return Spread(mean, mean - half, mean + half)


def count_policies(rules: Rules) -> int:
    """Return how many policies play each seed."""
    return len(_players(World(rules, 0, 1, 1))[0]) + len(_players(World(rules, 0, 1, 1))[1])


def compare(
    rules: Rules,
    seeds: Sequence[int],
    customers: int,
    weeks: int,
    progress: Callable[[str], object] | None = None,
) -> Comparison:
    """Let every policy play every seed's world.

    Parameters
    ----------
    progress
        Called with the policy's name after each run.
    """
    named: dict[str, list[Tally]] = {}
    fixed: dict[str, list[Tally]] = {}
    measured = []
    for seed in seeds:
        world, found = World(rules, seed, customers, weeks), list[Measured]()
        for kept, players in zip((named, fixed), _players(world), strict=True):
            for player in players:
                look = _measure_into(found) if player.name == LEARNING else None
                kept.setdefault(player.name, []).append(play(world, player, look))
                if progress:
                    progress(player.name)
        measured.append(tuple(found))
    return Comparison(tuple(seeds), customers, _frozen(named), _frozen(fixed), tuple(measured))


def _players(world: World) -> tuple[Sequence[Player], Sequence[Player]]:
    rules, policy = world.rules, world.policy
    cost = rules.truth.opt_out_cost * 100.0
    named = named_players(rules.actions, policy, cost)
    shipped = Shipped(SHIPPED, rules.actions, policy, world.subjects)
    return [*named[:-1], shipped, named[-1]], fixed_players(rules.actions, policy)


def _measure_into(found: list[Measured]) -> Callable[[Play, Week], None]:
    def look(game: Play, week: Week) -> None:
        if week.number >= _MEASURED_FROM:
            found.append(measure(game, week))

    return look


def _frozen(tallies: dict[str, list[Tally]]) -> dict[str, tuple[Tally, ...]]:
    return {name: tuple(of_seeds) for name, of_seeds in tallies.items()}
