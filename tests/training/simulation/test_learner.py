"""What is learned from a log comes near the truth that the log was drawn from."""

from dataclasses import replace

import numpy as np
import pytest

from training.simulation.design import Design
from training.simulation.learner import Learner
from training.simulation.players import Constant, Plan, without_experiments
from training.simulation.run import Play
from training.simulation.world import Rules, World


class _Watching(Constant):
    """Acts by its plan, and lets a learner look on."""

    def __init__(self, plan: Plan, learner: Learner) -> None:
        super().__init__("watching", plan)
        self.learn = learner.learn  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def watched(rules: Rules) -> tuple[World, Learner]:
    """A steady world of random decisions, half of the customers in the control group."""
    steady = rules.truth.model_copy(update={"drift": 0.0, "season": 0.0})
    world = World(replace(rules, truth=steady), seed=5, m=4_000, weeks=14)
    policy = replace(
        without_experiments(world.policy), control_share=0.5, random_share=1.0, limits=()
    )
    learner = Learner(rules.actions)
    for _ in Play(world, _Watching(Plan(rules.actions, policy), learner)).weeks():
        pass
    return world, learner


def _eligible(world: World, name: str, columns: dict[str, np.ndarray]) -> np.ndarray:
    if name == "replenishment_reminder":
        return columns["orders_90d"] >= 2
    return (
        columns["abandoned_carts_30d"] >= 1 if name == "basket_reminder" else np.ones(world.m, bool)
    )


@pytest.mark.parametrize(
    "name",
    ["new_arrivals", "loyalty_coupon", "replenishment_reminder", "flash_sale", "basket_reminder"],
)
def test_responses_and_uplifts_come_near_the_truth(
    watched: tuple[World, Learner], name: str
) -> None:
    world, learner = watched
    k = [a.action_id for a in world.rules.actions].index(name)
    columns, truth = world.customers.columns(13), world.truth.week(13)
    who = _eligible(world, name, columns)
    response = learner.responses(columns)[name]
    uplift = learner.uplifts(columns)[name]
    shown, caused = truth.shown[who, k], (truth.shown - truth.organic)[who, k]
    # The level by the learner's own interval of an average customer, the order by correlation.
    half = (response.high - response.low)[who].mean() / 2
    assert abs(response.mean[who].mean() - shown.mean()) < half
    half = (uplift.high - uplift.low)[who].mean() / 2
    assert abs(uplift.mean[who].mean() - caused.mean()) < half
    if name == "loyalty_coupon":
        assert np.corrcoef(response.mean[who], shown)[0, 1] > 0.8


def test_the_learner_tells_the_annoying_action_by_its_opt_outs(
    watched: tuple[World, Learner],
) -> None:
    world, learner = watched
    added = {
        a.action_id: after.cost - a.cost
        for a, after in zip(world.rules.actions, learner.priced(1_000.0), strict=True)
    }
    assert added["do_nothing"] == 0
    assert max(added, key=lambda name: added[name]) == "flash_sale"
    # 3 % of the rested leave, more of the tired: 30 cents a contact and upward.
    assert 20 < added["flash_sale"] < 80


def test_before_the_first_week_there_is_nothing_but_the_priors(rules: Rules, world: World) -> None:
    learner, columns = Learner(rules.actions), world.customers.columns(0)
    assert learner.responses(columns) == {}
    assert learner.uplifts(columns) == {}
    assert [a.action_id for a in learner.priced(1_000.0)] == [a.action_id for a in rules.actions]


def test_inputs_are_standard_and_a_null_is_the_average_that_says_so() -> None:
    column = np.array([0.0, 1.0, 5.0, np.nan, 20.0])
    design = Design.of({"a": column, "constant": np.ones(5), "never": np.full(5, np.nan)})
    x = design.inputs({"a": column})
    assert design.names == ("a",)
    assert x.shape == (5, design.d)
    told = x[[0, 1, 2, 4], 1]
    assert told.mean() == pytest.approx(0.0)
    assert told.std() == pytest.approx(1.0)
    assert x[3].tolist() == [1.0, 0.0, 1.0]
