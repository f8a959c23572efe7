"""The learner that ships plays as the service would: counts of the log, the control group's too."""

import numpy as np
import pytest

from decisioning.arms import ARMS
from decisioning.compiled import learned_name
from training.lessons import learn
from training.simulation.run import Play
from training.simulation.shipped import Shipped
from training.simulation.world import Rules, World


@pytest.fixture(scope="module")
def game(rules: Rules) -> tuple[Shipped, list]:
    world = World(rules, seed=4, m=3_000, weeks=4)
    player = Shipped("shipped", rules.actions, world.policy, world.subjects)
    return player, list(Play(world, player).weeks())


def test_the_belief_is_the_prior_and_the_logs_counts(rules: Rules, game: tuple) -> None:
    player, weeks = game
    k = [a.action_id for a in rules.actions].index("loyalty_coupon")
    prior = rules.actions[k].prior
    shown = bought = 0
    for week in weeks:
        rows = (week.log.choice.action == k) & week.log.may_learn
        shown += int(rows.sum())
        bought += int(week.log.bought[rows, k].sum())
    told = player.plan(weeks[0].log.columns).responses[learned_name("loyalty_coupon")]
    strength = prior.strength + shown
    assert shown > 100
    np.testing.assert_allclose(told.strength, strength)
    np.testing.assert_allclose(told.mean, (prior.mean * prior.strength + bought) / strength)


def test_the_control_group_gives_the_uplift_once_it_is_large_enough(
    rules: Rules, game: tuple
) -> None:
    player, weeks = game
    uplifts = player.plan(weeks[0].log.columns).uplifts
    k = [a.action_id for a in rules.actions].index("loyalty_coupon")
    truth = weeks[-1].worth.truth
    control = weeks[-1].log.arm == ARMS.index("control")
    assert control.sum() > 100
    found = uplifts["loyalty_coupon"]
    caused = float((truth.shown - truth.organic)[:, k].mean())
    # Three deviations: the interval is 90 %, which is 1.645 to either side.
    assert abs(found.mean[0] - caused) < 3 * (found.high[0] - found.low[0]) / 3.29
    # Too few are ever eligible for this one among the control group.
    assert "service_recovery" not in uplifts


def test_nobody_who_did_not_allow_it_is_learned_from(game: tuple) -> None:
    player, weeks = game
    allowed = {
        s for s, may in zip(weeks[0].block.subjects, weeks[0].log.may_learn, strict=True) if may
    }
    assert {e.subject for e in player._exposures} <= allowed
    assert learn(player._exposures).uplifts
