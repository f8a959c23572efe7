"""One small shop, played once a session by each of the policies that are compared."""

from collections.abc import Mapping

import pytest

from tests.training.simulation.support import Played, played
from training.simulation.players import named_players
from training.simulation.world import Rules, World, read_rules


@pytest.fixture(scope="session")
def rules() -> Rules:
    return read_rules()


@pytest.fixture(scope="session")
def world(rules: Rules) -> World:
    return World(rules, seed=3, m=500, weeks=10)


@pytest.fixture(scope="session")
def games(world: World) -> Mapping[str, Played]:
    cost = world.rules.truth.opt_out_cost * 100.0
    players = named_players(world.rules.actions, world.policy, cost)
    return {player.name: played(world, player) for player in players}
