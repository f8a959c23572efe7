"""Weeks that are played keep every rule, and luck belongs to the customer, not to the policy."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from decisioning.arms import ARMS
from decisioning.pricing import deepest
from decisioning.reasons import CODE
from tests.training.simulation.support import Played, played
from training.simulation.customers import WEEK
from training.simulation.people import SHOWN
from training.simulation.players import GREEDY, LEARNING, ORACLE, RANDOM, named_players
from training.simulation.truth_file import StockSpec
from training.simulation.world import Rules, World

Games = Mapping[str, Played]


def _shown(game: Played) -> np.ndarray:
    """Which action each customer was shown each week, (weeks, m), -1 for none."""
    return np.array([week.log.choice.action for week in game.weeks])


def test_a_game_played_again_is_the_same_game(world: World, games: Games) -> None:
    cost = world.rules.truth.opt_out_cost * 100.0
    again = played(world, named_players(world.rules.actions, world.policy, cost)[0])
    np.testing.assert_array_equal(_shown(again), _shown(games[LEARNING]))
    for one, other in zip(again.weeks, games[LEARNING].weeks, strict=True):
        np.testing.assert_array_equal(one.log.bought, other.log.bought)
        np.testing.assert_array_equal(one.log.probability, other.log.probability)


@pytest.mark.parametrize(
    ("one", "other"), list(combinations((LEARNING, GREEDY, RANDOM, ORACLE), 2))
)
def test_the_same_done_gets_the_same_answer(games: Games, one: str, other: str) -> None:
    same = 0
    for a, b in zip(games[one].weeks, games[other].weeks, strict=True):
        x, y = a.log.choice, b.log.choice
        rows = (x.action == y.action) & (x.discount == y.discount)
        np.testing.assert_array_equal(a.log.bought[rows], b.log.bought[rows])
        same += int((rows & (x.action >= 0)).sum())
    assert same > 50


def test_what_nobody_did_is_the_same_under_every_policy(games: Games) -> None:
    for a, b in zip(games[LEARNING].weeks, games[RANDOM].weeks, strict=True):
        for k in range(a.log.bought.shape[1]):
            neither = (a.log.choice.action != k) & (b.log.choice.action != k)
            np.testing.assert_array_equal(a.log.bought[neither, k], b.log.bought[neither, k])


@pytest.mark.parametrize("name", [LEARNING, GREEDY, RANDOM, ORACLE])
def test_a_withdrawn_consent_binds_from_the_next_week_on(
    world: World, games: Games, name: str
) -> None:
    marketing = np.array([a.purpose == "marketing" for a in world.rules.actions])
    gone = np.zeros(world.m, dtype=np.bool_)
    for week in games[name].weeks:
        action = week.log.choice.action
        assert not (gone & (action >= 0) & marketing[action]).any()
        # Some earlier gate may refuse first, so the verdict of those refused by consent is read.
        refused = week.decisions.verdict[gone][:, marketing]
        assert not np.isin(refused, [0, CODE["not_in_slate"], CODE["negative_value"]]).any()
        gone |= week.log.opted_out
    assert gone.any()


def test_nobody_in_the_control_group_is_ever_contacted(games: Games) -> None:
    groups = []
    for week in games[LEARNING].weeks:
        control = week.log.arm == ARMS.index("control")
        assert (week.log.choice.action[control] < 0).all()
        groups.append(control)
    assert groups[0].any()
    assert all(np.array_equal(groups[0], later) for later in groups)


@pytest.mark.parametrize("name", [LEARNING, GREEDY, RANDOM, ORACLE])
def test_the_caps_hold_in_the_ledger(world: World, games: Games, name: str) -> None:
    shown = _shown(games[name])
    assert (shown >= 0).any()
    promotions = np.array([a.group == "promotions" for a in world.rules.actions])
    for limit, counted in (
        (world.policy.limits[0], shown >= 0),
        (world.policy.limits[1], (shown >= 0) & promotions[shown]),
    ):
        assert limit.outcome == "shown"
        span = round(limit.days * 86_400 / WEEK)
        windows = np.lib.stride_tricks.sliding_window_view(counted, span, axis=0)
        assert windows.sum(axis=-1).max() <= limit.count
    ledger = games[name].play.people.contacts()
    assert (ledger.outcome == SHOWN).sum() == (shown >= 0).sum()


@pytest.mark.parametrize("name", [LEARNING, GREEDY, RANDOM, ORACLE])
def test_no_offer_without_stock_and_no_discount_under_the_floor(
    world: World, games: Games, name: str
) -> None:
    discounted = 0
    for week in games[name].weeks:
        for k, action in enumerate(world.rules.actions):
            rows = week.log.choice.action == k
            if action.items:
                assert week.block.sellable[action.items][rows].all()
            discount = week.log.choice.discount[rows]
            if action.items and discount.any():
                given = discount > 0
                bears = deepest(week.block.margins[action.items][rows], action.floor_margin)
                assert (discount[given] <= bears[given]).all()
                discounted += int(given.sum())
    assert discounted > 0 or name == RANDOM


def test_a_shelf_that_runs_empty_stops_the_offers(rules: Rules) -> None:
    stock = StockSpec(items=3, replenish_weeks=99, units_per_1000_customers=10)
    scarce = replace(rules, truth=rules.truth.model_copy(update={"stock": stock}))
    world = World(scarce, seed=3, m=400, weeks=8)
    weeks = played(world, named_players(rules.actions, world.policy, 0.0)[3]).weeks
    goals = np.array([a.items for a in rules.actions])
    sold = dict.fromkeys(("any", "discover", "replenish"), 0)
    for week in weeks:
        rows = week.log.choice.rows
        done = week.log.choice.action[rows]
        served = week.log.bought[rows, done] & ~week.left_out[rows]
        for goal in sold:
            sold[goal] += int((served & (goals[done] == goal)).sum())
    # Four units of each of three articles, and nothing delivered after the first week.
    assert 0 < max(sold.values()) <= 12
    assert weeks[0].refused_for_stock == 0
    assert weeks[-1].refused_for_stock > 0


def test_who_did_not_grant_personalisation_has_no_columns_and_no_scores(games: Games) -> None:
    played_ = games[LEARNING]
    unknown = ~played_.play.people.personalisation
    assert unknown.any()
    block = played_.weeks[-1].block
    assert all(np.isnan(column[unknown]).all() for column in block.columns.values())
    assert block.responses
    assert all(np.isnan(p.mean[unknown]).all() for p in block.responses.values())
    assert all(not np.isnan(u.mean[~unknown]).any() for u in block.uplifts.values())


def test_the_random_player_draws_evenly_and_says_so(games: Games) -> None:
    for week in games[RANDOM].weeks:
        allowed = week.decisions.allowed.sum(axis=1)
        np.testing.assert_allclose(week.log.probability, 1.0 / allowed)
