"""Caps over sliding windows, cool-downs and quiet hours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisioning.compiled import Catalogue
from decisioning.contact import contact_gate, contact_room
from decisioning.ledger import Contact, ContactLedger
from decisioning.policy import DAY, ContactLimit, Policy
from decisioning.reasons import CODE
from tests.decisioning.support import (
    NOTHING,
    NOW,
    decide,
    make_action,
    make_block,
    quick,
    situation,
)

OFFER = make_action("offer")
SERVICE = make_action("service", kind="service")
ACTIONS = [OFFER, SERVICE, make_action("second_offer"), NOTHING]
HOUR = 3600


def shown(days_ago: float, channel: str = "email", kind: str = "offer", outcome: str = "shown"):
    return Contact(channel, "another", kind, outcome, NOW - int(days_ago * DAY))


def reason(policy: Policy, *ledger: Contact, action=OFFER, channel="email", **more):
    facts = {"direction": "outbound", "as_of": NOW, "utc_offset_s": 0} | more
    verdicts = contact_gate(
        ContactLedger.of([ledger], [action]), Catalogue([action]), channel, facts["direction"],
        policy, facts["as_of"], np.array([facts["utc_offset_s"]]),
    )  # fmt: skip
    return next(code for code, index in CODE.items() if index == verdicts[0, 0])


TWO_A_WEEK = Policy(limits=(ContactLimit("shown", 2, 7, 10, channel="email"),))


@pytest.mark.parametrize(
    ("ledger", "expected"),
    [
        ([], "passed"),
        ([shown(1)], "passed"),
        ([shown(1), shown(2)], "contact_cap"),
        ([shown(0), shown(0)], "contact_cap"),
        ([shown(1), shown(2, channel="sms")], "passed"),
        ([shown(1), shown(2, outcome="clicked")], "passed"),
        ([shown(1), shown(-1)], "passed"),
        ([shown(1), shown(7.9)], "contact_cap"),
        ([shown(1), shown(8)], "passed"),
        # Reached nine days ago, it holds for ten; reached ten days ago it is over.
        ([shown(9), shown(12)], "contact_cap"),
        ([shown(10), shown(12)], "passed"),
        ([shown(6), shown(6.9)], "contact_cap"),
        ([shown(1), shown(9.5), shown(12)], "contact_cap"),
    ],
)
def test_a_cap_counts_its_own_and_holds_its_time(ledger, expected):
    assert reason(TWO_A_WEEK, *ledger) == expected
    assert reason(TWO_A_WEEK, *ledger[::-1]) == expected
    assert reason(TWO_A_WEEK, *ledger, direction="inbound") == "passed"
    assert reason(TWO_A_WEEK, *ledger, action=NOTHING) == "passed"
    assert reason(TWO_A_WEEK, *ledger, channel="sms") == "passed"


def test_a_limit_covers_what_it_counts():
    kind = Policy(limits=(ContactLimit("rejected", 1, 30, 30, kind="offer"),))
    refused = shown(1, channel="sms", outcome="rejected")
    assert reason(kind, refused) == "contact_cap"
    assert reason(kind, refused, action=SERVICE) == "passed"
    assert reason(kind, shown(1, kind="service", outcome="rejected")) == "passed"
    everything = Policy(limits=(ContactLimit("shown", 1, 30, 30),))
    for contact in (shown(1, channel="post"), shown(1, kind="service")):
        assert reason(everything, contact) == "contact_cap"
        assert reason(everything, contact, action=SERVICE, channel="phone") == "contact_cap"


@pytest.mark.parametrize(
    ("days", "at", "expected"),
    [
        (0.0, NOW, "passed"),
        (7.0, NOW, "cool_down"),
        (7.0, NOW + 1, "passed"),
        (7.0, NOW - 7 * DAY + 1, "cool_down"),
        (7.0, NOW - 7 * DAY, "passed"),
    ],
)
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_cool_down(days, at, expected, direction):
    action = make_action("offer", cool_down_days=days)
    contact = Contact("post", "offer", "offer", "shown", at)
    assert reason(Policy(), contact, action=action, direction=direction) == expected
    other = Contact("post", "other", "offer", "shown", at)
    assert reason(Policy(), other, action=action, direction=direction) == "passed"


@pytest.mark.parametrize(
    ("start", "until", "quiet"),
    [
        (21, 8, {*range(8), 21, 22, 23}),
        (0, 8, set(range(8))),
        (13, 15, {13, 14}),
        (21, 24, {21, 22, 23}),
        (0, 24, set(range(24))),
        (9, 9, set()),
        (23, 0, {23}),
    ],
)
def test_quiet_hours(start, until, quiet):
    policy = Policy(quiet_from=start, quiet_until=until, quiet_channels=("sms",))
    midnight = NOW - NOW % DAY
    for offset in (-5 * HOUR, 0, 9 * HOUR):
        for second in (0, HOUR - 1):
            found = {
                hour
                for hour in range(24)
                if reason(
                    policy, channel="sms", as_of=midnight + hour * HOUR + second - offset,
                    utc_offset_s=offset,
                ) == "quiet_hours"
            }  # fmt: skip
            assert found == quiet
    at = midnight + start * HOUR
    assert reason(policy, channel="email", as_of=at) == "passed"
    assert reason(policy, channel="sms", as_of=at, direction="inbound") == "passed"
    assert reason(policy, channel="sms", as_of=at, action=NOTHING) == "passed"


def test_room_is_what_the_caps_leave_and_never_less_than_one():
    def room(*ledger: Contact, n: int = 5, policy: Policy = TWO_A_WEEK, channel="email") -> int:
        actions, allowed = [OFFER, NOTHING], np.array([[True, False]])
        held = ContactLedger.of([ledger], actions)
        return int(contact_room(held, Catalogue(actions), allowed, channel, policy, n, NOW)[0])

    assert room() == 2
    assert room(n=1) == 1
    assert room(shown(1)) == 1
    assert room(shown(7)) == 2
    assert room(channel="sms") == 5
    assert room(shown(8), shown(9)) == 2
    soon_over = Policy(limits=(ContactLimit("shown", 2, 7, 1),))
    assert room(shown(2), shown(3), policy=soon_over) == 1
    rejected = Policy(limits=(ContactLimit("rejected", 1, 7, 7),))
    assert room(policy=rejected) == 5


def test_a_limit_on_a_kind_cuts_the_slate_only_of_who_may_get_that_kind():
    actions = [OFFER, SERVICE, NOTHING]
    policy = Policy(limits=(ContactLimit("shown", 2, 7, 7, kind="offer"),))
    allowed = np.array([[True, True, False], [False, True, False]])
    held = ContactLedger.of([[], []], actions)
    room = contact_room(held, Catalogue(actions), allowed, "email", policy, 5, NOW)
    assert room.tolist() == [2, 5]


CHANNELS = st.sampled_from(["email", "sms"])
LIMITS = st.lists(
    st.builds(
        ContactLimit,
        st.just("shown"),
        st.integers(1, 4),
        st.sampled_from([0.5, 1.0, 7.0]),
        st.sampled_from([0.25, 1.0, 7.0, 9.0]),
        st.sampled_from(["", "email"]),
        st.sampled_from(["", "offer"]),
    ),
    max_size=3,
)
STEPS = st.lists(
    st.tuples(st.sampled_from([0, 1, 3600, DAY // 2, DAY, 5 * DAY]), CHANNELS, st.integers(1, 4)),
    min_size=5,
    max_size=25,
)


def counted(limit: ContactLimit, ledger: list[Contact]) -> list[int]:
    return [
        c.at
        for c in ledger
        if limit.channel in ("", c.channel) and limit.kind in ("", c.kind)
    ]  # fmt: skip


@quick
@given(LIMITS, STEPS, st.sampled_from([0.0, 1.0]))
def test_caps_are_never_exceeded(limits, steps, random_share):
    """Every outbound decision makes its contacts; then count, in every window."""
    policy = Policy(limits=tuple(limits), random_share=random_share)
    ledger: list[Contact] = []
    at = NOW
    for wait, channel, n in steps:
        at += wait
        block = make_block(["c1"], contacts=[ledger])
        here = situation(channel=channel, as_of=at, n=n)
        chosen = [ACTIONS[k] for k in decide(block, ACTIONS, policy, here)[0].slate]
        contacts = [a for a in chosen if a.kind != "none"]
        ledger += [Contact(channel, a.action_id, a.kind, "shown", at) for a in contacts]
    for limit in limits:
        times = counted(limit, ledger)
        for first in times:
            assert sum(first <= t < first + limit.days * DAY for t in times) <= limit.count
        for k, last in enumerate(times[limit.count - 1 :], start=limit.count - 1):
            if last - times[k - limit.count + 1] < limit.days * DAY:
                until = last + limit.suppress_days * DAY
                assert not any(last < t < until for t in times), "contacted while suppressed"
