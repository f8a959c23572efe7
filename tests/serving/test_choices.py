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
from serving.choices import Choice, Counted, read_choice
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
    found = read_choice(record, outcomes, rules, counted, WINDOW)
    assert isinstance(found, Choice)
    return found


def rules(*actions: Action, **policy: Any) -> Rules:
    return Rules(Catalogue.of(actions), replace(EXPLORING, **policy))


def came(outcome: str, value: float | None, days: float) -> OutcomeRow:
    return OutcomeRow("o", "d0", "a", None, outcome, value, NOW + int(days * DAY))


@many
@given(st.tuples(blocks(), catalogues(), POLICIES, situations()))
def test_the_rules_that_decided_are_the_log(world):
    block, actions, policy, here = world
    here = replace(here, n=1)
    for record in log_of(block, actions, policy, here):
        alone = read_choice(record, [], None, "value", WINDOW)
        again = read_choice(record, [], Rules(Catalogue.of(actions), policy), "value", WINDOW)
        if record.body["arm"] == "control":
            assert alone == again == "control"
            continue
        assert isinstance(alone, Choice)
        assert alone == again
        assert 0 < alone.logged <= 1 + 1e-9
        assert alone.target == alone.logged
        assert alone.unsupported == 0


def test_weights_average_one_and_values_are_found() -> None:
    # b is made worthless, so the other rules choose between a and c.
    other = rules(A, replace(B, value=20.0), C, NOTHING)
    truth = {"a": 0.3, "b": 0.1, "c": 0.6, "do_nothing": 0.0}
    rng = np.random.default_rng(5)
    log = day(3_000)
    weights, values, expected = [], [], []
    for record in log.records:
        one = read(record, other)
        taken = record.body["actions"][0]["action_id"]
        weights.append(one.target / one.logged)
        values.append(weights[-1] * (rng.random() < truth[taken]))
        expected.append(_expected(record, other, truth))
    error = np.std(weights) / np.sqrt(len(weights))
    assert abs(np.mean(weights) - 1) < 4 * error
    assert abs(np.mean(values) - np.mean(expected)) < 4 * np.std(values) / np.sqrt(len(values))
    # The question is a real one: the log itself brings something else.
    mine = np.mean([truth[r.body["actions"][0]["action_id"]] for r in log.records])
    assert abs(np.mean(expected) - mine) > 0.02


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
    assert read(record) == Choice("c0", 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)


def test_beliefs_are_the_services_own() -> None:
    record = next(r for r in day().records if r.body["actions"][0]["action_id"] == "c")
    one = read(record)
    assert one.believed == pytest.approx(0.08 * 10 - 0.10)
    assert read(record, counted="clicked").believed == pytest.approx(0.08)
    chances = {c["action_id"]: c["action_probability"] for c in record.body["candidates"]}
    expected = (chances["a"] + chances["b"]) * 0.9 + chances["c"] * 0.7
    assert one.believed_target == pytest.approx(expected)


def test_what_is_no_choice_says_why() -> None:
    several = make_block(["c1"])
    (record,) = log_of(several, SHOP, EXPLORING, situation(n=2))
    assert read_choice(record, [], None, "value", WINDOW) == "several_at_once"
    held = day(1, replace(EXPLORING, control_share=1.0)).records[0]
    assert read_choice(held, [], None, "value", WINDOW) == "control"
    old = replace(record, body={k: v for k, v in record.body.items() if k != "inputs"})
    assert read_choice(old, [], None, "value", WINDOW) == "unrecorded_inputs"


def test_an_empty_slate_is_a_choice_too() -> None:
    refused = make_block(["c1"], consents=[[]])
    (record,) = log_of(refused, [A, B], EXPLORING, situation(n=1))
    assert record.body["actions"] == []
    assert read(record) == Choice("c1", 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)


def test_rules_that_read_what_was_not_recorded_are_refused() -> None:
    with pytest.raises(UnrecordedColumnError, match="age"):
        read(day(1).records[0], rules(replace(A, eligible_when=AGE_OVER_30), NOTHING))
