"""Off-policy estimates from the learning policy's log, beside the truth."""

from collections.abc import Mapping

import numpy as np
import pytest

from decisioning.arms import ARMS
from tests.training.simulation.support import Played
from training.simulation.measured import ESTIMATORS, SAMPLE, measure
from training.simulation.players import LEARNING, Learning
from training.simulation.run import Play
from training.simulation.world import Rules, World

Games = Mapping[str, Played]


def test_a_log_too_small_to_speak_is_not_made_to(games: Games) -> None:
    played = games[LEARNING]
    found = measure(played.play, played.weeks[5])
    assert found.effective < 100
    assert found.values == {}
    assert "fewer than 100" in found.refusal


@pytest.mark.slow
def test_estimates_scatter_around_the_truth(rules: Rules) -> None:
    world = World(rules, seed=2, m=3_000, weeks=9)
    cost = rules.truth.opt_out_cost * 100.0
    play = Play(world, Learning(LEARNING, rules.actions, world.policy, cost))
    found = [measure(play, week) for week in play.weeks()][1:]
    assert all(not one.refusal for one in found)
    for estimator in ESTIMATORS:
        off = np.array([one.values[estimator].value - one.truth for one in found])
        error = np.array([one.values[estimator].error for one in found])
        assert (np.abs(off / error) < 4.5).all()
        assert abs(off.sum()) < 4 * np.linalg.norm(error)
        held = [one.covers(estimator) for one in found]
        assert held == [
            v.low <= one.truth <= v.high for one in found for v in [one.values[estimator]]
        ]


def test_the_estimate_sees_a_quarter_of_those_outside_the_control_group(rules: Rules) -> None:
    world = World(rules, seed=2, m=2_000, weeks=1)
    cost = rules.truth.opt_out_cost * 100.0
    play = Play(world, Learning(LEARNING, rules.actions, world.policy, cost))
    week = next(play.weeks())
    drawn = world.m - int((week.log.arm == ARMS.index("control")).sum())
    rows = measure(play, week).values["ips"].rows
    assert drawn < world.m
    assert 0.8 * drawn / SAMPLE < rows < 1.2 * drawn / SAMPLE
