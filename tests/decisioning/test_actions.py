"""The funnel for actions: gates in order, arbitration, arms, slate."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.actions import ActionDecision
from decisioning.calibration import from_prior
from decisioning.catalogue import PriceClass, PriceStep, Prior
from decisioning.conditions import Apply, Column, Literal
from decisioning.ledger import Contact
from decisioning.policy import DAY, ContactLimit, Policy
from decisioning.reasons import CODE, PASSED, REASONS, STAGES
from tests.decisioning.support import (
    EVERYTHING,
    NOTHING,
    NOW,
    decide,
    granted,
    make_action,
    make_block,
    quick,
    same,
    situation,
)

PLAIN = Policy()
NAN = float("nan")
OLDER_THAN = Apply(">", (Column("age"), Literal(30.0)))


def codes(decision: ActionDecision) -> list[str]:
    return [REASONS[v].code for v in decision.verdict]


def decide_one(actions, policy=PLAIN, block=None, **where) -> ActionDecision:
    return decide(block or make_block(["c1"]), actions, policy, situation(**where))[0]


def test_the_first_refusal_stands_and_each_gate_has_its_turn():
    """An action that fails at every gate, mended gate by gate, in the order of the funnel."""
    action = make_action(
        "offer", valid_from=NOW + 1, channels=("sms",), eligible_when=OLDER_THAN, items="any",
        value=0.0,
    )  # fmt: skip
    facts = {
        "known": [False],
        "columns": {"age": [NAN]},
        "consents": [[]],
        "sellable": {"any": [False]},
        "contacts": [[Contact("email", "x", "offer", "shown", NOW)]],
    }
    policy = Policy(limits=(ContactLimit("shown", 1, 1, 1),), control_share=1.0)
    met = []

    def meet(expected: str) -> None:
        decision = decide_one([action, NOTHING], policy, make_block(["c1"], **facts))
        assert codes(decision)[0] == expected
        assert decision.slate == ((0,) if expected == "passed" else (1,))
        reached = expected in ("negative_value", "control_group", "passed")
        terms = (decision.propensity, decision.low, decision.high, decision.context_weight)
        assert all(np.isnan(t[0]) != reached for t in (*terms, decision.priority))
        met.append(REASONS[CODE[expected]].stage)

    meet("unknown_subject")
    facts["known"] = [True]
    meet("not_active")
    action = dataclasses.replace(action, valid_from=NOW, valid_until=NOW)
    meet("not_active")
    action = dataclasses.replace(action, valid_until=NOW + 1)
    meet("channel_not_supported")
    action = dataclasses.replace(action, channels=("sms", "email"))
    meet("condition_unknown")
    facts["columns"] = {"age": [30.0]}
    meet("condition_false")
    facts["columns"] = {"age": [31.0]}
    meet("consent_unknown")
    facts["consents"] = [EVERYTHING]
    meet("no_sellable_item")
    facts["sellable"] = {"any": [True]}
    meet("contact_cap")
    facts["contacts"] = [[]]
    meet("control_group")
    policy = Policy()
    meet("negative_value")
    action = dataclasses.replace(action, value=1000.0)
    meet("passed")
    order = [STAGES.index(stage) for stage in met if stage not in ("control", "arbitration")]
    assert order == sorted(order)


def test_an_empty_block_has_no_decisions():
    assert decide(make_block([]), [make_action("a"), NOTHING], Policy(), situation()) == []


def test_priority_is_p_times_v_less_cost_times_c_times_l():
    action = make_action("a", model="m", value=700.0, cost=20.0, lever=1.5)
    policy = Policy(context_weights={("email", "offer"): 1.2, ("web", "offer"): 9.0})
    block = make_block(["c1"], propensities={"m": [0.3]})
    found = decide_one([action, NOTHING], policy, block)
    assert found.priority[0] == pytest.approx((0.3 * 700 - 20) * 1.2 * 1.5)
    assert found.priority[1] == 0
    assert found.context_weight.tolist() == [1.2, 1.0]
    assert (found.low[0], found.propensity[0], found.high[0]) == pytest.approx((0.15, 0.3, 0.45))


def test_the_prior_stands_where_there_is_no_score():
    prior = Prior(0.07, 30.0)
    actions = [make_action("a", model="m", prior=prior), make_action("b", prior=prior), NOTHING]
    block = make_block(["c1", "c2"], propensities={"m": [0.5, NAN]})
    scored, unscored = decide(block, actions, Policy(), situation())
    expected = from_prior(prior, 1)
    assert scored.propensity[0] == 0.5
    for decision, k in ((scored, 1), (unscored, 0), (unscored, 1)):
        assert decision.propensity[k] == expected.mean[0]
        assert (decision.low[k], decision.high[k]) == (expected.low[0], expected.high[0])


def test_ties_keep_the_order_of_the_ids():
    actions = [NOTHING, *(make_action(f"a{k}") for k in range(6))]
    assert decide_one(actions, n=4).slate == (1, 2, 3, 4)
    best_last = [*actions, make_action("best", value=2000.0)]
    assert decide_one(best_last, n=4).slate == (7, 1, 2, 3)
    assert codes(decide_one(best_last, n=4))[4] == "not_in_slate"
    backwards = actions[::-1]
    assert [backwards[k].action_id for k in decide_one(backwards, n=4).slate] == [
        "a0", "a1", "a2", "a3"
    ]  # fmt: skip


def test_what_costs_more_than_it_brings_loses_to_doing_nothing():
    actions = [make_action("a", value=1.0, cost=50.0), make_action("b", value=100.0, cost=10.0)]
    found = decide_one([*actions, NOTHING], n=5)
    assert found.slate == (2,)
    assert codes(found) == ["negative_value", "negative_value", "passed"]
    assert found.probability.tolist() == [0.0, 0.0, 1.0]
    mixed = decide_one([*actions, NOTHING, make_action("c")], n=5)
    assert mixed.slate == (3,), "doing nothing never pads a slate"
    assert codes(mixed) == ["negative_value", "negative_value", "not_in_slate", "passed"]


def test_somebody_unknown_is_left_in_peace():
    block = make_block(["who"], known=[False])
    found = decide_one([make_action("a"), NOTHING], block=block)
    assert found.slate == (1,)
    assert codes(found) == ["unknown_subject", "passed"]


@pytest.mark.parametrize("arm", [Policy(), Policy(random_share=1.0)])
def test_nothing_allowed_gives_an_empty_slate(arm: Policy):
    found = decide_one([make_action("a", channels=("web",))], arm)
    assert found.slate == ()
    assert np.isnan(found.probability).all()


def test_the_control_group_is_not_contacted_but_answered():
    policy = Policy(control_share=1.0, random_share=0.5)
    actions = [make_action("a"), make_action("b", value=2000.0), NOTHING]
    for day in range(20):
        out = decide_one(actions, policy, as_of=NOW + day * DAY, n=1)
        assert (out.arm, out.slate) == ("control", (2,))
        assert codes(out) == ["control_group", "control_group", "passed"]
        np.testing.assert_array_equal(out.probability, [0.0, 0.0, 1.0])
        answer = decide_one(actions, policy, as_of=NOW + day * DAY, n=1, direction="inbound")
        assert (answer.arm, answer.slate) == ("control", (1,))
        np.testing.assert_array_equal(answer.probability, [0.0, 1.0, 0.0])


def test_an_outbound_slate_holds_no_more_than_its_caps_leave():
    policy = Policy(limits=(ContactLimit("shown", 2, 7, 7, channel="email"),), random_share=0.5)
    actions = [*(make_action(f"a{k}") for k in range(4)), NOTHING]
    lengths = set()
    for day in range(20):
        found = decide_one(actions, policy, as_of=NOW + day * DAY, n=4)
        assert len(found.slate) <= 2
        lengths.add((found.arm, len(found.slate)))
        # The random arm takes two of five candidates, doing nothing among them.
        assert found.probability[:4].sum() == pytest.approx(0.5 * 2 + 0.5 * 4 * 2 / 5)
    assert lengths >= {("policy", 2), ("random", 2)}
    inbound = dataclasses.replace(policy, random_share=0.0)
    assert len(decide_one(actions, inbound, n=4, direction="inbound").slate) == 4


@pytest.mark.parametrize(
    ("n", "values", "direction"),
    [
        (1, (30, 20, 10), "outbound"),
        (2, (30, 20, 10), "inbound"),
        (2, (30, 0, 0), "outbound"),
        (5, (0, 0, 0), "inbound"),
    ],
)
def test_probabilities_are_the_frequencies_of_many_days(n, values, direction):
    """Over customers outside the control arm, and exactly within it."""
    policy = Policy(control_share=0.3, random_share=0.4, seed=5)
    actions = [*(make_action(f"a{k}", value=100.0 * v) for k, v in enumerate(values)), NOTHING]
    block = make_block([f"c{k}" for k in range(60)])
    seen: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    drawn = Counter[bool]()
    told: dict[bool, np.ndarray] = {}
    for day in range(40):
        here = situation(as_of=NOW + day * DAY, n=n, direction=direction)
        for decision in decide(block, actions, policy, here):
            held = decision.arm == "control"
            drawn[held] += 1
            seen[held].update(decision.slate)
            told.setdefault(held, decision.probability)
            np.testing.assert_array_equal(decision.probability, told[held])
    for held, tolerance in ((True, 0.0), (False, 0.04)):
        frequency = [seen[held][k] / drawn[held] for k in range(4)]
        np.testing.assert_allclose(told[held], frequency, atol=tolerance, rtol=0)


ACTIONS = st.lists(
    st.builds(
        make_action,
        st.just("a"),
        kind=st.sampled_from(["offer", "service", "retention"]),
        channels=st.sampled_from([("email",), ("email", "web"), ("web",)]),
        purpose=st.sampled_from(["marketing", "personalisation"]),
        model=st.sampled_from(["", "m", "absent"]),
        value=st.sampled_from([0.0, 100.0, 1000.0]),
        cost=st.sampled_from([0.0, 10.0, 50.0]),
        items=st.sampled_from(["", "any", "replenish"]),
        eligible_when=st.sampled_from([None, OLDER_THAN]),
        cool_down_days=st.sampled_from([0.0, 7.0]),
    ),
    min_size=1,
    max_size=6,
)
POLICIES = st.builds(
    Policy,
    limits=st.sampled_from([(), (ContactLimit("shown", 2, 7, 7),)]),
    control_share=st.sampled_from([0.0, 0.4]),
    random_share=st.sampled_from([0.0, 0.4, 1.0]),
)
HERE = st.builds(
    situation,
    channel=st.sampled_from(["email", "web"]),
    direction=st.sampled_from(["inbound", "outbound"]),
    as_of=st.integers(NOW, NOW + 9 * DAY),
    n=st.integers(1, 4),
)


@st.composite
def catalogues(draw):
    actions = [
        dataclasses.replace(a, action_id=f"a{k}") for k, a in enumerate(draw(ACTIONS))
    ]  # fmt: skip
    actions.insert(draw(st.integers(0, len(actions))), NOTHING)
    return actions


@st.composite
def blocks(draw):
    m = draw(st.integers(1, 5))

    def each(strategy):
        return draw(st.lists(strategy, min_size=m, max_size=m))

    contact = st.builds(
        Contact, st.just("email"), st.sampled_from(["a0", "a1"]), st.just("offer"),
        st.just("shown"), st.integers(NOW - 9 * DAY, NOW),
    )  # fmt: skip
    consents = st.sampled_from([[], EVERYTHING, granted("marketing"), granted("personalisation")])
    return make_block(
        [f"c{k}" for k in range(m)],
        known=each(st.booleans()),
        columns={"age": each(st.sampled_from([20.0, 40.0, NAN]))},
        consents=each(consents),
        contacts=each(st.lists(contact, max_size=3)),
        sellable={g: each(st.booleans()) for g in ("any", "replenish")},
        propensities={"m": each(st.sampled_from([0.01, 0.2, NAN]))},
    )


@quick
@given(blocks(), catalogues(), POLICIES, HERE, st.randoms())
def test_a_block_is_its_customers_one_by_one(block, actions, policy, here, random):
    together = decide(block, actions, policy, here)
    rows = list(range(len(together)))
    alone = [decide(block.part([r]), actions, policy, here)[0] for r in rows]
    assert same(together, alone)
    random.shuffle(rows)
    shuffled = decide(block.part(rows), actions, policy, here)
    assert same(shuffled, [together[r] for r in rows])


@quick
@given(blocks(), catalogues(), POLICIES, HERE)
def test_a_decision_keeps_its_promises(block, actions, policy, here):
    nothing = next(k for k, a in enumerate(actions) if a.kind == "none")
    for row, decision in enumerate(decide(block, actions, policy, here)):
        allowed = ~np.isnan(decision.probability)
        slate = list(decision.slate)
        assert [v == PASSED for v in decision.verdict] == [k in slate for k in range(len(actions))]
        assert allowed[nothing]
        assert 1 <= len(set(slate)) == len(slate) <= here.n
        for k in slate:
            assert allowed[k]
            items = actions[k].items
            assert not items or block.sellable[items][row]
        if nothing in slate:
            assert slate == [nothing]
        if decision.arm != "random":
            worth = decision.priority[slate]
            assert (worth > 0).all() or slate == [nothing]
            assert (np.diff(worth) <= 0).all()
        if decision.arm == "control" and here.direction == "outbound":
            assert slate == [nothing]
        assert ((decision.probability[allowed] >= 0) & (decision.probability[allowed] <= 1)).all()
        assert all(decision.probability[k] > 0 for k in slate)
        assert decision.probability[allowed].sum() <= here.n + 1e-12
        if here.n == 1:
            assert decision.probability[allowed].sum() == pytest.approx(1)


@quick
@given(blocks(), catalogues(), POLICIES, HERE)
def test_the_policy_fills_its_slate(block, actions, policy, here):
    uncapped = dataclasses.replace(policy, limits=())
    for decision in decide(block, actions, uncapped, here):
        worth = np.nan_to_num(decision.priority)
        if decision.arm == "policy" and (worth > 0).any():
            assert len(decision.slate) == min(here.n, (worth > 0).sum())


def test_the_random_arm_offers_everything_the_gates_allow():
    policy = Policy(random_share=1.0)
    actions = [*(make_action(f"a{k}", value=0.0) for k in range(3)), NOTHING]
    slates = {decide_one(actions, policy, as_of=NOW + d * DAY, n=2).slate for d in range(120)}
    pairs = {(a, b) for a in range(3) for b in range(3) if a != b}
    # Drawn beside an action, doing nothing leaves its place empty.
    assert slates == pairs | {(0,), (1,), (2,)}
    single = {decide_one(actions, policy, as_of=NOW + d * DAY, n=1).slate for d in range(60)}
    assert single == {(0,), (1,), (2,), (3,)}
    within_a_day = {decide_one(actions, policy, as_of=NOW + s, n=2).slate for s in range(9)}
    assert len(within_a_day) == 1


def test_a_large_block_is_decided_in_parts_and_joined(monkeypatch):
    """Parts that share one row for everybody, and parts that do not, with every kind of term."""
    from decisioning import actions as module

    m = 23
    ladder = (PriceClass("all", None, (PriceStep(0.0, 1.0), PriceStep(0.1, 3.0))),)
    plain = [make_action("a"), make_action("b", value=50.0), NOTHING]
    rich = [
        make_action("a", model="m", price=4000.0, price_classes=ladder, items="any"),
        make_action("b", cool_down_days=9.0),
        NOTHING,
    ]
    ledgers = [[Contact("email", "b", "offer", "shown", NOW - k * DAY)] * (k % 3) for k in range(m)]
    for actions in (plain, rich):
        for policy in (Policy(random_share=0.3), Policy(exploration="thompson")):
            facts = {"contacts": ledgers, "margins": {"any": [0.5] * m}}
            if actions is rich:
                facts |= {"propensities": {"m": [0.01 * k for k in range(m)]}}
                facts |= {"uplifts": {"a": [0.005 * k for k in range(m)]}}
            block = make_block([f"c{k}" for k in range(m)], **facts)
            monkeypatch.setattr(module, "_AT_ONCE", 2048)
            whole = decide(block, actions, policy, situation(n=2))
            monkeypatch.setattr(module, "_AT_ONCE", 5)
            assert same(decide(block, actions, policy, situation(n=2)), whole)


def test_a_belief_counts_what_it_sees():
    found = Prior(0.1, 20.0).updated(80.0, 18.0)
    assert (found.mean, found.strength) == (pytest.approx(0.2), 100.0)
    assert Prior(0.1, 20.0).updated(0.0, 0.0) == Prior(0.1, 20.0)
