"""The price advantage: the step with the best incremental margin that the floor allows."""

import numpy as np
import pytest

from decisioning.catalogue import PriceClass, PriceStep, Prior
from decisioning.conditions import Apply, Column, Literal
from decisioning.ladders import above_floor
from decisioning.policy import Policy
from decisioning.pricing import deepest, shifted
from tests.decisioning.support import NOTHING, decide, make_action, make_block, situation

STEPS = (PriceStep(0.0, 1.0), PriceStep(0.05, 1.4), PriceStep(0.10, 2.0), PriceStep(0.15, 2.2))
EVERYBODY = (PriceClass("everybody", None, STEPS),)
LOYAL = Apply(">=", (Column("orders"), Literal(12.0)))
FACTS = {"value": 1000.0, "cost": 10.0, "price": 4000.0}
NAN = float("nan")


def decided(action, m=1, **facts):
    block = make_block([f"c{k}" for k in range(m)], **facts)
    return decide(block, [action, NOTHING], Policy(), situation())


def test_odds_move_a_probability():
    found = shifted(np.array([0.0, 0.2, 0.5, 1.0]), 2.0)
    np.testing.assert_allclose(found, [0.0, 1 / 3, 2 / 3, 1.0])
    one = np.array([0.1, 0.123456789])
    assert shifted(one, 1.0).tolist() == one.tolist()


def test_the_step_is_that_of_the_best_incremental_margin():
    """By hand: P(d) x (value - d x price), less cost, for every step."""
    action = make_action("a", prior=Prior(0.05, 50.0), price_classes=EVERYBODY, **FACTS)
    found = decided(action)[0]
    odds = 0.05 / 0.95
    gains = []
    for step in STEPS:
        p = step.odds * odds / (1 + step.odds * odds)
        gains.append(p * (1000 - step.discount * 4000) - 10)
    assert found.gain[0] == pytest.approx(max(gains))
    assert found.discount[0] == STEPS[int(np.argmax(gains))].discount == 0.10
    assert found.propensity[0] == pytest.approx(2 * odds / (1 + 2 * odds))
    assert found.priority[0] == pytest.approx(max(gains))


def test_who_would_buy_anyway_gets_no_discount():
    action = make_action("a", model="m", price_classes=EVERYBODY, **FACTS)
    found = decided(
        action, 3, propensities={"m": [0.9, 0.05, 0.3]}, uplifts={"a": [0.05, 0.05, NAN]}
    )
    assert found[0].discount[0] == 0.0, "nine of ten buy at the full price"
    assert found[1].discount[0] > 0.0
    base = 0.9 - 0.05
    assert found[0].gain[0] == pytest.approx((0.9 - base) * 1000 - 10)


def test_a_class_has_its_own_ladder_and_the_first_that_holds_counts():
    classes = (PriceClass("loyal", LOYAL, STEPS), PriceClass("others", None, STEPS[:2]))
    action = make_action("a", prior=Prior(0.05, 50.0), price_classes=classes, **FACTS)
    found = decided(action, 3, columns={"orders": [20.0, 3.0, NAN]})
    assert [d.price_class[0] for d in found] == [0, 1, 1]
    assert [d.discount[0] for d in found] == [0.10, 0.05, 0.05]
    only_loyal = make_action("a", prior=Prior(0.05, 50.0), price_classes=classes[:1], **FACTS)
    found = decided(only_loyal, 3, columns={"orders": [20.0, 3.0, NAN]})
    assert [d.price_class[0] for d in found] == [0, -1, -1]
    assert [d.discount[0] for d in found] == [0.10, 0.0, 0.0]


@pytest.mark.parametrize(
    ("floor", "expected"),
    # 1000 of margin on 4000: at 10 % 600 of 3600 are left (1/6), at 5 % 800 of 3800 (4/19).
    [(0.0, 0.10), (0.16, 0.10), (0.17, 0.05), (0.21, 0.05), (0.22, 0.0)],
)
def test_the_floor_of_the_action(floor, expected):
    action = make_action(
        "a", prior=Prior(0.05, 50.0), price_classes=EVERYBODY, floor_margin=floor, **FACTS
    )
    assert decided(action)[0].discount[0] == expected
    assert above_floor(action, 0.0), "no discount is always a step"


def test_items_bear_only_what_is_known_of_their_margin():
    action = make_action(
        "a", prior=Prior(0.05, 50.0), price_classes=EVERYBODY, items="any", n_items=1, **FACTS
    )
    found = decided(action, 4, margins={"any": [0.5, 0.07, 0.02, NAN]})
    assert [d.discount[0] for d in found] == [0.10, 0.05, 0.0, 0.0]
    assert decided(action)[0].discount[0] == 0.0, "a goal nobody told the margin of"
    np.testing.assert_allclose(deepest(np.array([0.5, 0.2]), 0.2), [0.375, 0.0])


def test_of_equal_steps_the_smaller_discount():
    steps = (PriceStep(0.1, 1.0), PriceStep(0.0, 1.0))
    action = make_action("a", price=0.0, price_classes=(PriceClass("all", None, steps),))
    assert decided(action)[0].discount[0] == 0.0


def test_an_action_without_ladder_has_no_discount():
    found = decided(make_action("a"))[0]
    assert found.discount[0] == 0.0
    assert found.price_class[0] == -1
