"""True worth: against brute force, and no policy does better than the oracle."""

from collections.abc import Mapping

import numpy as np
import pytest

from tests.training.simulation.support import Played
from training.simulation.players import (
    GREEDY,
    LEARNING,
    ORACLE,
    RANDOM,
    UNCURIOUS,
    fixed_players,
)
from training.simulation.tally import Tally, play
from training.simulation.world import World
from training.simulation.worth import ladders

Games = Mapping[str, Played]


@pytest.fixture(scope="module")
def fixed(world: World) -> dict[str, Tally]:
    players = fixed_players(world.rules.actions, world.policy)
    return {player.name: play(world, player) for player in players}


def test_the_best_choice_is_that_of_trying_everything(world: World, games: Games) -> None:
    week = games[LEARNING].weeks[4]
    steps = ladders(world.rules.actions, week.block)
    assert len(steps) == 5
    chosen = week.worth.of(week.best)
    for i in range(0, world.m, 7):
        best = 0.0
        for step in steps:
            gains = week.worth.gains(step.discount, step.odds)[i]
            open_ = week.decisions.allowed[i] & step.open[i]
            best = max([best, *gains[open_].tolist()])
        assert chosen[i] == pytest.approx(best, abs=1e-9)


def test_a_gain_is_the_sum_of_its_parts(world: World, games: Games) -> None:
    week, k, i = games[LEARNING].weeks[2], 2, 11
    action = world.rules.actions[k]
    truth, spec = week.worth.truth, world.rules.truth
    p = truth.shown[i, k]
    odds = 1.7 ** truth.elasticity[i]
    shown = odds * p / (1 - p + odds * p)
    opt_out = week.worth.opt_out[i, k] * spec.opt_out_cost * 100
    by_hand = (shown - truth.organic[i, k]) * action.value
    by_hand -= shown * 0.1 * action.price + action.cost + opt_out
    gain = week.worth.gains(np.full((1, 1), 0.1), np.full((1, 1), 1.7))[i, k]
    assert gain == pytest.approx(by_hand, rel=1e-12)


def test_contacts_make_an_opt_out_more_likely_and_nobody_leaves_twice(games: Games) -> None:
    first, last = games[GREEDY].weeks[0], games[GREEDY].weeks[-1]
    here = last.worth.opt_out[:, 0] > 0
    assert (last.worth.opt_out[here, 0] >= first.worth.opt_out[here, 0]).all()
    assert (last.worth.opt_out[here, 0] > first.worth.opt_out[here, 0]).any()
    for name in (GREEDY, RANDOM):
        gone = np.zeros(here.size, dtype=np.bool_)
        for week in games[name].weeks:
            assert (week.worth.opt_out[gone] == 0).all()
            assert not (gone & week.log.opted_out).any()
            gone |= week.log.opted_out
        assert gone.any()


@pytest.mark.parametrize("name", [LEARNING, UNCURIOUS, GREEDY, RANDOM, ORACLE])
def test_regret_is_never_negative_and_the_oracles_is_none(games: Games, name: str) -> None:
    for week in games[name].weeks:
        regret = week.worth.of(week.best) - week.worth.of(week.log.choice)
        assert (regret >= -1e-9).all()
        assert (regret.sum() > 0) == (name != ORACLE)


def test_no_policy_adds_more_than_the_oracle(games: Games, fixed: dict[str, Tally]) -> None:
    total = {
        name: sum(float(w.worth.of(w.log.choice).sum()) for w in game.weeks)
        for name, game in games.items()
    }
    total |= {name: float(tally.value.sum()) for name, tally in fixed.items()}
    assert max(total, key=lambda name: total[name]) == ORACLE


def test_a_fixed_player_does_one_thing_to_all_the_gates_allow(
    world: World, fixed: dict[str, Tally]
) -> None:
    ids = [a.action_id for a in world.rules.actions]
    assert set(fixed) == {*ids[:-1], "win_back -5%", "win_back -10%", "win_back -15%"}
    for name, tally in fixed.items():
        done = tally.by_action.sum(axis=0)
        own = ids.index(name.split()[0])
        assert done[own] == done.sum() == tally.contacts.sum() > 0


def test_realised_values_scatter_around_the_expected_ones(fixed: dict[str, Tally]) -> None:
    off = np.array([(t.realised - t.value).sum() for t in fixed.values()])
    scatter = np.array(
        [(t.realised - t.value).std(ddof=1) * t.value.size**0.5 for t in fixed.values()]
    )
    # What met an empty shelf lowers the realised value only; here next to nobody did.
    late = sum(int(t.left_out.sum()) for t in fixed.values())
    assert late < 0.01 * sum(int(t.contacts.sum()) for t in fixed.values())
    assert abs(off.sum()) < 4 * np.linalg.norm(scatter)
