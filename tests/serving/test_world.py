"""What is known at the moment of a decision, read from the bundle and the stores."""

import dataclasses

import numpy as np
import pytest

from decisioning.policy import DAY
from serving.action_inputs import columns_read
from serving.stores.ports import (
    ConsentRow,
    ContactRow,
    DecisionRecord,
    LinkRow,
    OutcomeRow,
    PersonRow,
)
from serving.world import World
from tests.integration.support import Shop
from tests.integration.village import NOW


@pytest.fixture
def world(front: Shop) -> World:
    return front.parts.application.world


def grant(world: World, customer: str, purpose: str, status: str = "granted") -> None:
    world.stores.consents.append([ConsentRow(customer, purpose, "any", status, NOW, None, "test")])


def test_people_are_found_by_customer_and_by_visitor(world: World) -> None:
    world.stores.links.put([LinkRow("ck1", "c003", NOW), LinkRow("ck2", "gone", NOW)])
    asked = [("c003", None), (None, "ck1"), (None, "ck2"), (None, "ck3"), ("gone", None)]
    people = world.people(asked)
    assert people.subjects == ("c003", "ck1", "ck2", "ck3", "gone")
    assert people.customer_ids == ("c003", "c003", "gone", "", "gone")
    k = int(world.bundle.customer_map.index_of(["c003"])[0])
    assert people.indices.tolist() == [k, k, -1, -1, -1]
    assert people.consents[0] == people.consents[1] != ()
    assert people.consents[3] == ()
    one = people.one(1)
    assert (one.subjects, one.customer_ids, one.indices.tolist()) == (("ck1",), ("c003",), [k])


def test_ids_of_one_person_share_history_contacts_and_consent(world: World) -> None:
    world.stores.persons.replace([PersonRow("crm-3", "c003", "c003")])
    try:
        grant(world, "crm-3", "third_party_data")
        shown = ContactRow("crm-3", "email", "ask", "feedback_request", "shown", NOW, "d-crm")
        record = DecisionRecord("d-crm", NOW, "next_best_actions", "crm-3", "email", {})
        world.stores.decisions.append([record], [shown])
        people = world.people([("crm-3", None), ("c003", None)])
        assert people.customer_ids == ("c003", "c003")
        assert people.indices[0] == people.indices[1] >= 0
        assert people.consents[0] == people.consents[1]
        assert people.allow("third_party_data", "web", NOW).tolist() == [True, True]
        mine, same = world.contacts(people, NOW + DAY)
        assert mine == same
        assert len(mine) == 1
        grant(world, "c003", "third_party_data", "withdrawn")
        assert not world.people([("crm-3", None)]).allow("third_party_data", "web", NOW)[0]
    finally:
        world.stores.persons.replace([])


def test_consent_does_not_cross_a_likely_link(world: World) -> None:
    world.stores.persons.replace([PersonRow("like-4", "c004", "like-4")])
    try:
        grant(world, "c004", "third_party_data")
        for asked in ("c004", "like-4"):
            refused = world.people([(asked, None)])
            assert refused.customer_ids == ("c004",)
            assert not refused.allow("third_party_data", "web", NOW)[0], "one part never said so"
        grant(world, "like-4", "third_party_data")
        assert world.people([("like-4", None)]).allow("third_party_data", "web", NOW)[0]
        grant(world, "like-4", "third_party_data", "withdrawn")
        assert not world.people([("c004", None)]).allow("third_party_data", "web", NOW)[0]
    finally:
        world.stores.persons.replace([])


def test_a_block_of_people_is_each_of_them(world: World) -> None:
    ids = world.bundle.customers.ids.tolist()[:20]
    block = world.people([(c, None) for c in ids])
    for row, customer in enumerate(ids):
        alone = world.people([(customer, None)])
        assert block.one(row).consents == alone.consents
        assert block.indices[row] == alone.indices[0]


def test_a_column_is_null_without_its_purpose(world: World) -> None:
    columns = world.bundle.manifest.columns
    third = [k for k, c in enumerate(columns) if c["purpose"] == "third_party_data"]
    own = [k for k, c in enumerate(columns) if c["purpose"] == "personalisation"]
    assert len(third) + len(own) == len(columns)
    people = world.people([("c002", None)])
    grant(world, "c002", "personalisation")
    grant(world, "c002", "third_party_data", "withdrawn")
    people = world.people([("c002", None)])
    row = world.profiles(people, "web", NOW)[0]
    assert np.isnan(row[third]).all()
    assert np.isfinite(row[own]).any()
    grant(world, "c002", "personalisation", "withdrawn")
    grant(world, "c002", "third_party_data", "granted")
    row = world.profiles(world.people([("c002", None)]), "web", NOW)
    # Bought data may be used, but not to choose for this person.
    assert np.isnan(row).all()
    scores = world.propensities(row)
    assert all(np.isnan(score.mean).all() for score in scores.values())


def test_masking_never_touches_the_bundle(world: World) -> None:
    before = world.bundle.customers.profiles.copy()
    ids = world.bundle.customers.ids.tolist()
    world.profiles(world.people([(c, None) for c in ids]), "web", NOW)
    np.testing.assert_array_equal(world.bundle.customers.profiles, before)


def test_an_unknown_person_has_an_empty_profile(world: World) -> None:
    people = world.people([("nobody", None), (None, "ck-nobody")])
    assert np.isnan(world.profiles(people, "web", NOW)).all()


def test_conditions_read_columns_and_probabilities(world: World) -> None:
    people = world.people([("c002", None)])
    profiles = world.profiles(people, "web", NOW)
    scores = world.propensities(profiles)
    columns = world.columns(profiles, scores)
    assert {"orders_90d", "churn_probability", "campaign_type_a_probability"} <= set(columns)
    assert columns["churn_probability"] is scores["churn"].mean
    unfitted = world.columns(profiles, {})
    assert np.isnan(unfitted["churn_probability"]).all()


def test_what_no_rule_reads_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = world.bundle.customers.profiles[:3]
    scores = world.propensities(profiles)
    every = world.columns(profiles, scores)

    def asked_for_nothing(*_: object) -> None:
        raise AssertionError("no rule reads an amount")

    monkeypatch.setattr(type(world.bundle), "said_amounts", asked_for_nothing)
    read = world.columns_read(profiles, scores)
    assert set(read) == set(columns_read(world.bundle.actions, world.bundle.policy)) < set(every)
    for name, values in read.items():
        np.testing.assert_array_equal(values, every[name])


def test_the_best_margin_is_that_of_the_items_asked_about(world: World) -> None:
    margin = world.bundle.items.margin.copy()
    margin[::3] = np.nan
    items = dataclasses.replace(world.bundle.items)
    items.__dict__["margin"] = margin
    asked = World(dataclasses.replace(world.bundle, items=items), world.stores)
    rng = np.random.default_rng(3)
    for share in (0.0, 0.01, 0.5, 1.0):
        some = rng.random(margin.size) < share
        known = margin[some & ~np.isnan(margin)]
        expected = known.max() if known.size else np.nan
        np.testing.assert_equal(asked.best_margin(some), expected)
    unknown = np.isnan(margin)
    assert np.isnan(asked.best_margin(unknown))


def test_the_ledger_is_read_once_a_contact(world: World) -> None:
    shown = ContactRow("c002", "email", "ask", "feedback_request", "shown", NOW, "d1")
    record = DecisionRecord("d1", NOW, "next_best_actions", "c002", "email", {})
    world.stores.decisions.append([record], [shown])
    reports = [
        OutcomeRow("o1", "d1", "ask", None, "shown", None, NOW + 5),
        OutcomeRow("o2", "d1", "ask", None, "rejected", None, NOW + 6),
        OutcomeRow("o3", "d1", "ask", None, "rejected", None, NOW + 7),
    ]
    world.stores.ledger.record_outcomes(reports)
    people = world.people([("c002", None), ("c003", None), ("nobody", None)])
    mine, other, nobody = world.contacts(people, NOW + DAY)
    assert [(c.outcome, c.at) for c in mine] == [
        ("shown", NOW), ("rejected", NOW + 6), ("rejected", NOW + 7)
    ]  # fmt: skip
    assert {c.kind for c in mine} == {"feedback_request"}
    assert other == nobody == ()
    assert world.contacts(world.people([(None, "ck-nobody")]), NOW) == ((),)
    assert world.contacts(people.one(0), NOW + 500 * DAY) == ((),)
