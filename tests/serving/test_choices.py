"""Records as choices made by lot: the log of the core itself, valued for other rules."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.catalogue import Action, PriceClass, PriceStep
from decisioning.compiled import Catalogue
from decisioning.policy import DAY
from serving.choices import Choice, Counted, read_choices
from serving.replay import UnrecordedColumnError, redecide
from serving.rulebook import Rules
from serving.stores.ports import DecisionRecord, OutcomeRow
from tests.decisioning.support import NOTHING, NOW, make_action, make_block, situation
from tests.decisioning.worlds import AGE_OVER_30, POLICIES, blocks, catalogues, many, situations
from tests.serving.decided import EXPLORING, SHOP, A, B, C, day, log_of

WINDOW = 14 * DAY


def read(
    record: DecisionRecord,
    rules: Rules | None = None,
    outcomes: Sequence[OutcomeRow] = (),
    counted: Counted = "value",
) -> Choice:
    found = read_choices(record, outcomes, rules, counted, WINDOW)
    assert not isinstance(found, str)
    (one,) = found
    return one


def rules(*actions: Action, **policy: Any) -> Rules:
    return Rules(Catalogue.of(actions), replace(EXPLORING, **policy))


def came(outcome: str, value: float | None, days: float) -> OutcomeRow:
    return OutcomeRow("o", "d0", "a", None, outcome, value, NOW + int(days * DAY))


@many
@given(st.tuples(blocks(), catalogues(), POLICIES, situations()))
def test_the_rules_that_decided_are_the_log(world):
    block, actions, policy, here = world
    for record in log_of(block, actions, policy, here):
        alone = read_choices(record, [], None, "value", WINDOW)
        again = read_choices(record, [], Rules(Catalogue.of(actions), policy), "value", WINDOW)
        if record.body["arm"] == "control":
            assert alone == again == "control"
            continue
        assert not isinstance(alone, str)
        assert alone == again
        assert len(alone) == max(1, len(record.body["actions"]))
        assert sum(one.share for one in alone) == pytest.approx(1)
        for one in alone:
            assert 0 < one.logged <= 1 + 1e-9
            assert one.target in (one.logged, 0.0)
            assert one.unsupported == 0


@pytest.mark.parametrize("n", [1, 2])
def test_weights_average_one_and_values_are_found(n: int) -> None:
    # b is made worthless, so the other rules choose between a and c.
    other = rules(A, replace(B, value=20.0), C, NOTHING)
    truth = {"a": 0.3, "b": 0.1, "c": 0.6, "do_nothing": 0.0}
    rng = np.random.default_rng(5)
    log = day(600, n=n)
    off, weighed, expected, mine = [], [], [], []
    for record in log.records:
        found = read_choices(record, [], other, "value", WINDOW)
        assert not isinstance(found, str)
        chances = [truth[one["action_id"]] for one in record.body["actions"]]
        weights = np.array([one.target / one.logged for one in found])
        weighed.append(float(np.sum(weights * (rng.random(len(chances)) < chances))))
        off.append(weights.sum() - sum(one.places for one in found))
        expected.append(_expected(record, other, truth))
        mine.append(sum(chances))
    assert abs(np.mean(off)) < 4 * np.std(off) / np.sqrt(len(off))
    error = np.std(weighed) / np.sqrt(len(weighed))
    assert abs(np.mean(weighed) - np.mean(expected)) < 4 * error
    # The question is a real one: the log itself brings something else.
    assert abs(np.mean(expected) - np.mean(mine)) > 0.02


def _expected(record: DecisionRecord, other: Rules, truth: dict[str, float]) -> float:
    again = redecide(record.body, other.actions, other.policy)
    chances = np.nan_to_num(again.probability)
    return float(sum(truth[a.action_id] * p for a, p in zip(other.actions, chances, strict=True)))


def test_the_other_rules_have_no_control_group() -> None:
    record = day(1).records[0]
    kept = read(record, rules(*SHOP, control_share=1.0))
    assert kept.target == kept.logged


def test_what_the_log_could_not_take_is_told() -> None:
    new = make_action("new", value=1e7)
    record = day(1).records[0]
    # All but the random arm's share, of which the new action has a fifth.
    assert read(record, rules(*SHOP, new)).unsupported == pytest.approx(0.9 + 0.1 / 5)


def test_another_discount_is_another_action() -> None:
    # The floor lets the discount be, and demand doubles with it.
    ladder = (PriceStep(0.0, 1.0), PriceStep(0.1, 9.0))
    cheaper = replace(
        A, price=10.0, price_classes=(PriceClass("everybody", None, ladder),), items=""
    )
    record = day(1, actions=[A, NOTHING]).records[0]
    one = read(record, rules(cheaper, NOTHING))
    assert one.unsupported > 0.5


def test_the_reward_is_money_less_cost_within_the_window() -> None:
    record = next(r for r in day().records if r.body["actions"][0]["kind"] != "none")
    outcomes = [
        came("clicked", None, 1),
        came("purchased", 12.5, 13.9),
        came("purchased", 100.0, 14),
    ]
    assert read(record, outcomes=outcomes).reward == pytest.approx(12.5 - 0.10)
    assert read(record).reward == pytest.approx(-0.10)
    assert read(record, outcomes=outcomes, counted="clicked").reward == 1.0
    assert read(record, outcomes=outcomes, counted="accepted").reward == 0.0
    assert read(record, outcomes=outcomes[2:], counted="purchased").reward == 0.0


def test_doing_nothing_costs_nothing_and_is_believed_to_bring_nothing() -> None:
    poor = [replace(a, value=1.0) for a in (A, B)]
    record = day(1, replace(EXPLORING, random_share=0.0), [*poor, NOTHING]).records[0]
    assert record.body["actions"][0]["kind"] == "none"
    assert read(record) == Choice("c0", 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0)


def test_outcomes_go_to_the_action_that_they_name() -> None:
    record = next(r for r in day(n=2).records if len(r.body["actions"]) == 2)
    first, second = (one["action_id"] for one in record.body["actions"])
    record.body["actions"][1]["items"] = [{"item_id": "i7"}]
    named = came("purchased", 5.0, 1)._replace(action_id=second)
    by_item = named._replace(action_id=None, item_id="i7")
    stray = named._replace(action_id="elsewhere")
    for outcome, expected in ((named, [0, 5]), (by_item, [0, 5]), (stray, [5, 0])):
        found = read_choices(record, [outcome], None, "value", WINDOW)
        assert [one.reward for one in found if isinstance(one, Choice)] == pytest.approx(
            [reward - 0.1 for reward in expected]
        )
    assert first != second


def test_beliefs_are_the_services_own() -> None:
    record = next(r for r in day().records if r.body["actions"][0]["action_id"] == "c")
    one = read(record)
    assert one.believed == pytest.approx(0.08 * 10 - 0.10)
    assert read(record, counted="clicked").believed == pytest.approx(0.08)
    chances = {c["action_id"]: c["action_probability"] for c in record.body["candidates"]}
    expected = (chances["a"] + chances["b"]) * 0.9 + chances["c"] * 0.7
    assert one.believed_target == pytest.approx(expected)


def test_what_is_no_choice_says_why() -> None:
    record = day(1).records[0]
    held = day(1, replace(EXPLORING, control_share=1.0)).records[0]
    assert read_choices(held, [], None, "value", WINDOW) == "control"
    old = replace(record, body={k: v for k, v in record.body.items() if k != "inputs"})
    assert read_choices(old, [], None, "value", WINDOW) == "unrecorded_inputs"


def test_an_empty_slate_is_a_choice_too() -> None:
    refused = make_block(["c1"], consents=[[]])
    (record,) = log_of(refused, [A, B], EXPLORING, situation(n=1))
    assert record.body["actions"] == []
    assert read(record) == Choice("c1", 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0)


def test_an_empty_slate_of_several_is_never_asked_about() -> None:
    refused = make_block(["c1"], consents=[[]])
    (record,) = log_of(refused, [A, B], EXPLORING, situation(n=3))
    assert read(record) == Choice("c1", 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def test_rules_that_read_what_was_not_recorded_are_refused() -> None:
    with pytest.raises(UnrecordedColumnError, match="age"):
        read(day(1).records[0], rules(replace(A, eligible_when=AGE_OVER_30), NOTHING))
