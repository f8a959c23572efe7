"""Fatigue, journeys, groups, and cool-downs after outcomes."""

import numpy as np
import pytest

from decisioning.compiled import Catalogue
from decisioning.conditions import Apply, Column, Literal
from decisioning.contact import contact_gate, contact_room, journey_gate
from decisioning.ledger import Contact, ContactLedger
from decisioning.policy import DAY, ContactLimit, Fatigue, Journey, Policy
from decisioning.reasons import CODE, REASONS
from tests.decisioning.support import NOTHING, NOW, decide, make_action, make_block, situation

OFFER = make_action("offer", group="sales")
SERVICE = make_action("service", kind="service")
OTHER = make_action("other", kind="retention", group="sales")
ACTIONS = [OFFER, SERVICE, OTHER, NOTHING]
CATALOGUE = Catalogue(ACTIONS)
TIRED = Policy(fatigue=Fatigue(unanswered=2, days=30, suppress_days=10))
NAN = float("nan")


def told(days_ago: float, outcome: str = "shown", action: str = "offer", channel: str = "email"):
    kind = {"service": "service", "other": "retention"}.get(action, "offer")
    return Contact(channel, action, kind, outcome, NOW - int(days_ago * DAY))


def reasons(policy: Policy, *ledger: Contact, direction="outbound", actions=ACTIONS):
    held = ContactLedger.of([ledger], actions)
    verdicts = contact_gate(
        held, Catalogue(actions), "email", direction, policy, NOW, np.array([0])
    )
    return [REASONS[v].code for v in verdicts[0]]


@pytest.mark.parametrize(
    ("ledger", "tired"),
    [
        ([told(1)], False),
        ([told(1), told(2)], True),
        ([told(1), told(2, channel="sms", action="service")], True),
        ([told(1), told(2), told(1.5, "clicked")], False),
        ([told(2), told(3), told(1, "purchased")], False),
        ([told(2), told(3), told(1, "accepted")], False),
        ([told(2), told(3), told(1, "rejected")], True),
        ([told(2), told(3), told(1, "ignored")], True),
        ([told(1), told(2), told(2.5, "clicked")], True),
        ([told(9.9), told(20)], True),
        ([told(10), told(20)], False),
        ([told(1), told(30)], False),
        ([told(1), told(29.9)], True),
        ([told(1), told(-1)], False),
        ([told(2), told(3), told(-1, "clicked")], True),
    ],
)
def test_fatigue_is_contacts_in_a_row_without_an_answer(ledger, tired):
    expected = ["fatigue"] * 3 if tired else ["passed"] * 3
    assert reasons(TIRED, *ledger) == [*expected, "passed"]
    assert reasons(TIRED, *ledger, direction="inbound") == ["passed"] * 4


def test_fatigue_leaves_room_for_what_is_left_of_the_run():
    def room(*ledger: Contact, n: int = 5) -> int:
        allowed = np.array([[True, True, True, False]])
        held = ContactLedger.of([ledger], ACTIONS)
        return int(contact_room(held, Catalogue(ACTIONS), allowed, "email", TIRED, n, NOW)[0])

    assert room() == 2
    assert room(n=1) == 1
    assert room(told(3)) == 1
    assert room(told(3), told(2, "clicked")) == 2
    assert room(told(15), told(20)) == 1, "the gate let it pass again: one more at a time"


def test_a_limit_on_a_group_or_an_action():
    group = Policy(limits=(ContactLimit("shown", 1, 7, 7, group="sales"),))
    assert reasons(group, told(1, action="other")) == [
        "contact_cap", "passed", "contact_cap", "passed"
    ]  # fmt: skip
    assert reasons(group, told(1, action="service")) == ["passed"] * 4
    assert reasons(group, told(1, action="no longer there")) == ["passed"] * 4
    action = Policy(limits=(ContactLimit("rejected", 1, 7, 7, action="offer"),))
    assert reasons(action, told(1, "rejected")) == ["contact_cap", "passed", "passed", "passed"]
    assert reasons(action, told(1, "rejected", "other")) == ["passed"] * 4
    overall = Policy(limits=(ContactLimit("shown", 1, 7, 7),))
    assert reasons(overall, told(1, action="no longer there")) == ["contact_cap"] * 3 + ["passed"]


def test_an_action_rests_after_what_came_of_it():
    action = make_action("offer", cool_down_after=(("rejected", 60.0), ("accepted", 5.0)))
    for outcome, days, rests in (
        ("rejected", 59.9, True),
        ("rejected", 60.0, False),
        ("accepted", 4.9, True),
        ("accepted", 5.0, False),
        ("shown", 0.1, False),
    ):
        for direction in ("inbound", "outbound"):
            found = reasons(
                Policy(), told(days, outcome), actions=[action, SERVICE], direction=direction
            )
            assert found == ["cool_down" if rests else "passed", "passed"]
    both = make_action("offer", cool_down_days=3.0, cool_down_after=(("rejected", 60.0),))
    assert reasons(Policy(), told(2, "ignored"), actions=[both])[0] == "cool_down"
    assert reasons(Policy(), told(4, "ignored"), actions=[both])[0] == "passed"


def test_the_stronger_reason_stands():
    policy = Policy(
        fatigue=TIRED.fatigue,
        limits=(ContactLimit("shown", 2, 7, 7, kind="offer"),),
        quiet_from=0,
        quiet_until=24,
        quiet_channels=("email",),
    )
    resting = [make_action("offer", cool_down_days=30.0), SERVICE, NOTHING]
    assert reasons(policy, actions=resting) == ["quiet_hours", "quiet_hours", "passed"]
    one = reasons(policy, told(1), actions=resting)
    assert one == ["cool_down", "quiet_hours", "passed"]
    two = reasons(policy, told(1), told(2), actions=resting)
    assert two == ["contact_cap", "fatigue", "passed"]


def test_a_journey_is_not_interrupted_and_the_unknown_waits():
    complaint = Apply(">=", (Column("complaints"), Literal(1.0)))
    journeys = (
        Journey("open_complaint", complaint, ("offer",), ()),
        Journey("big_spender", Apply(">", (Column("spend"), Literal(5.0))), (), ("sales",)),
    )
    columns = {
        "complaints": np.array([0.0, 2.0, NAN, 0.0]),
        "spend": np.array([1.0, 1.0, 1.0, 9.0]),
    }
    verdicts = journey_gate(columns, 4, CATALOGUE, journeys)
    held = [[REASONS[v].code == "journey" for v in row] for row in verdicts]
    assert held == [
        [False, False, False, False],
        [True, False, False, False],
        [True, False, False, False],
        [True, False, True, False],
    ]
    assert (journey_gate({}, 2, CATALOGUE, ()) == 0).all()
    always = Journey("always", Literal(1.0), ("none", "offer"), ())
    assert journey_gate({}, 1, CATALOGUE, (always,))[0].tolist() == [CODE["journey"], 0, 0, 0]


def test_a_journey_holds_in_both_directions_and_gives_way_to_nothing():
    policy = Policy(journeys=(Journey("always", Literal(1.0), ("offer",), ()),))
    for direction in ("inbound", "outbound"):
        found = decide(
            make_block(["c1"]), [OFFER, SERVICE, NOTHING], policy, situation(direction=direction)
        )[0]
        assert [REASONS[v].code for v in found.verdict] == ["journey", "passed", "not_in_slate"]


def test_each_customer_has_an_own_night():
    policy = Policy(quiet_from=21, quiet_until=8, quiet_channels=("email",))
    block = make_block(["here", "west", "east"], offsets=[0, -10 * 3600, 10 * 3600])
    here = situation(as_of=NOW - NOW % DAY + 12 * 3600)
    found = [d.slate for d in decide(block, [OFFER, NOTHING], policy, here)]
    assert found == [(0,), (1,), (1,)]


def test_ledgers_of_many_are_each_ones():
    rng = np.random.default_rng(3)
    ledgers = [
        [told(float(rng.integers(0, 9)), str(rng.choice(["shown", "clicked"]))) for _ in range(k)]
        for k in (0, 3, 1, 0, 4, 2)
    ]
    policy = Policy(limits=(ContactLimit("shown", 2, 7, 7),), fatigue=TIRED.fatigue)
    offsets = np.zeros(6, dtype=np.int64)
    many = ContactLedger.of(ledgers, ACTIONS)
    together = contact_gate(many, CATALOGUE, "email", "outbound", policy, NOW, offsets)
    for k, ledger in enumerate(ledgers):
        assert [REASONS[v].code for v in together[k]] == reasons(policy, *ledger)
    part = contact_gate(many.rows(1, 5), CATALOGUE, "email", "outbound", policy, NOW, offsets[1:5])
    assert part.tolist() == together[1:5].tolist()
