"""A record is enough to decide again, to the last bit; a record that was altered shows it."""

import copy
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.actions import decide_actions
from decisioning.catalogue import Action
from decisioning.compiled import Catalogue
from decisioning.conditions import Apply, Column, Literal
from decisioning.item_cut import Balance, Candidate, Lineup, Trial, cut
from decisioning.items import decide_items
from decisioning.policy import Policy
from decisioning.reasons import CODE, PASSED
from decisioning.recommender.diversity import Diversity
from serving.action_answers import actions_answer, candidates_record, dropped_actions
from serving.action_inputs import columns_read, inputs_record
from serving.differences import differences
from serving.item_lineup import lineup_of, lineup_record
from serving.replay import UnrecordedColumnError, redecide, replay_actions, replay_items
from serving.rulebook import Rules
from tests.decisioning.support import (
    RANKERS,
    make_action,
    make_block,
    make_shop,
    same,
    situation,
)
from tests.decisioning.worlds import POLICIES, blocks, catalogues, many, situations

WORLDS = st.tuples(blocks(), catalogues(), POLICIES, situations())
World = tuple[Any, list[Action], Policy, Any]


def bodies(world: World) -> list[dict[str, Any]]:
    """The record of each customer of a world, after a journey through JSON."""
    block, actions, policy, here = world
    laid = block.laid(actions)
    decisions = decide_actions(laid, actions, policy, here)
    columns = columns_read(actions, policy)
    made = []
    for row, consents in enumerate(block.consents):
        alone, decision = laid.rows(row, row + 1), decisions.row(row)
        items: list[list[dict[str, Any]]] = [[] for _ in decision.slate]
        body = {
            "arm": decision.arm,
            "actions": actions_answer(actions, decision, here.channel, items),
            "candidates": candidates_record(actions, decision),
            "dropped": dropped_actions(actions, decision),
            "inputs": inputs_record(alone, here, consents, actions, columns) | {"fills": {}},
        }
        made.append(json.loads(json.dumps(body)))
    return made


@many
@given(WORLDS)
def test_a_record_decides_again_to_the_last_bit(world):
    block, actions, policy, here = world
    decisions = decide_actions(block.laid(actions), actions, policy, here)
    for row, body in enumerate(bodies(world)):
        assert same(redecide(body, actions, policy), decisions.row(row))


@many
@given(WORLDS)
def test_a_replay_is_identical_to_its_record(world):
    _, actions, policy, _ = world
    for body in bodies(world):
        replay = replay_actions(body, Rules(Catalogue.of(actions), policy))
        assert replay.differences == ()
        assert json.loads(json.dumps(replay.decision)) == {k: body[k] for k in replay.decision}


@many
@given(WORLDS, st.data())
def test_an_altered_term_is_found_where_it_stands(world, data):
    _, actions, policy, _ = world
    for body in bodies(world):
        candidate = data.draw(st.sampled_from(body["candidates"]))
        name = data.draw(st.sampled_from(sorted(set(candidate) - {"action_id", "label"})))
        before = candidate[name]
        candidate[name] = np.nextafter(before, 9e9) if isinstance(before, float) else "altered"
        (found,) = replay_actions(body, Rules(Catalogue.of(actions), policy)).differences
        assert found.path == f"candidates.{candidate['action_id']}.{name}"
        assert (found.recorded, found.replayed) == (candidate[name], before)


@many
@given(WORLDS)
def test_an_altered_arm_or_a_lost_candidate_is_found(world):
    _, actions, policy, _ = world
    for body in bodies(world):
        lost = body["candidates"].pop()["action_id"]
        paths = {
            d.path
            for d in replay_actions(
                body | {"arm": "nobody's"}, Rules(Catalogue.of(actions), policy)
            ).differences
        }
        assert paths == {"arm", f"candidates.{lost}"}


def test_altered_inputs_are_found_by_what_they_lead_to() -> None:
    action = make_action("a", model="m", cool_down_days=7.0)
    world = (blocks_of_one(), [action, make_action("b", model="m")], Policy(), here())
    (body,) = bodies(world)
    rules = Rules(Catalogue.of(world[1]), world[2])
    assert not replay_actions(body, rules).differences

    def paths(alter: Any) -> set[str]:
        altered = copy.deepcopy(body)
        alter(altered["inputs"])
        return {d.path.split(".", 2)[-1] for d in replay_actions(altered, rules).differences}

    assert "propensity" in paths(lambda i: i["responses"]["m"].__setitem__(0, 0.21))
    contact = ["email", "a", "offer", "shown", here().as_of - 60]
    assert "verdict" in paths(lambda i: i["contacts"].append(contact))
    assert "verdict" in paths(lambda i: i["consents"].clear())
    assert "verdict" in paths(lambda i: i.update(known=False))


def blocks_of_one() -> Any:
    return make_block(["c0"], propensities={"m": [0.2]}, columns={"age": [40.0]})


def here() -> Any:
    return situation()


def test_other_rules_decide_on_what_was_read_then() -> None:
    cheap, dear = make_action("a", value=500.0), make_action("b", value=900.0)
    (body,) = bodies((blocks_of_one(), [cheap, dear], Policy(), here()))
    raised = [replace(cheap, value=2000.0), dear]
    assert raised[redecide(body, raised, Policy()).slate[0]].action_id == "a"
    kept = [dear]
    decision = redecide(body, kept, Policy(random_share=0.2))
    assert decision.probability.shape == (1,)
    assert 0 < decision.probability[0] <= 1


def test_rules_that_read_what_was_not_recorded_are_refused() -> None:
    old = make_action("a", eligible_when=Apply(">", (Column("age"), Literal(30.0))))
    (body,) = bodies((blocks_of_one(), [old], Policy(), here()))
    new = replace(old, eligible_when=Apply(">", (Column("income"), Literal(1.0))))
    with pytest.raises(UnrecordedColumnError, match="income"):
        redecide(body, [new], Policy())


@many
@given(
    st.integers(0, 10_000),
    st.integers(1, 12),
    st.sampled_from(["any", "discover", "replenish"]),
    st.sampled_from([0.0, 0.2, 0.8]),
)
def test_a_slate_of_items_is_cut_again_from_its_record(seed, n, goal, density):
    shop = make_shop(seed, density=density, goal=goal, n=n)
    ids = np.array([f"i{k}" for k in range(shop.state.n_items)])
    for row, decision in enumerate(decide_items(shop.block, shop.state, RANKERS)):
        body = json.loads(json.dumps(item_body(shop, row, decision, ids)))
        replay = replay_items(body)
        assert replay.differences == ()
        if decision.slate:
            part = "ranked" if body["inputs"]["lineup"]["ranked"] else "popular"
            first = body["inputs"]["lineup"][part][0]
            body["inputs"]["lineup"][part][0] = [first[0], -1e9, "out_of_stock"]
            if len(first) < 3 or first[2] is None:
                assert replay_items(body).differences


def item_body(shop: Any, row: int, decision: Any, ids: Any) -> dict[str, Any]:
    customer = shop.block.customers[row]
    return {
        "items": [
            {
                "item_id": str(ids[i.item]),
                "rank": rank,
                "score": i.score,
                "action_probability": i.probability,
                "reason": i.reason,
            }
            for rank, i in enumerate(decision.slate, start=1)
        ],
        "personalised": decision.personalised,
        "fallback": decision.fallback,
        "inputs": {
            "n": shop.block.n,
            "known": bool(customer >= 0),
            "consented": bool(shop.block.personal[row]),
            "has_history": bool(shop.bought(customer)),
            "lineup": lineup_record(decision.lineup, ids),
        },
    }


CANDIDATES = st.builds(
    Candidate,
    item=st.integers(0, 5),
    score=st.floats(-1e6, 1e6),
    verdict=st.sampled_from([PASSED, CODE["out_of_stock"], CODE["filtered"]]),
    orders=st.sampled_from([0, 3]),
    last_days=st.sampled_from([None, 0.0, 12.5]),
    similar=st.booleans(),
    place=st.sampled_from(["", "trending"]),
)
PART = st.lists(CANDIDATES, max_size=5, unique_by=lambda c: c.item).map(tuple)


BALANCES = st.none() | st.builds(
    Diversity,
    calibration=st.sampled_from([0.0, 0.5]),
    category_cap=st.integers(0, 2),
    ignored_penalty=st.sampled_from([0.0, 0.5]),
    variety=st.sampled_from([0.0, 0.1]),
)
TRIALS = st.none() | st.builds(
    Trial, share=st.sampled_from([0.1, 0.9]), draw=st.floats(0, 0.999), pool=PART
)


@given(PART, PART, BALANCES, TRIALS, st.integers(1, 6))
def test_a_lineup_survives_json(ranked, popular, rules, trial, n):
    ids = np.array([f"i{k}" for k in range(6)])
    category, ignored = (tuple(k % m for k in range(len(ranked))) for m in (3, 2))
    balance = rules and Balance(rules, category, tuple(map(float, ignored)), (0.5, 0.25, 0.25))
    # As the funnel builds it: best first, of equal scores the lower item.
    ranked = tuple(sorted(ranked, key=lambda c: (-c.score, c.item)))
    lineup = Lineup(ranked, popular, balance, trial)
    again, names = lineup_of(json.loads(json.dumps(lineup_record(lineup, ids))))

    def named(told: Lineup, of: Any) -> Any:
        parts = [told.ranked, told.popular, told.trial.pool if told.trial else ()]
        rows = [[(str(of[c.item]), replace(c, item=0)) for c in part] for part in parts]
        lot = told.trial and (told.trial.share, told.trial.draw)
        slate = [(str(of[i.item]), replace(i, item=0)) for i in cut(told, n)]
        return rows, told.balance, lot, slate

    assert named(again, names) == named(lineup, ids)


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ({"a": 0.1 + 0.2}, {"a": 0.3}, ["a"]),
        ({"a": 0.0}, {"a": -0.0}, ["a"]),
        ({"a": 1}, {"a": 1.0}, ["a"]),
        ({"a": True}, {"a": 1}, ["a"]),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}, 4]}, ["a.1.b", "a.2"]),
        ({"a": 1, "label": "x"}, {"b": 1, "label": "y"}, ["a", "b"]),
        ({"a": None}, {}, []),
        ([1], {"0": 1}, [""]),
    ],
)
def test_differences_are_found_to_the_bit(one: Any, other: Any, paths: list[str]) -> None:
    assert [d.path for d in differences(one, other, ignored=("label",))] == paths
