"""A finished game with all its weeks."""

from typing import NamedTuple

from training.simulation.players import Player
from training.simulation.run import Play, Week
from training.simulation.world import World


class Played(NamedTuple):
    play: Play
    weeks: list[Week]


def played(world: World, player: Player) -> Played:
    play = Play(world, player)
    return Played(play, list(play.weeks()))
