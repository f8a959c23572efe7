"""Until when the same rows mean the same."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisioning.catalogue import OUTCOMES, Action, Prior
from decisioning.compiled import Catalogue
from decisioning.contact import contact_gate
from decisioning.ledger import Contact, ContactLedger
from decisioning.policy import DAY, ContactLimit, Fatigue, Policy
from serving.memory.moments import Moments
from serving.memory.watched import Read
from serving.stores.ports import ConsentRow, ContactRow, EventRow

NOW = 1_700_000_800  # 200 s before a full quarter of an hour
ACTION = Action("a", "offer", "A", "A", ("email",), "marketing", Prior(0.1, 10.0))


def read(port: str, *rows: Any) -> Read:
    return Read(port, "any", (), list(rows))


def consent(recorded_at: int, expires_at: int | None = None) -> Read:
    row = ConsentRow("c", "marketing", "any", "granted", recorded_at, expires_at, "test")
    return read("consents", row)


def contact(at: int, outcome: str = "shown") -> ContactRow:
    return ContactRow("c", "email", "a", "offer", outcome, at, "d")


@pytest.mark.parametrize(
    ("reads", "until"),
    [
        ([], NOW + 200),
        ([consent(NOW - 5)], NOW + 200),
        ([consent(NOW - 5, NOW + 7)], NOW + 7),
        ([consent(NOW - 5, NOW)], NOW + 200),
        ([consent(NOW + 9)], NOW + 9),
        ([read("events", EventRow("c", None, "e", "purchase", NOW, "i"))], NOW + 200),
        ([read("events", EventRow("c", None, "e", "purchase", NOW + 1, "i"))], NOW),
        ([read("ledger", contact(NOW - 400 * DAY + 3))], NOW + 3),
        ([read("ledger", contact(NOW + 1))], NOW),
        ([read("links"), read("persons")], NOW + 200),
    ],
)
def test_a_moment_that_changes_a_row(reads: list[Read], until: int) -> None:
    assert Moments([ACTION], Policy(), 400).until(reads, NOW, by_the_hour=True) == until


@pytest.mark.parametrize(
    ("reads", "until"),
    [
        ([], NOW + DAY),
        ([consent(NOW - 5, NOW + 7)], NOW + 7),
        ([read("events", EventRow("c", None, "e", "purchase", NOW + 1, "i"))], NOW),
        ([read("ledger", contact(NOW - 400 * DAY + 3))], NOW + DAY),
        ([read("ledger", contact(NOW + 1))], NOW),
    ],
)
def test_a_slate_of_items_outlives_midnight_and_every_window(reads: list[Read], until: int) -> None:
    action = Action(**vars(ACTION) | {"valid_until": NOW + 50})
    assert Moments([action], Policy(), 400).until_for_items(reads, NOW) == until


def test_an_action_begins_and_ends() -> None:
    action = Action(**vars(ACTION) | {"valid_from": NOW + 20, "valid_until": NOW + 50})
    moments = Moments([action], Policy(), 400)
    assert [moments.until([], NOW + at, by_the_hour=True) for at in (0, 20, 49, 50)] == [
        NOW + 20, NOW + 50, NOW + 50, NOW + 200,
    ]  # fmt: skip


def test_without_quiet_hours_it_stands_until_a_day_begins_or_a_zone_changes_its_clock() -> None:
    moments = Moments([], Policy(time_zone="Europe/Paris"), 400)
    midnight = (NOW // DAY + 1) * DAY
    assert moments.until([], NOW, by_the_hour=False) == midnight
    assert moments.until([], midnight, by_the_hour=False) == midnight + DAY
    summer = 1_711_846_800  # 31 March 2024, 1:00 UTC: clocks in Paris go to 3:00
    assert moments.until([], summer - 1800, by_the_hour=False) == summer
    assert moments.until([], summer, by_the_hour=False) == (summer // DAY + 1) * DAY


DAYS = st.sampled_from([0.0, 0.25, 1.0, 2.0, 3.3])
LIMIT = st.builds(
    ContactLimit,
    outcome=st.sampled_from(["shown", "rejected"]),
    count=st.integers(1, 2),
    days=DAYS.filter(bool),
    suppress_days=DAYS,
)


@settings(max_examples=150)
@given(
    limits=st.lists(LIMIT, max_size=3),
    fatigue=st.none() | st.builds(Fatigue, st.integers(1, 2), DAYS.filter(bool), DAYS),
    cool=st.tuples(DAYS, DAYS),
    held=st.lists(
        st.tuples(st.integers(0, 7 * DAY), st.sampled_from(OUTCOMES)), min_size=1, max_size=5
    ),
    share=st.floats(0, 1),
)
def test_the_contact_policy_says_the_same_until_then(
    limits: list[ContactLimit],
    fatigue: Fatigue | None,
    cool: tuple[float, float],
    held: list[tuple[int, str]],
    share: float,
) -> None:
    policy = Policy(limits=tuple(limits), fatigue=fatigue)
    rests = {"cool_down_days": cool[0], "cool_down_after": (("rejected", cool[1]),)}
    action = Action(**vars(ACTION) | rests)
    rows = sorted((contact(NOW - age, outcome) for age, outcome in held), key=lambda row: row.at)
    until = Moments([action], policy, 400).until([read("ledger", *rows)], NOW, by_the_hour=True)
    contacts = [Contact(r.channel, r.action_id, r.kind, r.outcome, r.at) for r in rows]

    def says(at: int) -> Any:
        ledger, catalogue = ContactLedger.of([contacts], [action]), Catalogue.of([action])
        still = np.zeros(1, dtype=np.int64)
        return contact_gate(ledger, catalogue, "email", "outbound", policy, at, still).tolist()

    assert until > NOW
    for at in (until - 1, NOW + int(share * (until - 1 - NOW))):
        assert says(at) == says(NOW)
