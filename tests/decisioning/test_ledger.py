"""The contact ledger: what counts, to the second, and whose names count for nothing."""

import numpy as np
import pytest

from decisioning.catalogue import OUTCOMES
from decisioning.compiled import Catalogue
from decisioning.ledger import Contact, ContactLedger
from decisioning.policy import DAY, ContactLimit, Fatigue
from tests.decisioning.support import NOW, make_action

ACTIONS = Catalogue((make_action("a"), make_action("b", group="sales")))


def shown(at, action="a", outcome="shown", channel="email", kind="offer"):
    return Contact(channel, action, kind, outcome, at)


def ledger(*contacts):
    return ContactLedger.of([contacts], ACTIONS)


def reached(limit, *contacts):
    return bool(ledger(*contacts).reached(limit, ACTIONS, NOW)[0])


def run_of(*contacts):
    run, last = ledger(*contacts).unanswered(Fatigue(3, 30.0, 10.0), NOW)
    return int(run[0]), int(last[0])


def test_a_full_window_suppresses_after_the_suppression_is_over():
    limit = ContactLimit("shown", 2, 7.0, 0.5)
    assert reached(limit, shown(NOW - 3 * DAY), shown(NOW - 2 * DAY))
    week = 7 * DAY
    assert reached(limit, shown(NOW - week + 1), shown(NOW - 2 * DAY))
    assert not reached(limit, shown(NOW - week), shown(NOW - 2 * DAY))


def test_a_contact_of_this_second_counts_and_one_to_come_does_not():
    assert run_of(shown(NOW)) == (1, NOW)
    assert run_of(shown(NOW + 1))[0] == 0
    limit = ContactLimit("shown", 1, 7.0, 7.0)
    assert reached(limit, shown(NOW))
    assert not reached(limit, shown(NOW + 1))


def test_what_was_shown_in_the_second_of_an_answer_is_answered():
    answer = shown(NOW - 50, outcome="clicked")
    assert run_of(shown(NOW - 60), answer)[0] == 0
    assert run_of(shown(NOW - 50), answer)[0] == 0
    assert run_of(shown(NOW - 49), answer) == (1, NOW - 49)


@pytest.mark.parametrize("outcome", ["no such outcome", "shown", "rejected", "ignored"])
def test_what_is_no_answer_ends_no_run(outcome):
    found, _ = run_of(shown(NOW - 60), shown(NOW - 50, outcome=outcome))
    assert found == (2 if outcome == "shown" else 1)


def test_a_name_that_is_none_of_ours_counts_for_nothing():
    for outcome in OUTCOMES:
        limit = ContactLimit(outcome, 1, 7.0, 7.0)
        assert not reached(limit, shown(NOW - 9, outcome="no such outcome"))
        assert reached(limit, shown(NOW - 9, outcome=outcome))
    for channel in ("web", "app", "shop", "post", "phone"):
        limit = ContactLimit("shown", 1, 7.0, 7.0, channel=channel)
        assert not reached(limit, shown(NOW - 9, channel="pigeon"))
    for kind in ("offer", "retention", "replenishment", "none"):
        limit = ContactLimit("shown", 1, 7.0, 7.0, kind=kind)
        assert not reached(limit, shown(NOW - 9, kind="bribe"))


def test_an_action_that_is_gone_is_neither_the_last_nor_the_first_of_those_that_are_left():
    for action in ("a", "b"):
        limit = ContactLimit("shown", 1, 7.0, 7.0, action=action)
        assert not reached(limit, shown(NOW - 9, action="gone"))
        assert reached(limit, shown(NOW - 9, action=action))
    assert not reached(ContactLimit("shown", 1, 7.0, 7.0, group="sales"), shown(NOW - 9, "gone"))
    long = np.array([30.0, 30.0, 0.0])
    assert not ledger(shown(NOW - 9, "gone")).resting("", long, NOW).any()
    assert ledger(shown(NOW - 9, "b")).resting("", long, NOW).all()


def test_a_ledger_and_its_lines_cannot_be_changed():
    line = shown(NOW)
    with pytest.raises(AttributeError):
        line.at = NOW - 1
    with pytest.raises(AttributeError):
        ledger(line).size = 2
