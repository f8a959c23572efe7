"""The columnar ledgers are those that the core lays out of records."""

import dataclasses

import numpy as np

from decisioning.catalogue import OUTCOMES
from decisioning.consent import ConsentLedger, ConsentRecord
from decisioning.ledger import Contact, ContactLedger
from training.simulation.people import PURCHASED, SHOWN, People
from training.simulation.world import Rules


def _same(one: object, other: object) -> None:
    for field in dataclasses.fields(one):  # type: ignore[arg-type]
        np.testing.assert_array_equal(
            getattr(one, field.name), getattr(other, field.name), err_msg=field.name
        )


def test_consents_equal_those_laid_out_of_records(rules: Rules) -> None:
    people = People(rules.truth, rules.actions, "email", 5, 60)
    granted = people.marketing.copy()
    leaving = np.flatnonzero(granted)[[3, 8]]
    people.withdraw(leaving, 1_000)
    ledgers = []
    for row in range(60):
        held = []
        if people.personalisation[row]:
            held.append(ConsentRecord("personalisation", "any", "granted", 0))
        if granted[row]:
            held.append(ConsentRecord("marketing", "any", "granted", 0, sequence=1))
        if row in leaving:
            held.append(ConsentRecord("marketing", "any", "withdrawn", 1_000))
        ledgers.append(held)
    assert not people.personalisation.all()
    assert not granted.all()
    _same(people.consents(), ConsentLedger.of(ledgers))


def test_contacts_equal_those_laid_out_of_records(rules: Rules) -> None:
    people = People(rules.truth, rules.actions, "email", 5, 6)
    lines = [(4, 2, SHOWN, 50), (1, 0, SHOWN, 50), (1, 0, PURCHASED, 70), (1, 3, SHOWN, 90)]
    ledgers: list[list[Contact]] = [[] for _ in range(6)]
    for row, k, outcome, at in lines:
        people.note(np.array([row]), np.array([k]), outcome, at)
        action = rules.actions[k]
        ledgers[row].append(Contact("email", action.action_id, action.kind, OUTCOMES[outcome], at))
    _same(people.contacts(), ContactLedger.of(ledgers, rules.actions))


def test_recent_contacts_are_those_shown_within_four_weeks(rules: Rules) -> None:
    people, day = People(rules.truth, rules.actions, "email", 5, 3), 86_400
    for at in (0, 10 * day, 20 * day):
        people.note(np.array([1]), np.array([0]), SHOWN, at)
    people.note(np.array([1]), np.array([0]), PURCHASED, 21 * day)
    assert people.recent(28 * day).tolist() == [0, 2, 0]
